-- Where reading begins, and how much is read at once; follows clock.lua and topic_keys.lua.
-- As many bytes of messages as are read at once, about.
local reading_bytes = 16777216

-- How many messages may be read at once, if that is not more than `count`.
local function readable(count, largest)
    return largest and math.min(count, math.max(1, math.floor(reading_bytes / largest))) or count
end

-- The position before the first message after `from`, as XRANGE takes it, and its sequence: none of the kept ones lies
-- between them. Behind the last message when there is none.
local function position(from)
    local first = from and redis.call('XRANGE', stream, from, '+', 'COUNT', 1)[1]
    if not first then
        local last = redis.call('HGET', meta, 'n') or '0-0'
        return last, select(2, numbers(last))
    end
    local ms, sequence = numbers(first[1])
    sequence = math.max(sequence - 1, 0)
    return decimal(ms) .. '-' .. decimal(sequence), sequence
end
