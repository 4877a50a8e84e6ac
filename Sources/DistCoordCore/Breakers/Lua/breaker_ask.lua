-- Asks how the breaker stands, and for a trial if there is one.
-- KEYS 1, 2, 3 see breaker_state.lua, 4 lane of the call
-- ARGV 1 number of the call, 2 sampling time (ms)
-- Returns news with the number of the trial, see breaker_state.lua
-- include clock
-- include once
-- include noted
-- include breaker_state
local sampling_ms = tonumber(ARGV[2])

-- What this very call was given before, if that is still worth something.
local function repeated(note)
    local given_in, trial = string.match(note, '^(%d+) (%d+)$')
    return news(sampling_ms, tonumber(given_in) == epoch and tonumber(trial) or 0)
end

if free_trials() <= 0 then
    if is_changed then save() end
    return repeated(noted(KEYS[4], ARGV[1]) or '')
end
local trial = tonumber(redis.call('HGET', KEYS[1], 'j') or 0) % 1000000 + 1
local before = once(KEYS[4], ARGV[1], string.format('%.0f %.0f', epoch, trial))
if before then return repeated(before) end
local end_ms = now_ms + trial_ms
first_end_ms = running > 0 and math.min(first_end_ms, end_ms) or end_ms
running = running + 1
save()
redis.call('HSET', KEYS[1], 'j', decimal(trial))
redis.call('ZADD', KEYS[3], decimal(end_ms), decimal(trial))
redis.call('PEXPIRE', KEYS[3], retention_ms)
return news(sampling_ms, trial)
