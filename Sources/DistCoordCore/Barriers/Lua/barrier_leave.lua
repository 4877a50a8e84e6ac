-- A party gives up, which breaks the barrier for all who wait.
-- KEYS 1 state, 2 present, 3 released, 4 acting: see barrier_state.lua; 5 lane of the party's first call
-- ARGV 1 token of the party, 2 generation in which it waits, '-1' when it does not know, 3 number of its first call
-- Returns {0}: left, and the barrier is broken. {1, index, generation}: it had been released already. {2}: it was
--         broken before.
-- include clock
-- include mailbox
-- include once
-- include barrier_state
local token, known = ARGV[1], tonumber(ARGV[2])
end_dead_act()
local before = arrival(token)
if before then return before end
if actor and redis.call('ZSCORE', acting, token) then
    break_up(token)
    return {0}
end
if redis.call('ZREM', present, token) == 1 then
    -- The generation of who came during an action has not begun: there is nothing to break.
    if not actor then break_up(token) end
    return {0}
end
-- Its first call may still be under way, on a connection that was lost: that is not to count any more.
if known < 0 then once(KEYS[5], ARGV[3], '') end
if is_broken and breaker ~= token or known >= 0 and known <= unreleased then return {2} end
return {0}
