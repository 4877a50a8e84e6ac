-- Notes that a queue exists, for whoever looks for a job without knowing its queue, and into how many partitions it is
-- split: all who use it have to agree. Queues whose keys expire are forgotten some time after they were last noted.
-- KEYS 1 set of the names of all queues
--      2 hash: name -> number of partitions, of those that have several
--      3 hash: name -> when its keys expire after the last activity, ms
--      4 sorted set: names of those in 3; score = when it is forgotten, ms
-- ARGV 1 name, 2 number of partitions; '0' to note nothing but of a queue whose keys expire
--      3 when its keys expire, ms; '0' when they do not, or when that is not known
-- Returns {number of partitions that holds: of those who have used it first, when its keys expire or 0}
-- include clock
local name = ARGV[1]
local expiry_ms = tonumber(ARGV[3])
local known_expiry = redis.call('HGET', KEYS[3], name)
if expiry_ms == 0 then expiry_ms = tonumber(known_expiry or 0) end
if expiry_ms > 0 then
    local forgotten = redis.call('ZRANGEBYSCORE', KEYS[4], '-inf', now_ms, 'LIMIT', 0, 20)
    if #forgotten > 0 then
        redis.call('ZREM', KEYS[4], unpack(forgotten))
        redis.call('HDEL', KEYS[3], unpack(forgotten))
    end
    redis.call('HSET', KEYS[3], name, decimal(expiry_ms))
    redis.call('ZADD', KEYS[4], decimal(now_ms + 2 * expiry_ms), name)
    local last = redis.call('ZRANGE', KEYS[4], -1, -1, 'WITHSCORES')[2]
    redis.call('PEXPIREAT', KEYS[3], decimal(tonumber(last)))
    redis.call('PEXPIREAT', KEYS[4], decimal(tonumber(last)))
    return {1, expiry_ms}
end
if ARGV[2] == '0' then return {0, 0} end
local is_new = redis.call('SADD', KEYS[1], name) == 1
local known = redis.call('HGET', KEYS[2], name)
if not known and is_new and ARGV[2] ~= '1' then
    redis.call('HSET', KEYS[2], name, ARGV[2])
    known = ARGV[2]
end
return {tonumber(known or 1), 0}
