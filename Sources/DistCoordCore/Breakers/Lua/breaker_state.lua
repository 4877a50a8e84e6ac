-- How a circuit breaker stands; follows clock.lua.
-- KEYS 1 state, 2 failures, 3 trials
--
-- state     hash: s state (numbers below), e epoch, c since when (ms), u until when it is open (ms), o how many times
--           it has opened, n how many trials must succeed, k how many have, w how long it is open (ms), d how long a
--           trial may take (ms); y succeeded, x failed, r rejected calls, ever; i number of the last failure, j of the
--           last trial
-- failures  sorted set: numbers of failures by moment (us), no more than matter
-- trials    sorted set: numbers of the trials under way by when they end (ms)
-- On the channel "<state>:changes" each change is told: "<epoch> <state> <ms left>", see left_ms below.
--
-- The epoch grows with every change; 0 is a breaker that has never changed. It is the moment of the change, so that it
-- grows also when the keys were lost. What changes because time goes by is reckoned by whoever looks, always to the
-- same result, and written and told by whoever writes first.
local closed, open, half_open, forced_closed, forced_open = 0, 1, 2, 3, 4
local retention_ms = '604800000' -- longer than any time that can be set

local fields = redis.call('HMGET', KEYS[1], 's', 'e', 'c', 'u', 'o', 'n', 'k', 'w', 'd')
for index = 1, 9 do fields[index] = tonumber(fields[index] or 0) end
local state, epoch, since_ms, until_ms, opened, needed, succeeded, recovery_ms, trial_ms = unpack(fields)
local running, first_end_ms, is_changed = 0, 0, false

local function change(to, at_ms)
    state, epoch, since_ms = to, math.max(epoch + 1, at_ms), at_ms
    running, first_end_ms, succeeded, is_changed = 0, 0, 0, true
end

local function trip(at_ms)
    change(open, at_ms)
    until_ms, opened = at_ms + recovery_ms, opened + 1
end

if state == half_open then
    local first = redis.call('ZRANGE', KEYS[3], 0, 0, 'WITHSCORES')
    running, first_end_ms = redis.call('ZCARD', KEYS[3]), tonumber(first[2] or 0)
    -- A trial that nobody has reported has failed.
    if running > 0 and first_end_ms <= now_ms then trip(first_end_ms) end
end
if state == open and until_ms <= now_ms then change(half_open, until_ms) end

local function free_trials()
    return state == half_open and needed - succeeded - running or 0
end

-- After what time it may be worth asking for a trial; -1 when that is not known.
local function left_ms()
    if state == forced_open then return -1 end
    if state == open then return until_ms - now_ms end
    if state == half_open and free_trials() <= 0 then return math.max(first_end_ms - now_ms, 1) end
    return 0
end

local function tell_all()
    redis.call('PUBLISH', KEYS[1] .. ':changes', string.format('%.0f %.0f %.0f', epoch, state, left_ms()))
end

-- Writes what has changed, and tells everybody.
local function save()
    if is_changed then
        redis.call('HSET', KEYS[1], 's', decimal(state), 'e', decimal(epoch), 'c', decimal(since_ms), 'u',
            decimal(until_ms), 'o', decimal(opened), 'n', decimal(needed), 'k', decimal(succeeded), 'w',
            decimal(recovery_ms), 'd', decimal(trial_ms))
        redis.call('DEL', KEYS[2], KEYS[3])
        tell_all()
    end
    -- What somebody has forced stays until somebody takes it back.
    if state == forced_closed or state == forced_open then
        redis.call('PERSIST', KEYS[1])
    else
        redis.call('PEXPIRE', KEYS[1], retention_ms)
    end
end

-- What every call answers: {state, epoch, ms left, failures that count, trial or 0}
local function news(sampling_ms, trial)
    local failures = 0
    if state == closed and not is_changed then
        failures = redis.call('ZCOUNT', KEYS[2], decimal(now_us - sampling_ms * 1000), '+inf')
    end
    return {state, epoch, left_ms(), failures, trial or 0}
end
