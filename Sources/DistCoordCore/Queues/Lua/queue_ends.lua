-- How jobs end otherwise than completed, and what that means for those that wait for them; follows queue_ties.lua.

-- A failure as those of workers are packed.
local function failure_of(kind, worker, message)
    return struct.pack('<I2', #kind) .. kind .. struct.pack('<I2', #worker) .. worker
        .. struct.pack('<I4', #message) .. message
end

local release_dependents

-- Ends a job: `state` 2 cancelled or 3 skipped, with a reason, or 1 dead, with a failure. `has_entered` as in `untie`.
-- The task of a run is not kept among the dead: its run has what is needed to try it again. `client` is who ended it, where
-- somebody did.
local function finish(id, record, state, attempts, fence, text, has_entered, client)
    local ttl = result_ttl_of(record)
    local tie = is_tied(record) and ties_of(record).G
    redis.call('HDEL', base .. 'P', id)
    redis.call('HDEL', base .. 'X', id)
    if state == 1 and not tie then
        redis.call('HSET', base .. 'j', id, with_attempt(record, string.byte(record, 7), attempts + 1))
        redis.call('HSET', base .. 'E', id, struct.pack('<I6', now_ms) .. text)
        redis.call('ZADD', base .. 'z', now_ms, id)
        local most = tonumber(redis.call('HGET', base .. 'c', 'dead') or -1)
        local surplus = most >= 0 and redis.call('ZCARD', base .. 'z') - most or 0
        if surplus > 0 then
            for _, old in ipairs(redis.call('ZRANGE', base .. 'z', 0, math.min(surplus, 20) - 1)) do
                redis.call('ZREM', base .. 'z', old)
                redis.call('HDEL', base .. 'j', old)
                redis.call('HDEL', base .. 'E', old)
                redis.call('DEL', base .. 'b:' .. old)
            end
        end
    else
        redis.call('HDEL', base .. 'j', id)
        redis.call('HDEL', base .. 'E', id)
        redis.call('DEL', base .. 'b:' .. id)
        if state ~= 1 then redis.call('HINCRBY', base .. 'c', 'cancelled', 1) end
    end
    keep_outcomes({id}, {struct.pack('<I6I6BI8B', now_ms, now_ms + ttl, state, fence, attempts) .. text}, {ttl})
    untie(id, record, state, has_entered)
    release_dependents({id}, state)
    if tie then graphs().ended(tie, id, state, attempts, fence, text, client or '') end
end

-- Forgets what a job waits for that has not entered yet. Returns whether it did wait.
local function stop_waiting(id, record)
    local did_wait = redis.call('ZREM', base .. 'd', id) == 1
    if redis.call('HDEL', base .. 'N', id) == 1 then did_wait = true end
    redis.call('HDEL', base .. 'D', id)
    if is_tied(record) then
        local ties = ties_of(record)
        if ties.U and redis.call('HGET', base .. 'V', ties.U) == id then did_wait = true end
    end
    return did_wait
end

-- One of the jobs that a job waits for has ended.
local function predecessor_ended(id, predecessor, state)
    if redis.call('HEXISTS', base .. 'N', id) == 0 then return end
    local record = redis.call('HGET', base .. 'j', id)
    if not record or record == '' then return end
    local policy = ties_of(record).D
    if state ~= 0 and policy ~= 'r' then
        redis.call('HDEL', base .. 'N', id)
        redis.call('HDEL', base .. 'D', id)
        local words = {'failed', 'was cancelled', 'was skipped'}
        local reason = 'job ' .. predecessor .. ', which it waited for, ' .. words[state]
        if policy == 's' then
            finish(id, record, 3, 0, 0, reason)
        else
            finish(id, record, 1, 0, 0, failure_of('dependency', '', reason))
        end
    elseif redis.call('HINCRBY', base .. 'N', id, -1) <= 0 then
        redis.call('HDEL', base .. 'N', id)
        local due = tonumber(redis.call('HGET', base .. 'D', id) or nil)
        if due then redis.call('HDEL', base .. 'D', id) end
        enter(id, record, due)
    end
end

-- Jobs have ended in a state: deals with those that wait for them, some hundred at a time. What is left is dealt with by the
-- next calls: `next_event` says that there is something.
local is_releasing = false
function release_dependents(ids, state)
    if ids and redis.call('HEXISTS', base .. 'c', 'followed') == 1 then
        for _, id in ipairs(ids) do
            if redis.call('EXISTS', base .. 'n:' .. id) == 1 then
                redis.call('RPUSH', base .. 'm', state .. id)
                if redis.call('HINCRBY', base .. 'c', 'followed', -1) <= 0 then
                    redis.call('HDEL', base .. 'c', 'followed')
                end
            end
        end
    end
    if is_releasing then return end
    is_releasing = true
    local budget = 200
    while budget > 0 do
        local entry = redis.call('LINDEX', base .. 'm', 0)
        if not entry then break end
        if string.byte(entry) == 71 then
            -- A run that has work left.
            local run = string.sub(entry, 2)
            graphs().run(run)
            graphs().write()
            budget = budget - 100
            if redis.call('EXISTS', base .. 'M:' .. run) == 1 then break end
            redis.call('LREM', base .. 'm', 1, entry)
        else
            local its_state, id = tonumber(string.sub(entry, 1, 1)), string.sub(entry, 2)
            local dependents = redis.call('LPOP', base .. 'n:' .. id, budget)
            if not dependents then
                redis.call('LPOP', base .. 'm')
            else
                budget = budget - #dependents
                for _, dependent in ipairs(dependents) do predecessor_ended(dependent, id, its_state) end
            end
        end
    end
    is_releasing = false
end
