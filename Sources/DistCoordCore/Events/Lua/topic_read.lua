-- Reads messages, and has later ones announced for a while.
-- KEYS 1 see topic_keys.lua
-- ARGV 1 where to begin, as XRANGE takes it, 2 how many at most
-- Returns {id of the topic's last message, messages as XRANGE returns them}
-- include clock
-- include topic_keys
-- include topic_position
local fields = redis.call('HMGET', meta, 'n', 'b', 'r')
-- Whoever reads reads again every few seconds.
if tonumber(fields[3] or 0) < now_ms + 20000 then
    -- First: a server that is out of memory refuses HSET as the first write of a script, but not as the second.
    redis.call('HDEL', meta, '')
    redis.call('HSET', meta, 'r', decimal(now_ms + 40000))
    -- There is no topic yet.
    if not fields[1] then redis.call('PEXPIRE', meta, 60000) end
end
local count = readable(tonumber(ARGV[2]), fields[2])
return {fields[1] or '0-0', count > 0 and redis.call('XRANGE', stream, ARGV[1], '+', 'COUNT', count) or {}}
