-- Gives back the trial that a call was given whose answer has not come, or keeps the call from getting one.
-- KEYS 1, 2, 3 see breaker_state.lua, 4 lane of that call
-- ARGV 1 number of that call, 2 sampling time (ms)
-- Returns news, see breaker_state.lua
-- include clock
-- include once
-- include noted
-- include breaker_state
local given_in, trial = string.match(undone(KEYS[4], ARGV[1]), '^(%d+) (%d+)$')
if is_changed then save() end
if tonumber(given_in) == epoch and redis.call('ZREM', KEYS[3], trial) == 1 then
    running = running - 1
    tell_all()
end
return news(tonumber(ARGV[2]))
