-- Acquires a lock or a leadership, or takes a place in line.
-- KEYS 1 state: see exclusive_state.lua
-- ARGV 1 "<token of this attempt> <what others see of the holder>"
--      2 lease, ms
--      3 'try' not to wait; else the number on first arrival, '0' at first: it keeps the place of a waiter whom the server
--        has forgotten
--      4 '1' to announce changes of the holder
-- Returns fence: held, for the lease asked for.
--         {1, fence, lease left in ms}: held. Asked again with the same token: the same.
--         {0, number on arrival, place in line from 0, lease left of the holder in ms, server's clock in us}
-- include clock
local state, announces = KEYS[1], ARGV[4] == '1'
-- include exclusive_state
-- include exclusive_give
local member, lease_ms, arrival = ARGV[1], tonumber(ARGV[2]), ARGV[3]
if lease_end <= now_ms and not fields[4] then
    give(member, lease_ms)
    return fence
end
if lease_end > now_ms then
    if holder == member then return {1, fence, lease_end - now_ms} end
    if arrival == 'try' then return {0, 0, 0, lease_end - now_ms, decimal(now_us)} end
end
-- include mailbox
-- include exclusive_grant
local place = 0
if arrival ~= 'try' then
    if arrival == '0' then
        arrival = decimal(math.max((redis.call('HGET', state, 'n') or 0) + 1, now_us))
        redis.call('HSET', state, 'n', arrival)
    end
    redis.call('ZADD', queue, 'NX', arrival, member)
    place = redis.call('ZRANK', queue, member)
    if not fields[4] then redis.call('HSET', state, 'w', '1') end
    redis.call('PEXPIRE', queue, decimal(retention_ms))
    redis.call('PEXPIRE', state, decimal(math.max(0, lease_end - now_ms) + retention_ms))
end
if lease_end <= now_ms then
    -- The holder is gone, others are in line: they go first. Who only tries gets it when none of them lives.
    if not grant_next(member) then give(member, lease_ms) end
    if holder == member then return {1, fence, lease_end - now_ms} end
end
return {0, arrival, place, lease_end - now_ms, decimal(now_us)}
