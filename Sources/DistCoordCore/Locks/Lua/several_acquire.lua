-- Acquires several locks in one step, or takes a place in the line of each. Whoever waits for several holds none of them, and all
-- lines are joined in one step: of two that wait for some of the same locks one is first in all lines they share.
-- KEYS 1... states: see exclusive_state.lua
-- ARGV 1 "<token of this attempt>;m <what others see of the holder>", 2 lease, ms, 3 'try' not to wait; else the number on
--      first arrival, '0' at first
-- Returns as exclusive_acquire.lua does.
-- include clock
-- include exclusive_retention
local announces = false
-- include exclusive_state
-- include exclusive_give
-- include mailbox
-- include exclusive_grant
local member, lease_ms, arrival = ARGV[1], tonumber(ARGV[2]), ARGV[3]
local token = token_of(member)
local locks, least_fence, wait_ms, left_ms, is_mine, is_blocked
local is_recalled = 0

-- How all of them stand.
local function survey()
    locks, least_fence, wait_ms, left_ms, is_mine, is_blocked = {}, 0, 0, math.huge, true, false
    for index, state in ipairs(KEYS) do
        local lock = read(state)
        locks[index] = lock
        least_fence = math.max(least_fence, tonumber(lock.fence or 0) + 1)
        if lock.lease_end > now_ms and lock.holder == member then
            left_ms = math.min(left_ms, lock.lease_end - now_ms)
        else
            is_mine = false
            if lock.lease_end > now_ms then
                is_blocked = true
                wait_ms = math.max(wait_ms, lock.lease_end - now_ms)
            end
        end
    end
end

survey()
if arrival ~= 'try' and arrival ~= '0' then
    -- Whoever asks again may do so because it was woken: others may be woken now.
    for _, state in ipairs(KEYS) do redis.call('HDEL', state, 'k') end
end
if is_mine then return {1, locks[1].fence, left_ms} end
for _, lock in ipairs(locks) do
    if lock.lease_end > now_ms and lock.extra == 'g' then
        recall(lock)
        is_recalled = 1
    end
end
if not is_blocked then
    local is_served = false
    for _, lock in ipairs(locks) do
        local queue = lock.state .. ':line'
        local first = lock.in_line and redis.call('ZRANGE', queue, '0', '0')[1]
        if first and first ~= member then
            -- Others go first, unless they are gone. It may be our turn then.
            is_served = true
            serve(lock, member)
            if lock.lease_end > now_ms and lock.holder == member then return {1, lock.fence, first_lease_ms} end
            first = redis.call('ZRANGE', queue, '0', '0')[1]
            is_blocked = lock.lease_end > now_ms or (first and first ~= member)
            -- Whoever was served may have taken others of these with it: what was read before is not true any more.
            if is_blocked then break end
        end
    end
    if is_served and not is_blocked then survey() end
end
if not is_blocked then
    for _, lock in ipairs(locks) do
        give(lock, member, lease_ms, 'm', least_fence)
        if lock.in_line then redis.call('ZREM', lock.state .. ':line', member) end
    end
    if arrival ~= 'try' and arrival ~= '0' then redis.call('DEL', 'dc:several:' .. token) end
    return locks[1].fence
end
-- What is not held by others, but waited for by them, becomes free by a message.
if wait_ms == 0 then wait_ms = first_lease_ms end
if arrival == 'try' then return {0, 0, 0, wait_ms, decimal(now_us), is_recalled} end
if arrival == '0' then
    local number = now_us
    for _, lock in ipairs(locks) do
        number = math.max(number, (redis.call('HGET', lock.state, 'n') or 0) + 1)
    end
    arrival = decimal(number)
end
local place = 0
for _, lock in ipairs(locks) do
    local queue = lock.state .. ':line'
    if redis.call('ZADD', queue, 'NX', arrival, member) == 1 then
        local last = tonumber(redis.call('HGET', lock.state, 'n') or 0)
        redis.call('HSET', lock.state, 'n', decimal(math.max(last, tonumber(arrival))), 'w', '1')
    end
    place = math.max(place, redis.call('ZRANK', queue, member))
    redis.call('PEXPIRE', queue, decimal(retention_ms))
    redis.call('PEXPIRE', lock.state, decimal(math.max(0, lock.lease_end - now_ms) + retention_ms))
end
redis.call('SET', 'dc:several:' .. token, table.concat(KEYS, '\n'), 'PX', decimal(retention_ms))
return {0, arrival, place, wait_ms, decimal(now_us), is_recalled}
