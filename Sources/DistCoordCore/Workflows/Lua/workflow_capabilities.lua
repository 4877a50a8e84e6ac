-- What those have who might run the tasks of a queue.
-- KEYS 1 see queue_keys.lua
-- Returns the profiles of claimers that were heard of in the last minute, and of those in line; at most a thousand and those
-- in line
-- include clock
-- include queue_keys
local found = redis.call('ZREVRANGEBYSCORE', base .. 'v', '+inf', now_ms - 60000, 'LIMIT', 0, 1000)
for _, profile in ipairs(redis.call('SMEMBERS', base .. 'W')) do
    if redis.call('EXISTS', base .. 'w:' .. profile) == 1 then found[#found + 1] = profile end
end
return found
