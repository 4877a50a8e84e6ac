-- Gives back tokens that somebody does not wait for any more, unless others have taken after them: their moments stand.
-- KEYS 1 bucket, 2 lane of the call that took them
-- ARGV 1, 2, 3 see bucket_state.lua, 4 number of the call that took them, 5 for how long to note that it is undone (ms)
-- Returns 1: given back, 0: not.
-- include clock
-- include once
-- include noted
-- include bucket_state
local tokens, at_us, at_rest = string.match(undone(KEYS[2], ARGV[4], ARGV[5]), '^%d+ (%d+) (%d+) (%d+)$')
if not tokens or full_us ~= tonumber(at_us) or full_rest ~= tonumber(at_rest) then return 0 end
local less_us, less_rest = time_of(tonumber(tokens))
at_us, at_rest = full_us - less_us, full_rest - less_rest
if at_rest < 0 then at_us, at_rest = at_us - 1, at_rest + limit end
if at_us < now_us then redis.call('DEL', KEYS[1]) else keep(at_us, at_rest) end
return 1
