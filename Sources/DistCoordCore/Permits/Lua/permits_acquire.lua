-- Acquires permits, or takes a place in line.
-- KEYS 1 state: see permits_state.lua
-- ARGV 1 member of this attempt, 2 its weight, 3 its owner, '' for permits
--      4 lease, ms
--      5 'try' not to wait; else the number on first arrival, '0' at first: it keeps the place of a waiter whom the
--        server has forgotten
--      6 how many permits there are if nobody has said so before, '' for a read-write lock
-- Returns fence: held, for the lease asked for.
--         {1, fence, lease left in ms}: held. Asked again with the same token: the same.
--         {0, number on arrival, place in line from 0, ms until the first lease of a holder ends, server's clock in
--         us}
--         -1: the owner reads, and would wait for itself. -2: there are fewer permits altogether.
-- include clock
local state, member, weight, owner, arrival = KEYS[1], ARGV[1], ARGV[2], ARGV[3], ARGV[5]
-- include permits_state
-- include permits_give
read()
limit = limit or tonumber(ARGV[6])
if used == 0 and writers == 0 and not in_line and (not limit or tonumber(weight) <= limit) then
    give(member, weight, owner, own, tonumber(ARGV[4]))
    return fence
end
-- include mailbox
-- include permits_line
if expire() then read() end
if value then
    local left_ms = (redis.call('ZSCORE', held, member) or 0) - now_ms
    if left_ms > 0 then return {1, grant_fence(), left_ms} end
    take(member)
    read()
end
local is_new = arrival == 'try' or arrival == '0'
if is_new then
    if weight == 'w' and own > 0 and writers == 0 then return -1 end
    if limit and tonumber(weight) > limit then return -2 end
end
-- An owner that is inside goes past the line: those in it wait for this very owner.
if admits(weight, own) and (not in_line or own > 0) then
    if not is_new then redis.call('ZREM', line, member) end
    give(member, weight, owner, own, tonumber(ARGV[4]))
    return fence
end
if arrival == 'try' then
    -- Those in line go first. Who only tries has what none of them can have, because none of them lives.
    if in_line then serve('', true) end
    if not in_line and admits(weight, own) then
        give(member, weight, owner, own, tonumber(ARGV[4]))
        return fence
    end
    return {0, 0, 0, first_end_ms(), decimal(now_us)}
end
if arrival == '0' then
    arrival = decimal(math.max((redis.call('HGET', state, 'n') or 0) + 1, now_us))
    redis.call('HSET', state, 'n', arrival)
end
redis.call('ZADD', line, 'NX', arrival, member)
redis.call('PEXPIRE', line, decimal(retention_ms))
if not in_line then redis.call('HSET', state, 'w', '1') end
keep(now_ms)
serve(member, true)
read()
if value then return {1, grant_fence(), first_lease_ms} end
return {0, arrival, redis.call('ZRANK', line, member), first_end_ms(), decimal(now_us)}
