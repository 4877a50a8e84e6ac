-- Takes permits of a sliding window, also those that will be free later.
-- KEYS 1 window, 2 lane of the call
-- ARGV 1, 2 see window_state.lua, 3 how many, at most ARGV 1, 4 longest wait (us), negative for any, 5 number of the
--      call, 6 for how long to note it (ms)
-- Returns {1, us}: taken; they are free after that time. {0, us}: not taken, it would be longer.
-- include clock
-- include once
-- include noted
-- include window_state
-- include limiter_answer
local permits, longest_us = tonumber(ARGV[3]), tonumber(ARGV[4])
local lane, number, lane_ms = KEYS[2], ARGV[5], tonumber(ARGV[6])
local at_us = due_us(permits)
local wait_us = at_us - now_us
if longest_us >= 0 and wait_us > longest_us then
    return answered(noted(lane, number)) or {0, decimal(wait_us)}
end
local grain_us = math.ceil(period_us / 1000)
local taken_us = math.max(math.ceil(at_us / grain_us) * grain_us, newest_us)
local note = string.format('%.0f %.0f %.0f %.0f', at_us, permits, taken_us, total + permits)
local before = answered(once(lane, number, note, decimal(lane_ms + math.ceil(wait_us / 1000))))
if before then return before end

redis.call('ZADD', key, decimal(total + permits), decimal(taken_us))
redis.call('PEXPIRE', key, decimal(math.ceil((taken_us + period_us - now_us) / 1000) + 1))
-- Of what is out of the window the latest stays: its score says how much is out. More go than come.
local gone = 0
for _, moment_us in ipairs(redis.call('ZRANGE', key, 0, 7)) do
    if tonumber(moment_us) > now_us - period_us then break end
    gone = gone + 1
end
if gone > 1 then redis.call('ZREMRANGEBYRANK', key, 0, gone - 2) end
return {1, decimal(wait_us)}
