-- Has all keys of a queue expire some time after the last call on it: put around every script of queues that is called
-- with two keys (QueueExpiry.swift).
-- KEYS 2 "<base>expires:<ms>": never there, only read as text
-- Z      sorted set of the names of all keys of the queue; score = when their time was last set, ms
--
-- What the script writes gets its time at once, so that it expires whenever everybody is killed. Of the rest each call
-- sets the time of what has not had it set for long. A shorter time that the script has set itself stays.
local base, expiry_ms = KEYS[1], tonumber(string.match(KEYS[2], '%d+$'))
-- Commands that make no key. One that is not known may.
local makes_none = {
    TIME = 1, PUBLISH = 1, PUBSUB = 1, EXISTS = 1, PTTL = 1, TYPE = 1, DEL = 1, UNLINK = 1, PERSIST = 1,
    GET = 1, STRLEN = 1, HGET = 1, HMGET = 1, HGETALL = 1, HKEYS = 1, HVALS = 1, HLEN = 1, HEXISTS = 1, HSTRLEN = 1,
    HSCAN = 1, HDEL = 1, LLEN = 1, LRANGE = 1, LINDEX = 1, LPOP = 1, RPOP = 1, LREM = 1, LTRIM = 1, SMEMBERS = 1,
    SISMEMBER = 1, SCARD = 1, SREM = 1, SPOP = 1, ZSCORE = 1, ZMSCORE = 1, ZRANGE = 1, ZREVRANGE = 1,
    ZRANGEBYSCORE = 1, ZREVRANGEBYSCORE = 1, ZCARD = 1, ZCOUNT = 1, ZRANK = 1, ZREM = 1, ZREMRANGEBYSCORE = 1,
    ZREMRANGEBYRANK = 1, ZPOPMIN = 1, ZPOPMAX = 1,
}
local written, has_own_time = {}, {}
-- In this table, which every script has as a global: the largest scripts have as many local variables in use as the
-- language allows.
KEYS.call = function(command, ...)
    if not makes_none[command] then
        local key, second, option = ...
        if command == 'RENAME' then written[second] = true end
        if command == 'PEXPIRE' or command == 'PEXPIREAT' or command == 'SET' and option == 'PX' then
            has_own_time[key] = true
        end
        written[key] = true
    end
    return redis.call(command, ...)
end

local function run()
-- the script
end
local answer = run()

local time = redis.call('TIME')
local now_ms = math.floor((time[1] * 1000000 + time[2]) / 1000)
local known, stamped, gone = base .. 'Z', {}, {}

local function send(command, words)
    for first = 1, #words, 1000 do
        redis.call(command, known, unpack(words, first, math.min(first + 999, #words)))
    end
end

-- First, so that a server that is out of memory allows what follows.
redis.call('PEXPIRE', known, expiry_ms)
local function set_time(key)
    if redis.call('PEXPIRE', key, expiry_ms) == 1 then
        stamped[#stamped + 1] = string.format('%.0f', now_ms)
        stamped[#stamped + 1] = key
    else
        gone[#gone + 1] = key
    end
end
for key in pairs(written) do
    local left = has_own_time[key] and redis.call('PTTL', key)
    if not left or left < 0 or left > expiry_ms then set_time(key) else gone[#gone + 1] = key end
end
-- As many as there are when their time is near.
local function stale(age, most)
    return redis.call('ZRANGEBYSCORE', known, '-inf', string.format('%.0f', now_ms - age), 'LIMIT', 0, most)
end
local late = stale(expiry_ms * 3 / 4, -1)
if #late == 0 then late = stale(expiry_ms / 2, 1000) end
for _, key in ipairs(late) do
    if not written[key] then set_time(key) end
end
send('ZREM', gone)
send('ZADD', stamped)
redis.call('PEXPIRE', known, expiry_ms)
return answer
