-- A waiter leaves the line. It may have been granted meanwhile.
-- KEYS 1 state: see exclusive_state.lua
-- ARGV 1 "<token> <what others see>", 2 '1' to give back at once what was granted, 3 '1' to announce changes of the holder
-- Returns {0}: it waits no more and holds nothing. {1, fence, lease left in ms}: it was granted, and holds it.
-- include clock
-- include mailbox
local state, member, announces = KEYS[1], ARGV[1], ARGV[3] == '1'
-- include exclusive_state
-- include exclusive_give
-- include exclusive_grant
if redis.call('ZREM', queue, member) == 1 then
    if lease_end <= now_ms then grant_next('') end
    return {0}
end
if holder ~= member or lease_end <= now_ms then return {0} end
if ARGV[2] == '0' then return {1, fence, lease_end - now_ms} end
let_go()
return {0}
