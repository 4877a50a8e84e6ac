-- How many permits of a sliding window are free.
-- KEYS 1 window
-- ARGV see window_state.lua
-- Returns {how many, after how many us there is one}
-- include clock
-- include window_state
-- Halves what is left of the set until it has the latest moment that is out of the window.
local out, first, last = 0, 0, redis.call('ZCARD', key) - 1
while first <= last do
    local middle = math.floor((first + last) / 2)
    local entry = redis.call('ZRANGE', key, middle, middle, 'WITHSCORES')
    if tonumber(entry[1]) <= now_us - period_us then
        out, first = tonumber(entry[2]), middle + 1
    else
        last = middle - 1
    end
end
return {decimal(math.max(limit - (total - out), 0)), decimal(due_us(1) - now_us)}
