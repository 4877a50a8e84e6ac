-- Delivers messages to a consumer, or puts it in line.
-- KEYS 1 see topic_keys.lua
-- ARGV 1 group, 2 name, 3 token of the consumer
--      4 how many messages, at most 1000
--      5 token of a waiter to be woken when there is nothing; '' for none
--      6 how long they may be held, ms; 0: no limit
--      7 '-'; or, when an answer was lost, the ids that the consumer knows it holds, each with a space behind it:
--        what it holds besides is delivered first
-- Returns -1 when the consumer is gone; else {how many messages the group has missed, sequence of the last message
--         read before, how many of the following were delivered before, ms until others may be due or -1, place in line
--         from 0, then of each message: id, payload, deliveries}
-- include clock
-- include mailbox
-- include topic_keys
-- include topic_position
-- include topic_wake
local group, name, count = ARGV[1], ARGV[2], tonumber(ARGV[4])
-- include consumer_group
-- include consumer_give
local answer = {0, 0, 0, -1, 0}
local missed = 0

local function add(id, fields, times)
    local at = #answer
    answer[at + 1], answer[at + 2], answer[at + 3] = id, fields[2], times
end

-- What the dead held is for others.
for _, dead in ipairs(redis.call('ZRANGEBYSCORE', leases, '-inf', now_ms, 'LIMIT', 0, 10)) do
    local fence = consumer_of(dead)
    if fence then drop(dead, fence, nil, 2000) else redis.call('ZREM', leases, dead) end
end
local fence, token = consumer_of(name)
if token ~= ARGV[3] then return -1 end
-- So is what is held for too long.
local late = redis.call('ZRANGEBYSCORE', limits, '-inf', now_ms, 'LIMIT', 0, 500)
if #late > 0 then give_back(late, now_ms) end
local consumer = fence .. ':' .. name
local fields = redis.call('HMGET', info, 's', 'm')
local sequence = tonumber(fields[1] or 0)
count = readable(count, tonumber(redis.call('HGET', meta, 'b') or nil))

if ARGV[7] ~= '-' then
    local known, holds = {}, 0
    for id in string.gmatch(ARGV[7], '%S+') do
        known[id] = true
        holds = holds + 1
    end
    for _, entry in ipairs(redis.call('XPENDING', stream, group, '-', '+', holds + count, consumer)) do
        if not known[entry[1]] and #answer < 5 + 3 * count then
            local found = redis.call('XRANGE', stream, entry[1], entry[1])[1]
            if found then
                add(entry[1], found[2], entry[4])
            else
                redis.call('XACK', stream, group, entry[1])
                missed = missed + 1
            end
        end
    end
end

local room = count - (#answer - 5) / 3
if room > 0 then
    local due = redis.call('ZRANGEBYSCORE', given, '-inf', now_ms, 'LIMIT', 0, room)
    if #due > 0 then
        table.sort(due, function(a, b)
            local _, first = numbers(a)
            local _, second = numbers(b)
            return first < second
        end)
        redis.call('ZREM', given, unpack(due))
        local left = {}
        for _, id in ipairs(due) do left[id] = true end
        for _, entry in ipairs(redis.call('XCLAIM', stream, group, consumer, 0, unpack(due))) do
            if entry then
                left[entry[1]] = nil
                add(entry[1], entry[2], deliveries(entry[1], consumer))
            end
        end
        for id in pairs(left) do
            redis.call('XACK', stream, group, id)
            missed = missed + 1
        end
    end
end
local before = (#answer - 5) / 3

room = count - before
if room > 0 then
    local read = redis.call('XREADGROUP', 'GROUP', group, consumer, 'COUNT', room, 'STREAMS', stream, '>')
    if read then
        local entries = read[1][2]
        for _, entry in ipairs(entries) do add(entry[1], entry[2], 1) end
        local _, last = numbers(entries[#entries][1])
        redis.call('HSET', info, 's', decimal(last))
        missed = missed + math.max(0, last - sequence - #entries)
    end
end
if missed > 0 then redis.call('HINCRBY', info, 'm', missed) end
answer[1], answer[2], answer[3] = missed + tonumber(fields[2] or 0), sequence, before

local delivered = (#answer - 5) / 3
local line = base .. ':w:' .. group
if delivered > 0 then
    local limit = tonumber(ARGV[6])
    if limit > 0 then
        for i = 6, #answer, 3 do redis.call('ZADD', limits, decimal(now_ms + limit), answer[i]) end
        local left = redis.call('PTTL', stream)
        if left > 0 then redis.call('PEXPIRE', limits, left) end
    end
    if ARGV[5] ~= '' then redis.call('ZREM', line, ARGV[5]) end
    -- There may be more, which is for another.
    if delivered >= count and redis.call('EXISTS', line) == 1 then wake(group) end
    return answer
end

for _, key in ipairs({leases, given, limits}) do
    for _, score in ipairs({redis.call('ZRANGE', key, 0, 0, 'WITHSCORES')[2]}) do
        local left = math.max(0, tonumber(score) - now_ms)
        answer[4] = answer[4] < 0 and left or math.min(answer[4], left)
    end
end
if ARGV[5] ~= '' then
    begin_writing()
    redis.call('ZADD', line, 'NX', decimal(now_us), ARGV[5])
    redis.call('SADD', base .. ':W', group)
    -- Whoever waits asks again much sooner.
    redis.call('PEXPIRE', line, 60000)
    redis.call('PEXPIRE', base .. ':W', 60000)
    redis.call('HSET', meta, 'w', 1)
    answer[5] = redis.call('ZRANK', line, ARGV[5])
end
return answer
