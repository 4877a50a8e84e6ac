-- A latch's count.
-- KEYS 1 state: see latch_state.lua
-- ARGV 1 count of a latch that is not there yet, 0 for none
-- Returns the count; -1: it is not there.
-- include latch_state
make(ARGV[1])
if not count then return -1 end
redis.call('PEXPIRE', state, 86400000)
return count
