-- The server's clock. Deadlines are in milliseconds, numbers that grow in microseconds: both below 2^53, exact in Lua.
local time = redis.call('TIME')
local now_us = time[1] * 1000000 + time[2]
local now_ms = math.floor(now_us / 1000)

-- A number as text, without the exponent that tostring would write.
local function decimal(number)
    return string.format('%.0f', number)
end
