-- Tells what a process has counted; too many failures open the breaker.
-- KEYS 1, 2, 3 see breaker_state.lua, 4 lane of the call
-- ARGV 1 number of the call; 2 epoch in which the failures were, -1 when the process did not know it; 3 succeeded,
--      4 failed, 5 rejected calls; 6 threshold, 7 sampling time (ms), 8 recovery time (ms), 9 how many trials, 10 time
--      of a trial (ms); 11 greatest age of a failure that still counts (us); 12... ages of failures (us), the oldest
--      first
-- Returns news, see breaker_state.lua
-- include clock
-- include once
-- include breaker_state
local threshold, sampling_ms = tonumber(ARGV[6]), tonumber(ARGV[7])
local failed_in, oldest_us = tonumber(ARGV[2]), tonumber(ARGV[11])
-- Longer than a process keeps what it could not tell.
local noted_ms = '3600000'
if once(KEYS[4], ARGV[1], '', noted_ms) then return news(sampling_ms) end
for field, index in pairs({y = 3, x = 4, r = 5}) do
    if ARGV[index] ~= '0' then redis.call('HINCRBY', KEYS[1], field, ARGV[index]) end
end

-- A breaker without an epoch is new, or its keys were lost: what failed before that counts.
if state == closed and #ARGV > 11 and (failed_in == epoch or failed_in == -1 or epoch == 0) then
    local number = redis.call('HINCRBY', KEYS[1], 'i', #ARGV - 11) - (#ARGV - 11)
    local added = {}
    for index = 12, #ARGV do
        local age_us = tonumber(ARGV[index])
        local is_before = failed_in == -1 and now_us - age_us < since_ms * 1000
        if age_us <= oldest_us and not is_before then
            added[#added + 1] = decimal(now_us - age_us)
            added[#added + 1] = decimal(number + index - 11)
        end
    end
    -- Lua passes only so many values at once.
    for first = 1, #added, 1000 do
        redis.call('ZADD', KEYS[2], unpack(added, first, math.min(first + 999, #added)))
    end
    -- Processes tell at different times: what is together counts from the latest failure, not from now.
    local latest = redis.call('ZRANGE', KEYS[2], -1, -1, 'WITHSCORES')
    if latest[2] then
        redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', '(' .. decimal(latest[2] - sampling_ms * 1000))
        redis.call('ZREMRANGEBYRANK', KEYS[2], 0, -threshold - 1)
        redis.call('PEXPIRE', KEYS[2], decimal(sampling_ms + 60000))
        if redis.call('ZCARD', KEYS[2]) >= threshold then
            recovery_ms, needed, trial_ms = tonumber(ARGV[8]), tonumber(ARGV[9]), tonumber(ARGV[10])
            trip(now_ms)
        end
    end
end
save()
return news(sampling_ms)
