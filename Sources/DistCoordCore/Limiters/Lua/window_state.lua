-- A sliding window; follows clock.lua.
-- ARGV 1 permits per period, 2 period (us)
--
-- The key holds a sorted set with a member for each moment (us) at which something was taken, and as its score how many
-- were taken up to then, since the key was made. Moments are rounded up to a thousandth of the period, so that the set
-- stays small; hence one counts for that much longer, never shorter. Those that wait have moments to come.
local key, limit, period_us = KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2])
local newest = redis.call('ZRANGE', key, -1, -1, 'WITHSCORES')
local newest_us, total = tonumber(newest[1] or 0), tonumber(newest[2] or 0)

-- When so many more fit: when so many are out of the window that these are within the limit. That is never before the
-- moment of somebody who came earlier, for all that he took is out by then.
local function due_us(permits)
    local out = total + permits - limit
    if out <= 0 then return now_us end
    local last = redis.call('ZRANGEBYSCORE', key, decimal(out), '+inf', 'LIMIT', 0, 1)
    return math.max(now_us, tonumber(last[1] or 0) + period_us)
end
