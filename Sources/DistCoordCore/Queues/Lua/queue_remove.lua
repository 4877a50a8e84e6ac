-- Taking a job out that is not claimed; follows queue_jobs.lua.

-- Cancels a job that waits, wherever it does.
local function remove(id, record, reason)
    local ties = is_tied(record) and ties_of(record) or {}
    local is_aside = rare().stop_waiting(id, record)
    local place = place_of(ties)
    local is_parked = redis.call('HDEL', base .. 'K', id) == 1
    if is_parked then place = 'k' .. ties.K end
    local _, attempt = string.byte(record, 7, 8)
    rare().finish(id, record, 2, attempt - 1, 0, reason, not is_aside and not is_parked)
    if is_aside then return end
    redis.call('ZREM', base .. 'u', id)
    -- It stands in a list. In a long one it is left there, to be found void by whoever comes to it.
    local priority = priority_of(record)
    local list = list_key(priority, place)
    if redis.call('LLEN', list) <= 1000 then
        if redis.call('LREM', list, 1, id) == 1 then
            if redis.call('EXISTS', list) == 0 then redis.call('ZREM', index_key(place), priority) end
            if ties.W then count_own(ties.W, -1) end
        end
    else
        redis.call('HSET', base .. 'j', id, '')
        redis.call('HINCRBY', base .. 'c', 'gone', 1)
    end
end
