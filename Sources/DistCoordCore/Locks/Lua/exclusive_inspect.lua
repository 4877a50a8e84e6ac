-- Who holds it.
-- KEYS 1 state: see exclusive_state.lua
-- ARGV 1 how many of those in line to name
-- Returns {1 held or 0 free, fence, "<token>[;<extra>] <what others see>" of the holder, held for ms, lease left in ms, how
-- many are in line, since when in ms, those in line as the holder is written}
-- include clock
-- include exclusive_state
local lock = read(KEYS[1])
local queue = lock.state .. ':line'
local in_line = redis.call('ZCARD', queue)
if lock.lease_end <= now_ms then return {0, 0, '', 0, 0, in_line, 0, {}} end
-- A fence is the moment of the grant, but for a burst of grants within one microsecond.
local since_ms = math.min(now_ms, math.floor(lock.fence / 1000))
local names = ARGV[1] ~= '0' and redis.call('ZRANGE', queue, '0', decimal(ARGV[1] - 1)) or {}
return {1, lock.fence, lock.holder, now_ms - since_ms, lock.lease_end - now_ms, in_line, since_ms, names}
