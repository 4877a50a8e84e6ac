-- Waits for a latch, or looks whether it is open.
-- KEYS 1 state: see latch_state.lua
-- ARGV 1 token of the waiter, '' only to look, 2 count of a latch that is not there yet, 0 for none
--      3 generation in which it waits, '-1' when it asks for the first time, 4 '1' when it gives up
-- Returns {0, generation}: wait, or gave up. {1}: the count is zero. {2}: it was reset while waiting.
-- include clock
-- include mailbox
-- include latch_state
-- include waiters
local token, known, gives_up = ARGV[1], tonumber(ARGV[3]), ARGV[4] == '1'
if known >= 0 and known < generation then
    local age = generation - known
    -- Of one that ended too long ago nobody knows how.
    return {string.sub(history, -age, -age) == 'z' and 1 or 2}
end
if gives_up then redis.call('ZREM', waiters, token) end
if count == 0 then return {1} end
if gives_up then return {0, generation} end
make(ARGV[2])
if count then redis.call('PEXPIRE', state, retention_ms) end
if token ~= '' then admit(token) end
return {0, generation}
