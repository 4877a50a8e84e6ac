-- Joins a group, which is made if it is not there.
-- KEYS 1 see topic_keys.lua
-- ARGV 1 group, 2 name, 3 token, 4 lease, ms
--      5 '1' when a new group begins with what is published from now on
--      6 how long a topic is kept that is made by this, ms; 0: for ever
-- Returns the fence; -1 when a living consumer has the name
-- include clock
-- include topic_keys
-- include topic_retain
-- include topic_position
local group, name = ARGV[1], ARGV[2]
-- include consumer_group
-- include consumer_give
local fence, token = consumer_of(name)
if fence then
    local lives = tonumber(redis.call('ZSCORE', leases, name) or 0) > now_ms
    if token == ARGV[3] and lives then return tonumber(fence) end
    if lives then return -1 end
end

if not redis.call('HGET', info, 's') or redis.call('EXISTS', stream) == 0 then
    local id, sequence = position(ARGV[5] ~= '1' and '-')
    local made = redis.pcall('XGROUP', 'CREATE', stream, group, id, 'MKSTREAM')
    if made.err then
        if not string.find(made.err, 'BUSYGROUP') then return made end
        for_groups(function(other, fields)
            if other == group then _, sequence = numbers(fields['last-delivered-id']) end
        end)
    end
    redis.call('DEL', leases, given, limits)
    redis.call('HSET', info, 's', decimal(sequence))
    fence = nil
end
if fence then drop(name, fence) end
fence = redis.call('HINCRBY', meta, 'f', 1)
redis.call('HSET', info, '@' .. name, decimal(fence) .. ' ' .. ARGV[3])
redis.call('ZADD', leases, decimal(now_ms + tonumber(ARGV[4])), name)
redis.call('HSETNX', meta, 'a', ARGV[6])
local age = tonumber(redis.call('HGET', meta, 'a'))
local left = redis.call('PTTL', stream)
retain(left > 0 and left or age)
return fence
