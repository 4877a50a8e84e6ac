-- How a breaker stands.
-- KEYS 1, 2, 3 see breaker_state.lua
-- ARGV 1 sampling time (ms)
-- Returns news, see breaker_state.lua, and then {succeeded, failed, rejected, opened, trials under way, since (ms),
--         ms until the first of these trials must have ended}
-- include clock
-- include breaker_state
local answer = news(tonumber(ARGV[1]))
for _, count in ipairs(redis.call('HMGET', KEYS[1], 'y', 'x', 'r')) do
    answer[#answer + 1] = tonumber(count or 0)
end
for _, number in ipairs({opened, running, since_ms, math.max(first_end_ms - now_ms, 0)}) do
    answer[#answer + 1] = number
end
return answer
