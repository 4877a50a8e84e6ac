-- The arithmetic of a token bucket; follows clock.lua.
-- ARGV 1 permits per period, 2 period (us), 3 tokens that the bucket holds
--
-- What is kept of a bucket is one moment: when it will be full if nobody takes anything (GCRA calls it the theoretical
-- arrival time). The key holds "<us> <rest> <permits per period>": so many microseconds and rest parts of one, because
-- a token rarely comes after a whole number of them, and what is rounded adds up. No key: it is full.
local limit, period_us, burst = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local each_us = math.floor(period_us / limit)
local each_rest = period_us - each_us * limit

-- In what time so many tokens come: microseconds and parts. Exact but for buckets that fill up in centuries.
local function time_of(tokens)
    local rest = tokens * each_rest
    local whole = math.floor(rest / limit)
    return tokens * each_us + whole, rest - whole * limit
end

local full_us, full_rest = now_us, 0
local us, rest, of = string.match(redis.call('GET', KEYS[1]) or '', '^(%d+) (%d+) (%d+)$')
if us and tonumber(us) >= now_us then
    full_us, full_rest = tonumber(us), tonumber(rest)
    -- Parts of another size, by somebody with other options: rounded up.
    if tonumber(of) ~= limit and full_rest > 0 then full_us, full_rest = full_us + 1, 0 end
end

-- When the bucket will be full after so many more were taken.
local function full_after(tokens)
    local more_us, more_rest = time_of(tokens)
    local at_us, at_rest = full_us + more_us, full_rest + more_rest
    if at_rest >= limit then at_us, at_rest = at_us + 1, at_rest - limit end
    return at_us, at_rest
end

-- After how many microseconds so many are there: when no more than all others are missing.
local function wait_for(tokens)
    local less_us, less_rest = time_of(burst - tokens)
    local wait_us = full_us - less_us - now_us
    if full_rest > less_rest then wait_us = wait_us + 1 end
    return math.max(wait_us, 0)
end

local function keep(at_us, at_rest)
    local text = string.format('%.0f %.0f %.0f', at_us, at_rest, limit)
    redis.call('SET', KEYS[1], text, 'PX', decimal(math.ceil((at_us - now_us) / 1000) + 1))
end
