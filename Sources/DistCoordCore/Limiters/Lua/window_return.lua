-- Gives back permits that somebody does not wait for any more, unless others have taken after them: their moments
-- stand.
-- KEYS 1 window, 2 lane of the call that took them
-- ARGV 1, 2 see window_state.lua, 3 number of the call that took them, 4 for how long to note that it is undone (ms)
-- Returns 1: given back, 0: not.
-- include clock
-- include once
-- include noted
-- include window_state
local permits, taken_us, sum = string.match(undone(KEYS[2], ARGV[3], ARGV[4]), '^%d+ (%d+) (%d+) (%d+)$')
if not permits or newest_us ~= tonumber(taken_us) or total ~= tonumber(sum) then return 0 end
local left = total - permits
local earlier = redis.call('ZRANGE', key, -2, -2, 'WITHSCORES')
if left <= tonumber(earlier[2] or 0) then
    redis.call('ZREM', key, taken_us)
else
    redis.call('ZADD', key, decimal(left), taken_us)
end
return 1
