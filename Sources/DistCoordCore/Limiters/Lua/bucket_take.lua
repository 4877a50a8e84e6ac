-- Takes tokens from a bucket, also those that are yet to come.
-- KEYS 1 bucket, 2 lane of the call
-- ARGV 1, 2, 3 see bucket_state.lua, 4 how many, at most ARGV 3, 5 longest wait (us), negative for any, 6 number of the
--      call, 7 for how long to note it (ms)
-- Returns {1, us}: taken; they are there after that time. {0, us}: not taken, it would be longer.
-- include clock
-- include once
-- include noted
-- include bucket_state
-- include limiter_answer
local tokens, longest_us = tonumber(ARGV[4]), tonumber(ARGV[5])
local lane, number, lane_ms = KEYS[2], ARGV[6], tonumber(ARGV[7])
local wait_us = wait_for(tokens)
if longest_us >= 0 and wait_us > longest_us then
    return answered(noted(lane, number)) or {0, decimal(wait_us)}
end
local at_us, at_rest = full_after(tokens)
local note = string.format('%.0f %.0f %.0f %.0f', now_us + wait_us, tokens, at_us, at_rest)
local before = answered(once(lane, number, note, decimal(lane_ms + math.ceil(wait_us / 1000))))
if before then return before end
keep(at_us, at_rest)
return {1, decimal(wait_us)}
