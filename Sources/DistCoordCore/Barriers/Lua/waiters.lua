-- Those who wait for a latch or an event; follows clock.lua and mailbox.lua.
-- <state>:w  sorted set: their tokens, score = when they asked last (ms)
-- Messages, and answers that are alike: "1" it is open or set, "2" the latch was reset.
local waiters = state .. ':w'
local silent_ms = 60000 -- who lives asks again every few seconds
local retention_ms = 86400000

local function admit(token)
    redis.call('ZREMRANGEBYSCORE', waiters, '-inf', decimal(now_ms - silent_ms))
    redis.call('ZADD', waiters, decimal(now_ms), token)
    redis.call('PEXPIRE', waiters, decimal(10 * silent_ms))
end

local function tell_all(message)
    local tokens = redis.call('ZRANGE', waiters, 0, -1)
    redis.call('DEL', waiters)
    for _, token in ipairs(tokens) do tell(token, message) end
end
