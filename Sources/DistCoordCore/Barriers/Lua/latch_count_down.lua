-- Takes a latch's count down; at zero all who wait go on.
-- KEYS 1 state: see latch_state.lua; 2 lane of the call
-- ARGV 1 by how much, 2 count of a latch that is not there yet, 0 for none, 3 number of the call
-- Returns the count that is left; -1: it is not there.
-- include clock
-- include mailbox
-- include once
-- include latch_state
-- include waiters
local left = math.max(0, (count or tonumber(ARGV[2])) - ARGV[1])
local is_there = count or ARGV[2] ~= '0'
local before = once(KEYS[2], ARGV[3], is_there and left or -1)
if before then return tonumber(before) or left end
if not is_there then return -1 end
local was_open = count == 0
redis.call('HSET', state, 'c', left, 'g', generation)
redis.call('PEXPIRE', state, retention_ms)
if left == 0 and not was_open then tell_all('1') end
return left
