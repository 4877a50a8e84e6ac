-- Has a leader publish another value than the one it won with. The value goes with the term: it ends with it.
-- KEYS 1 state: see exclusive_state.lua
-- ARGV 1 "<token>[;<extra>] <what others see>", 2 fence, 3 value
-- Returns 1: published. 0: it does not lead any more.
-- include clock
-- include exclusive_state
local lock = read(KEYS[1])
if lock.holder ~= ARGV[1] or lock.fence ~= ARGV[2] or lock.lease_end <= now_ms then return 0 end
redis.call('HSET', lock.state, 'v', lock.fence .. ' ' .. ARGV[3])
redis.call('PUBLISH', lock.state .. ':changes', lock.fence)
return 1
