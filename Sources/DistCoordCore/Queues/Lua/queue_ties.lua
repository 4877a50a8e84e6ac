-- Jobs that are tied to others, by a key, a batch, or because they wait for them; included by `rare` in queue_jobs.lua.

-- How many jobs of a concurrency key may be let in.
local key_limit
local function limit_of_keys()
    if not key_limit then key_limit = tonumber(redis.call('HGET', base .. 'c', 'keys') or 1) end
    return key_limit
end

-- Puts a job where it belongs that waits for nothing but its time (`due`, ms; nil: at once) and its concurrency key.
local function enter(id, record, due)
    if due and due > now_ms then
        redis.call('ZADD', base .. 'd', decimal(due), id)
        return
    end
    local ties = is_tied(record) and ties_of(record) or {}
    local place = place_of(ties)
    if ties.K then
        if tonumber(redis.call('HGET', base .. 'q', ties.K) or 0) >= limit_of_keys() then
            redis.call('HSET', base .. 'K', id, ties.K)
            put_run('RPUSH', priority_of(record), 'k' .. ties.K, {id})
            return
        end
        redis.call('HINCRBY', base .. 'q', ties.K, 1)
    end
    if ties.C then
        local patience = tonumber(ties.L or 300000)
        if patience >= 0 then redis.call('ZADD', base .. 'u', now_ms + patience, id) end
    end
    put_run('RPUSH', priority_of(record), place, {id})
end

-- Lets in those that wait for room under a concurrency key; `change` is what there is of it now: -1 when one has left.
local function leave(key, change)
    local count = redis.call('HINCRBY', base .. 'q', key, change)
    local place = 'k' .. key
    while count < limit_of_keys() do
        local priority = redis.call('ZRANGE', index_key(place), 0, 0)[1]
        if not priority then break end
        local ids, records = {}, {}
        pop_list('LPOP', priority, place, 1, ids, records)
        if ids[1] then
            redis.call('HDEL', base .. 'K', ids[1])
            enter(ids[1], records[1])
            count = count + 1
        end
    end
    if count <= 0 then redis.call('HDEL', base .. 'q', key) end
end

-- What those who wait for a batch are told, once it is sealed and all its jobs have ended.
local function tell_batch(key)
    local total, completed, dead, cancelled, sealed, waiters =
        unpack(redis.call('HMGET', key, 't', 'c', 'f', 'x', 's', 'w'))
    if sealed and waiters and (completed or 0) + (dead or 0) + (cancelled or 0) >= tonumber(total or 0) then
        redis.call('HDEL', key, 'w')
        for token in string.gmatch(waiters, '%S+') do tell(token, 'B') end
    end
end

local batch_fields = {[0] = 'c', 'f', 'x', 'x'}

-- A job of a batch has ended in that state; `change` -1: it has not, after all.
local function count_in_batch(batch, state, change)
    local key = base .. 'B:' .. batch
    redis.call('HINCRBY', key, batch_fields[state], change)
    redis.call('PEXPIRE', key, batch_retention_ms)
    tell_batch(key)
end

-- A job has ended: its keys are free. `has_entered`: it has taken room under its concurrency key.
local function untie(id, record, state, has_entered)
    if not is_tied(record) then return end
    local ties = ties_of(record)
    if ties.K and has_entered then leave(ties.K, -1) end
    if ties.B then count_in_batch(ties.B, state, 1) end
    if not ties.U then return end
    if redis.call('HGET', base .. 'V', ties.U) == id then redis.call('HDEL', base .. 'V', ties.U) end
    if redis.call('HGET', base .. 'U', ties.U) ~= id then return end
    redis.call('HDEL', base .. 'U', ties.U)
    local heir = redis.call('HGET', base .. 'V', ties.U)
    if not heir then return end
    redis.call('HDEL', base .. 'V', ties.U)
    local heirs_record = redis.call('HGET', base .. 'j', heir)
    if not heirs_record or heirs_record == '' then return end
    redis.call('HSET', base .. 'U', ties.U, heir)
    local due = tonumber(redis.call('HGET', base .. 'D', heir) or nil)
    if due then redis.call('HDEL', base .. 'D', heir) end
    enter(heir, heirs_record, due)
end

-- Has a job that was claimed wait for its next attempt, `delay` ms.
local function again(id, record, delay)
    local key = is_tied(record) and ties_of(record).K
    if key then leave(key, -1) end
    enter(id, record, now_ms + delay)
    if delay > 0 then watch(now_ms + delay) end
end
