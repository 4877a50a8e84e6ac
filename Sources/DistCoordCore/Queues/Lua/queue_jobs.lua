-- How jobs get from their lists to claimers, and how they end; for the scripts of queues.
-- include queue_grant
local outcomes_kept = 100000  -- per queue
local outcome_head = 22       -- bytes of an outcome before the result

local function priority_of(record)
    if bit.band(string.byte(record, 7), 8) == 0 then return '0' end
    return decimal((struct.unpack('<i4', record, 10)))
end

local function with_attempt(record, flags, attempt)
    return string.sub(record, 1, 6) .. string.char(flags, math.min(attempt, 255)) .. string.sub(record, 9)
end

-- Where the optional parts after the priority begin.
local function options_of(record)
    local flags = string.byte(record, 7)
    return flags, bit.band(flags, 8) == 0 and 10 or 14
end

local function result_ttl_of(record)
    local flags, at = options_of(record)
    if bit.band(flags, 2) == 0 then return 600000 end
    if bit.band(flags, 1) ~= 0 then at = at + 8 end
    return (struct.unpack('<I6', record, at))
end

-- Makes jobs the first of their priorities, in the given order.
local function put_front(ids, priorities)
    for i = #ids, 1, -1 do
        redis.call('LPUSH', base .. 'r:' .. priorities[i], ids[i])
        redis.call('ZADD', base .. 'p', 0 - priorities[i], priorities[i])
    end
end

