-- Says that claimers of a queue live, though they may not ask for jobs just now.
-- KEYS 1 see queue_keys.lua
-- ARGV members of v
-- include clock
-- include queue_keys
redis.call('ZREMRANGEBYSCORE', base .. 'v', '-inf', now_ms - 86400000)
for _, member in ipairs(ARGV) do redis.call('ZADD', base .. 'v', now_ms, member) end
redis.call('PEXPIRE', base .. 'v', 86400000)
return 1
