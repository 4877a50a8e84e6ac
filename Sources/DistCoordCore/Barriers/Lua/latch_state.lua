-- Shared by the scripts of latches.
--
-- state  hash: c count, g generation, which a reset ends, h how the generations before ended, a letter for each, the
--        last one's last: 'z' it was at zero, 'r' it was reset before that. Nothing is kept of a latch that is not
--        there; its first generation is 1.
local state = KEYS[1]
local fields = redis.call('HMGET', state, 'c', 'g', 'h')
local count, generation, history = tonumber(fields[1]), tonumber(fields[2] or 1), fields[3] or ''
local history_length = 32

-- A latch that is not there comes into being when the caller knows its count.
local function make(first_count)
    if count or tonumber(first_count) == 0 then return end
    count = tonumber(first_count)
    redis.call('HSET', state, 'c', count, 'g', generation)
end
