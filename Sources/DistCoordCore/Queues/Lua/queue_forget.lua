-- Somebody does not wait for the end of a job any more.
-- KEYS 1 see queue_keys.lua
-- ARGV 1 id, 2 token
-- Returns 1.
-- include queue_keys
local waiters = redis.call('HGET', base .. 'y', ARGV[1])
if not waiters then return 1 end
local from, to = string.find(waiters, ARGV[2] .. ' ', 1, true)
if not from then return 1 end
waiters = string.sub(waiters, 1, from - 1) .. string.sub(waiters, to + 1)
if waiters == '' then
    redis.call('HDEL', base .. 'y', ARGV[1])
else
    redis.call('HSET', base .. 'y', ARGV[1], waiters)
end
return 1
