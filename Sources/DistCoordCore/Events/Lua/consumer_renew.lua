-- Renews the lease of a consumer.
-- KEYS 1 see topic_keys.lua
-- ARGV 1 group, 2 name, 3 token, 4 lease, ms
-- Returns 1, 0 when it has ended
-- include clock
-- include topic_keys
-- include topic_retain
local group, name, lease_ms = ARGV[1], ARGV[2], tonumber(ARGV[4])
-- include consumer_group
local _, token = consumer_of(name)
if token ~= ARGV[3] or tonumber(redis.call('ZSCORE', leases, name) or 0) <= now_ms then return 0 end
-- In this order: a server that is out of memory refuses ZADD as the first write of a script, but not as the second.
local left = redis.call('PTTL', stream)
redis.call('PEXPIRE', leases, decimal(math.max(left, lease_ms + 60000)))
redis.call('ZADD', leases, decimal(now_ms + lease_ms), name)
-- Nothing is published, but what living consumers belong to stays.
if left > 0 and left < lease_ms + 30000 then
    local age = tonumber(redis.call('HGET', meta, 'a') or 0)
    if age > 0 then drop_old(age) end
    retain(left)
elseif left < 0 then
    redis.call('PERSIST', leases)
end
return 1
