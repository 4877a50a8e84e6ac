-- A waiter leaves the line. It may have been granted meanwhile.
-- KEYS 1 state: see exclusive_state.lua
-- ARGV 1 "<token>[;<extra>] <what others see>", 2 '1' to give back at once what was granted, 3 'a' to announce changes of
--      the holder
-- Returns {0}: it waits no more and holds nothing. {1, fence, lease left in ms}: it was granted, and holds it.
-- include clock
-- include exclusive_retention
-- include mailbox
local member, announces = ARGV[1], ARGV[3] == 'a'
-- include exclusive_state
-- include exclusive_give
-- include exclusive_levels
-- include exclusive_grant
local lock = read(KEYS[1])
redis.call('HDEL', lock.state, 'k') -- it may have been woken, and will not ask
if redis.call('ZREM', lock.state .. ':line', member) == 1 then
    if lock.lease_end <= now_ms then serve(lock, '') end
    return {0}
end
if lock.lease_end <= now_ms then return {0} end
local left_ms = lock.lease_end - now_ms
if is_owned(lock) then
    local level = redis.call('HGET', lock.state .. ':levels', token_of(member))
    if not level then return {0} end
    left_ms = math.max(0, level_end(level) - now_ms)
elseif lock.holder ~= member then
    return {0}
end
if ARGV[2] == '0' then return {1, lock.fence, left_ms} end
if is_owned(lock) and drop_level(lock, token_of(member)) then return {0} end
let_go(lock)
return {0}
