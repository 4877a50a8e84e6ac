-- Who holds it.
-- KEYS 1 state: see exclusive_state.lua
-- Returns {1 held or 0 free, fence, "<token> <what others see>" of the holder, held for ms, lease left in ms, how many are in
-- line, since when in ms}
-- include clock
local state = KEYS[1]
-- include exclusive_state
local in_line = redis.call('ZCARD', state .. ':line')
if lease_end <= now_ms then return {0, 0, '', 0, 0, in_line, 0} end
-- A fence is the moment of the grant, but for a burst of grants within one microsecond.
local since_ms = math.min(now_ms, math.floor(fence / 1000))
return {1, fence, holder, now_ms - since_ms, lease_end - now_ms, in_line, since_ms}