-- Takes up to `count` jobs off their lists, highest priority first; fewer when they are large. Returns ids and records.
local function take(count)
    local ids, records, bytes = {}, {}, 0
    while #ids < count and bytes < 1048576 do
        local priority = redis.call('ZRANGE', base .. 'p', 0, 0)[1]
        if not priority then break end
        local wanted = math.min(count - #ids, 64)
        local popped = redis.call('LPOP', base .. 'r:' .. priority, wanted)
        if popped then
            local found = redis.call('HMGET', base .. 'j', unpack(popped))
            for i = 1, #popped do
                if found[i] then
                    ids[#ids + 1] = popped[i]
                    records[#records + 1] = found[i]
                    bytes = bytes + #found[i]
                end
            end
        end
        if not popped or #popped < wanted then redis.call('ZREM', base .. 'p', priority) end
    end
    return ids, records
end

-- Whether job i of a claim is still held by it: what x and a say of it.
local function is_held(held_by, lease_end, claim)
    return lease_end and tonumber(lease_end) > now_ms and (held_by == claim or held_by == claim .. '?')
end

-- The jobs of the last claim through a slot that are still held: number of the claim, ids (false for those that are
-- not), records; nil when there are none.
local function last_claim(slot, request)
    local text = redis.call('GET', base .. 'k:' .. slot)
    if not text then return nil end
    local asked, claim, list = string.match(text, '^(%d+)\n(%d+)\n(.*)$')
    if asked ~= request then return nil end
    local ids, any = {}, false
    for id in string.gmatch(list, '[^\n]+') do ids[#ids + 1] = id end
    local held_by = redis.call('HMGET', base .. 'x', unpack(ids))
    local ends = redis.call('ZMSCORE', base .. 'a', unpack(ids))
    local records = redis.call('HMGET', base .. 'j', unpack(ids))
    for i = 1, #ids do
        if records[i] and is_held(held_by[i], ends[i], claim) then any = true else ids[i] = false end
    end
    if not any then return nil end
    return claim, ids, records
end

-- What a claimer is answered that has jobs.
local function claimed(claim, ids, records)
    local reply = {claim}
    for i = 1, #ids do
        reply[2 * i] = ids[i] or ''
        reply[2 * i + 1] = ids[i] and records[i] or ''
    end
    return reply
end

-- Gives held jobs a new lease and takes note that their claimer is alive.
local function lease_again(claim, ids, lease_ms)
    for i = 1, #ids do
        if ids[i] then
            redis.call('ZADD', base .. 'a', now_ms + lease_ms, ids[i])
            redis.call('HSET', base .. 'x', ids[i], claim)
        end
    end
end

-- Gives held jobs back to the front of their lists.
local function give_back(ids, priorities)
    redis.call('HDEL', base .. 'x', unpack(ids))
    redis.call('ZREM', base .. 'a', unpack(ids))
    put_front(ids, priorities)
end

-- The next moment at which time alone makes a job ready, ms; nil when there is none.
local function next_event()
    local lease = redis.call('ZRANGE', base .. 'a', 0, 0, 'WITHSCORES')[2]
    local due = redis.call('ZRANGE', base .. 'd', 0, 0, 'WITHSCORES')[2]
    if lease and due then return math.min(lease, due) end
    return tonumber(lease or due or nil)
end

-- Sees to it that somebody looks when time makes a job ready: calls on waiting claimers of up to three clients to ask
-- again, which tells them that moment; three, because the client that dies may be the one that holds the job. They are
-- the last in line: when they are gone, all others have come, and asked, later than this.
local function watch(moment)
    local known = tonumber(redis.call('HGET', base .. 'c', 't') or 0)
    if known > now_ms and known <= moment then return end
    local line = redis.call('ZREVRANGE', base .. 'w', 0, 31)
    if #line == 0 then return end
    line[#line + 1] = redis.call('ZRANGE', base .. 'w', 0, 0)[1]
    redis.call('HSET', base .. 'c', 't', decimal(moment))
    local told, count = {}, 0
    for _, member in ipairs(line) do
        local token, client = string.match(member, '^(([^:]*):%S*)')
        if not told[client] then
            if tell(token, 'F') > 0 then
                told[client] = true
                count = count + 1
                if count == 3 then return end
            else
                redis.call('ZREM', base .. 'w', member)
            end
        end
    end
end

-- Hands ready jobs to waiting claimers, in order of arrival; those whose client is gone are forgotten.
local function hand_out()
    local waiting, has_granted = redis.call('ZCARD', base .. 'w'), false
    while waiting > 0 do
        local priority = redis.call('ZRANGE', base .. 'p', 0, 0)[1]
        if not priority then break end
        local head = redis.call('ZPOPMIN', base .. 'w')
        local capacity = tonumber(string.match(head[1], '%d+$'))
        -- Nobody takes more than a fair share while others wait.
        local share = math.ceil(redis.call('LLEN', base .. 'r:' .. priority) / waiting)
        local ids, records = take(math.max(1, math.min(share, capacity)))
        if #ids == 0 then
            redis.call('ZADD', base .. 'w', head[2], head[1])
        else
            waiting = waiting - 1
            if grant(head[1], ids, records) then
                has_granted = true
            else
                local priorities = {}
                for i = 1, #ids do priorities[i] = priority_of(records[i]) end
                put_front(ids, priorities)
            end
        end
    end
    if has_granted and waiting > 0 then watch(now_ms + first_lease_ms) end
end

-- Keeps outcomes, tells those who wait for them, and forgets old ones. An outcome stays a while after its time, so that
-- whoever asks learns that it is too late, and so that a completion sent twice is recognised.
local function keep_outcomes(ids, outcomes, ttls)
    local fields, ends, latest = {}, {}, 0
    for i = 1, #ids do
        local forget = now_ms + ttls[i] + math.min(math.max(ttls[i], 60000), retention_ms)
        latest = math.max(latest, forget)
        -- Of a result that is not to be kept only the fact stays.
        fields[2 * i - 1], fields[2 * i] = ids[i], ttls[i] > 0 and outcomes[i] or string.sub(outcomes[i], 1, outcome_head)
        ends[2 * i - 1], ends[2 * i] = decimal(forget), ids[i]
    end
    redis.call('HSET', base .. 'o', unpack(fields))
    redis.call('ZADD', base .. 'e', unpack(ends))
    if redis.call('PTTL', base .. 'e') < latest - now_ms then
        redis.call('PEXPIREAT', base .. 'o', decimal(latest + 3600000))
        redis.call('PEXPIREAT', base .. 'e', decimal(latest + 3600000))
    end
    if redis.call('EXISTS', base .. 'y') == 1 then
        local waiters = redis.call('HMGET', base .. 'y', unpack(ids))
        for i = 1, #ids do
            if waiters[i] then
                local message = 'R' .. outcomes[i]
                if #message > inline_bytes then
                    message = 'R'
                    if ttls[i] == 0 then
                        -- Just long enough for those who are told to fetch it.
                        local until_ms = struct.pack('<I6', now_ms + 10000)
                        redis.call('HSET', base .. 'o', ids[i],
                            string.sub(outcomes[i], 1, 6) .. until_ms .. string.sub(outcomes[i], 13))
                    end
                end
                for token in string.gmatch(waiters[i], '%S+') do tell(token, message) end
                redis.call('HDEL', base .. 'y', ids[i])
            end
        end
    end
    -- Not by every small call: it would be a sixth of its cost.
    if #ids < 8 and now_us % 8 ~= 0 then return end
    local sweep = 2 * #ids + 20
    local old = redis.call('ZRANGEBYSCORE', base .. 'e', '-inf', now_ms, 'LIMIT', 0, sweep)
    local surplus = math.min(redis.call('ZCARD', base .. 'e') - outcomes_kept, sweep)
    if surplus > #old then old = redis.call('ZRANGE', base .. 'e', 0, surplus - 1) end
    if #old > 0 then
        redis.call('ZREM', base .. 'e', unpack(old))
        redis.call('HDEL', base .. 'o', unpack(old))
    end
end

-- Ends a job for which no attempt is left. `attempts` counts those there were.
local function bury(id, record, attempts, fence, message)
    redis.call('HSET', base .. 'j', id, with_attempt(record, string.byte(record, 7), attempts + 1))
    redis.call('ZADD', base .. 'z', now_ms, id)
    local ttl = result_ttl_of(record)
    keep_outcomes({id}, {struct.pack('<I6I6BI8B', now_ms, now_ms + ttl, 1, fence, attempts) .. message}, {ttl})
end

-- Deals with jobs whose lease has ended: their worker is gone. Back to the front, or dead.
local function end_leases()
    local ids = redis.call('ZRANGEBYSCORE', base .. 'a', '-inf', now_ms, 'LIMIT', 0, 100)
    if #ids == 0 then return end
    local claims = redis.call('HMGET', base .. 'x', unpack(ids))
    local records = redis.call('HMGET', base .. 'j', unpack(ids))
    redis.call('ZREM', base .. 'a', unpack(ids))
    redis.call('HDEL', base .. 'x', unpack(ids))
    local front, priorities, failed = {}, {}, 0
    for i = 1, #ids do
        local record = records[i]
        if record then
            local flags, attempt, attempts_in_all = string.byte(record, 7, 9)
            local claim, mark = string.match(claims[i] or '', '^(%d*)(%??)$')
            -- A grant that nobody was heard of probably never arrived, and is no attempt; but only three times, lest a
            -- job that kills its worker at once is tried for ever.
            local is_forgiven = mark == '?' and bit.band(flags, 48) ~= 48
            if is_forgiven then flags = flags + 16 else attempt, failed = attempt + 1, failed + 1 end
            if not is_forgiven and attempt > attempts_in_all then
                bury(ids[i], record, attempt - 1, tonumber(claim) or 0, 'worker lost: its lease ended')
            else
                redis.call('HSET', base .. 'j', ids[i], with_attempt(record, flags, attempt))
                front[#front + 1] = ids[i]
                priorities[#priorities + 1] = priority_of(record)
            end
        end
    end
    if failed > 0 then redis.call('HINCRBY', base .. 'c', 'failed', failed) end
    put_front(front, priorities)
end

-- Makes delayed jobs ready whose time has come, in the order in which they came due.
local function end_delays()
    local ids = redis.call('ZRANGEBYSCORE', base .. 'd', '-inf', now_ms, 'LIMIT', 0, 200)
    if #ids == 0 then return end
    local records = redis.call('HMGET', base .. 'j', unpack(ids))
    redis.call('ZREM', base .. 'd', unpack(ids))
    for i = 1, #ids do
        if records[i] then
            local priority = priority_of(records[i])
            redis.call('RPUSH', base .. 'r:' .. priority, ids[i])
            redis.call('ZADD', base .. 'p', 0 - priority, priority)
        end
    end
end
