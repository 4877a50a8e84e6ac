-- Tells how a trial has ended. Told again, it finds the trial gone and changes nothing.
-- KEYS 1, 2, 3 see breaker_state.lua
-- ARGV 1 epoch and 2 number of the trial, 3 how it has ended: 0 succeeded, 1 failed, 2 says nothing; 4 sampling time
--      (ms), 5 recovery time (ms), 6 how many trials, 7 time of a trial (ms)
-- Returns news, see breaker_state.lua
-- include clock
-- include breaker_state
local sampling_ms = tonumber(ARGV[4])
if state ~= half_open or epoch ~= tonumber(ARGV[1]) or not redis.call('ZSCORE', KEYS[3], ARGV[2]) then
    if is_changed then save() end
    return news(sampling_ms)
end
if ARGV[3] == '0' then
    redis.call('HINCRBY', KEYS[1], 'y', 1)
    succeeded, running = succeeded + 1, running - 1
    if succeeded >= needed then
        change(closed, now_ms)
    else
        redis.call('HSET', KEYS[1], 'k', decimal(succeeded))
    end
    redis.call('ZREM', KEYS[3], ARGV[2])
elseif ARGV[3] == '1' then
    redis.call('HINCRBY', KEYS[1], 'x', 1)
    recovery_ms, needed, trial_ms = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
    trip(now_ms)
else
    redis.call('ZREM', KEYS[3], ARGV[2])
    running = running - 1
    tell_all()
end
save()
return news(sampling_ms)
