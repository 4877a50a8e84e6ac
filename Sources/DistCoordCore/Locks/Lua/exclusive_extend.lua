-- Sets the end of a lease.
-- KEYS 1 state: see exclusive_state.lua
-- ARGV 1 "<token> <what others see>", 2 fence, 3 lease from now, ms
-- Returns 1: extended. 0: it is not held any more.
-- include clock
local state = KEYS[1]
-- include exclusive_state
-- include exclusive_give
if holder ~= ARGV[1] or fence ~= ARGV[2] or lease_end <= now_ms then return 0 end
-- In this order: a server that is out of memory refuses HSET as the first write of a script, but not as the second.
redis.call('PEXPIRE', state, decimal(ARGV[3] + retention_ms))
redis.call('HSET', state, 'u', decimal(now_ms + ARGV[3]))
return 1
