-- Acquires a lock or a leadership, or takes a place in line.
-- KEYS 1 state: see exclusive_state.lua
-- ARGV 1 "<token of this attempt>[;<extra>] <what others see of the holder>"
--      2 lease, ms
--      3 'try' not to wait; else the number on first arrival, '0' at first: it keeps the place of a waiter whom the server
--        has forgotten
--      4 'a' to announce changes of the holder; else of 'u', to take it before those in line when it is free, and 'r', to enter
--        once more when the owner has it, those that apply; '0' for none
--      5 the extra, if there is one
-- Returns fence: held, for the lease asked for.
--         {1, fence, lease left in ms}: held. Asked again with the same token: the same.
--         {0, number on arrival, place in line from 0, lease left of the holder in ms, server's clock in us, 1 when a
--         lingering holder was asked to let go}
-- include clock
-- include exclusive_retention
local fields = redis.call('HMGET', KEYS[1], 'o', 'f', 'u', 'w', 'x')
local member, lease_ms, arrival, extra = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[5]
local announces = ARGV[4] == 'a'
local last = tonumber(fields[2] or 0)
local goes_first = ARGV[4] == '0' and not fields[4] or ARGV[4] == 'u' and (not fields[4] or arrival == 'try')
if goes_first and not (fields[3] or fields[5] or extra) and lease_ms <= 300000
    and math.floor(last / 300000000) == math.floor(now_us / 300000000)
then
    -- Free and had before, by far the most frequent case: what `give` does, without what only other cases need.
    local fence = decimal(math.max(last + 1, now_us))
    redis.call('HSET', KEYS[1], 'o', member, 'f', fence, 'u', decimal(now_ms + lease_ms))
    return fence
end
local queue = KEYS[1] .. ':line'
if arrival == '0' and tonumber(fields[3] or 0) > now_ms and fields[1] ~= member and not (extra and fields[5] == extra) then
    -- Held by another, which is where waiting begins; again without what only other cases need.
    local last_arrival = redis.call('HGET', KEYS[1], 'n') or 0
    arrival = decimal(math.max(last_arrival + 1, now_us))
    redis.call('HSET', KEYS[1], 'n', arrival, 'w', '1')
    redis.call('ZADD', queue, 'NX', arrival, member)
    local place = redis.call('ZRANK', queue, member)
    if place == 0 or math.floor(last_arrival / 300000000) ~= math.floor(now_us / 300000000) then
        redis.call('PEXPIRE', queue, decimal(retention_ms))
        redis.call('PEXPIRE', KEYS[1], decimal(fields[3] - now_ms + retention_ms))
    end
    if fields[5] == 'g' then
        -- include mailbox
        tell(string.match(fields[1], '^[^ ;]+'), 'L ' .. fields[2])
    end
    return {0, arrival, place, fields[3] - now_ms, decimal(now_us)}
end
-- include exclusive_state
-- include exclusive_give
local lock = read(KEYS[1], fields)
local is_free = lock.lease_end <= now_ms
if is_free and not lock.in_line then
    give(lock, member, lease_ms, extra)
    return lock.fence
end
-- include mailbox
local is_unfair = string.find(ARGV[4], 'u', 1, true)
local left_ms = lock.lease_end - now_ms
if arrival ~= 'try' and arrival ~= '0' then
    -- Whoever asks again may do so because it was woken: others may be woken now. But when the first in line takes its chance
    -- and has missed it, nobody is woken for two milliseconds, after which it asks once more: most of those who compete would
    -- otherwise be woken in vain. Not twice for the same grant, whose release is to wake it.
    if is_unfair and not is_free and lock.holder ~= member and redis.call('HGET', lock.state, 'm') ~= lock.fence
        and redis.call('ZRANK', queue, member) == 0
    then
        left_ms = 2
        redis.call('HSET', lock.state, 'k', decimal(now_ms + left_ms), 'm', lock.fence)
    else
        redis.call('HDEL', lock.state, 'k')
    end
end
if not is_free and lock.holder == member then return {1, lock.fence, left_ms} end
-- include exclusive_levels
-- include exclusive_grant
local token = token_of(member)
if not is_free and is_owned(lock) and lock.extra == extra then
    local level = redis.call('HGET', lock.state .. ':levels', token)
    if not level and string.find(ARGV[4], 'r', 1, true) then
        set_level(lock, token, lease_ms)
        return {1, lock.fence, lease_ms}
    end
    if level then return {1, lock.fence, math.max(0, level_end(level) - now_ms)} end
end
local is_recalled = 0
if not is_free and lock.extra == 'g' then
    recall(lock)
    is_recalled = 1
end
if arrival == 'try' and not is_free then return {0, 0, 0, left_ms, decimal(now_us), is_recalled} end
if is_free and is_unfair then
    redis.call('ZREM', queue, member)
    give(lock, member, lease_ms, extra)
    if extra == 'g' and redis.call('EXISTS', queue) == 1 then recall(lock) end
    return lock.fence
end
local place = 0
if arrival ~= 'try' then
    if arrival == '0' then
        arrival = decimal(math.max((redis.call('HGET', lock.state, 'n') or 0) + 1, now_us))
        redis.call('HSET', lock.state, 'n', arrival)
    end
    redis.call('ZADD', queue, 'NX', arrival, member)
    place = redis.call('ZRANK', queue, member)
    if not lock.in_line then redis.call('HSET', lock.state, 'w', '1') end
    redis.call('PEXPIRE', queue, decimal(retention_ms))
    redis.call('PEXPIRE', lock.state, decimal(math.max(0, lock.lease_end - now_ms) + retention_ms))
end
if is_free then
    -- The holder is gone, others are in line: they go first. Who only tries gets it when none of them lives.
    if not serve(lock, member) then give(lock, member, lease_ms, extra) end
    if lock.holder == member and lock.lease_end > now_ms then return {1, lock.fence, lock.lease_end - now_ms} end
    left_ms = math.max(0, lock.lease_end - now_ms)
end
return {0, arrival, place, left_ms, decimal(now_us), is_recalled}
