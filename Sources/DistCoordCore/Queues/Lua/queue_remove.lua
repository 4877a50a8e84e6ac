-- Taking a job out that is not claimed; follows queue_jobs.lua.

-- Where a job stands that is not claimed: its ties, its place, whether it is in none, and whether it has taken room under its
-- concurrency key.
local function leave_aside(id, record)
    local ties = is_tied(record) and ties_of(record) or {}
    local is_aside = rare().stop_waiting(id, record)
    local place = place_of(ties)
    local is_parked = redis.call('HDEL', base .. 'K', id) == 1
    if is_parked then place = 'k' .. ties.K end
    return ties, place, is_aside, not is_aside and not is_parked
end

-- Takes it off its list. In a long one it is left there, to be found void by whoever comes to it.
local function unlist(id, record, ties, place)
    redis.call('ZREM', base .. 'u', id)
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

-- Cancels a job that waits, wherever it does.
local function remove(id, record, reason)
    local ties, place, is_aside, has_entered = leave_aside(id, record)
    local _, attempt = string.byte(record, 7, 8)
    rare().finish(id, record, 2, attempt - 1, 0, reason, has_entered)
    if not is_aside then unlist(id, record, ties, place) end
end

-- Takes a job that waits away as if it had never been.
local function take_away(id, record)
    local ties, place, is_aside, has_entered = leave_aside(id, record)
    redis.call('HDEL', base .. 'j', id)
    redis.call('HDEL', base .. 'E', id)
    redis.call('DEL', base .. 'b:' .. id)
    if ties.K and has_entered then rare().leave(ties.K, -1) end
    if not is_aside then unlist(id, record, ties, place) end
end
