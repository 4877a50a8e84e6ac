-- Pushing a job that has a unique or a concurrency key, needs capabilities, belongs to a worker or a batch, or waits for other
-- jobs; for queue_push.lua, after queue_line.lua.

-- How a job has ended that another is to wait for: nil when it has not, false when it is not known.
local function end_of(id)
    local outcome = redis.call('HGET', base .. 'o', id)
    if redis.call('ZSCORE', base .. 'z', id) then return 1 end
    local record = redis.call('HGET', base .. 'j', id)
    if record and record ~= '' then return nil end
    if not outcome then return false end
    return (string.byte(outcome, 13))
end

-- Takes a unique key for a job. Returns 'mine', 'next' when the job is to wait for the one that has it, or the id of that one
-- when the job is refused.
local function take_unique(key, id, mode, due)
    local holder = redis.call('HGET', base .. 'U', key)
    local record = holder and redis.call('HGET', base .. 'j', holder)
    if not record or record == '' or redis.call('ZSCORE', base .. 'z', holder) then
        redis.call('HSET', base .. 'U', key, id)
        return 'mine'
    end
    if mode ~= 'p' then
        if mode == 'e' and redis.call('ZSCORE', base .. 'd', holder) then
            redis.call('ZADD', base .. 'd', decimal(due or now_ms), holder)
            earliest = math.min(earliest or due or now_ms, due or now_ms)
        end
        return holder
    end
-- include queue_remove
    local reason = 'replaced by ' .. id
    -- First the one that was to follow: it would take the place of the one that goes.
    local heir = redis.call('HGET', base .. 'V', key)
    local heirs_record = heir and redis.call('HGET', base .. 'j', heir)
    if heirs_record and heirs_record ~= '' then remove(heir, heirs_record, reason) end
    if redis.call('HEXISTS', base .. 'x', holder) == 1 then
        redis.call('HSET', base .. 'V', key, id)
        return 'next'
    end
    remove(holder, record, reason)
    redis.call('HSET', base .. 'U', key, id)
    return 'mine'
end

-- Enters the next job of the call. Returns the digit of its answer.
local function enter_tied()
    local is_apart, delay = ARGV[argument] == 'T', ARGV[argument + 2]
    local id, record = ARGV[argument + 3], stamp .. ARGV[argument + 4]
    local payload = is_apart and ARGV[argument + 5]
    argument = argument + (is_apart and 6 or 5)
    local mode, first = ARGV[argument], argument + 2
    argument = first + ARGV[argument + 1]
    if is_known(id) then return '0' end
    local ties = ties_of(record)
    local pending, failed_id, failed_state = {}, nil, nil
    for i = first, argument - 1 do
        local state = end_of(ARGV[i])
        if state == false then return '3' end
        if not state then
            pending[#pending + 1] = ARGV[i]
        elseif state ~= 0 and ties.D ~= 'r' then
            failed_id, failed_state = ARGV[i], state
        end
    end
    local batch = ties.B and base .. 'B:' .. ties.B
    if batch and redis.call('HGET', batch, 's') then return '4' end
    local due, holder = due_of(delay), 'mine'
    if ties.U then
        holder = take_unique(ties.U, id, mode, due)
        if holder ~= 'mine' and holder ~= 'next' then
            holders[#holders + 1] = holder
            return '2'
        end
    end
    redis.call('HSET', base .. 'j', id, record)
    if payload then redis.call('SET', base .. 'b:' .. id, payload) end
    if batch then
        redis.call('HINCRBY', batch, 't', 1)
        redis.call('PEXPIRE', batch, batch_retention_ms)
    end
    if #pending > 0 or failed_id then
        redis.call('HSET', base .. 'N', id, math.max(#pending, 1))
        if due then redis.call('HSET', base .. 'D', id, decimal(due)) end
        for _, predecessor in ipairs(pending) do
            if redis.call('RPUSH', base .. 'n:' .. predecessor, id) == 1 then
                redis.call('HINCRBY', base .. 'c', 'followed', 1)
            end
        end
        if failed_id then rare().predecessor_ended(id, failed_id, failed_state) end
    elseif holder == 'next' then
        if due then redis.call('HSET', base .. 'D', id, decimal(due)) end
    else
        rare().enter(id, record, due)
        if due then earliest = math.min(earliest or due, due) end
    end
    return '1'
end

local function push_tied()
    digits[#digits + 1] = enter_tied()
end
