-- Leaves a level to whoever of the same owner adopts it.
-- KEYS 1 state: see exclusive_state.lua
-- ARGV 1 "<token>;o<owner> <what others see>", 2 fence, 3 lease from now, ms
-- Returns 1: detached. 0: it is not held any more.
-- include clock
-- include exclusive_retention
local announces = false
-- include exclusive_state
-- include exclusive_give
-- include exclusive_levels
local lock = read(KEYS[1])
local token, extra = string.match(ARGV[1], '^([^ ;]+);(%S+)')
if lock.fence ~= ARGV[2] or lock.lease_end <= now_ms or lock.extra ~= extra then return 0 end
if redis.call('HEXISTS', lock.state .. ':levels', token) == 0 then return 0 end
set_level(lock, token, tonumber(ARGV[3]), 'd')
return 1
