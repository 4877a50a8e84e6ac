-- Forces a breaker, or closes it and forgets its failures.
-- KEYS 1, 2, 3 see breaker_state.lua, 4 lane of the call
-- ARGV 1 number of the call, 2 state: 0 closed, 3 forced closed, 4 forced open; 3 sampling time (ms)
-- Returns news, see breaker_state.lua
-- include clock
-- include once
-- include breaker_state
local to = tonumber(ARGV[2])
if once(KEYS[4], ARGV[1], '') then return news(tonumber(ARGV[3])) end
-- Closed to closed is a change, too: processes forget failures that they have not told.
if state ~= to or to == closed then change(to, now_ms) end
save()
return news(tonumber(ARGV[3]))
