-- How jobs get from their lists to claimers, and how they end; for the scripts of queues.
-- include queue_grant
local outcome_head = 22       -- bytes of an outcome before the result

-- Jobs have become ready: whoever sees this hands them to claimers that wait.
local has_ready = false
local watch  -- in queue_line.lua
local rare

-- Where the optional parts of a record after the priority begin.
local function options_of(record)
    local flags = string.byte(record, 7)
    return flags, bit.band(flags, 8) == 0 and 10 or 14
end

local function priority_of(record)
    if bit.band(string.byte(record, 7), 8) == 0 then return '0' end
    return decimal((struct.unpack('<i4', record, 10)))
end

local function is_tied(record)
    return bit.band(string.byte(record, 7), 64) ~= 0
end

-- The ties of a record by their letters, and where its payload begins.
local function ties_of(record)
    local flags, at = options_of(record)
    if bit.band(flags, 1) ~= 0 then at = at + 8 end
    if bit.band(flags, 2) ~= 0 then at = at + 6 end
    if bit.band(flags, 128) ~= 0 then at = at + 1 + string.byte(record, at) end
    local ties = {}
    if bit.band(flags, 64) ~= 0 then
        local length, tag, size
        length, at = struct.unpack('<I2', record, at)
        local stop = at + length
        while at < stop do
            tag, size, at = struct.unpack('<BI2', record, at)
            ties[string.char(tag)] = string.sub(record, at, at + size - 1)
            at = at + size
        end
    end
    return ties, at
end

local function place_of(ties)
    return ties.W and 'w' .. ties.W or ties.C and 'c' .. ties.C or ''
end

-- Whether `capabilities`, a text of names with commas around each, has all that the place of capabilities asks for.
local function fits(place, capabilities)
    for name in string.gmatch(string.sub(place, 2), '[^,]+') do
        if not string.find(capabilities, ',' .. name .. ',', 1, true) then return false end
    end
    return true
end

local function list_key(priority, place)
    return base .. 'r:' .. priority .. (place ~= '' and ':' .. place or '')
end

local function index_key(place)
    return base .. (place ~= '' and 'p:' .. place or 'p')
end

local function with_attempt(record, flags, attempt)
    return string.sub(record, 1, 6) .. string.char(flags, math.min(attempt, 255)) .. string.sub(record, 9)
end

local function result_ttl_of(record)
    local flags, at = options_of(record)
    if bit.band(flags, 2) == 0 then return 600000 end
    if bit.band(flags, 1) ~= 0 then at = at + 8 end
    return (struct.unpack('<I6', record, at))
end

-- Counts the jobs in a worker's own queue.
local function count_own(worker, change)
    if tonumber(redis.call('ZINCRBY', base .. 'l', change, worker)) <= 0 then redis.call('ZREM', base .. 'l', worker) end
end

-- Adds jobs of one priority to a place; `push` is RPUSH, or LPUSH, which turns their order round.
local function put_run(push, priority, place, ids)
    -- A list that has just come into being may be of a priority that is not listed.
    if redis.call(push, list_key(priority, place), unpack(ids)) == #ids then
        redis.call('ZADD', index_key(place), 0 - priority, priority)
        local kind = string.sub(place, 1, 1)
        if kind == 'c' or kind == 'w' then redis.call('SADD', base .. 'g', place) end
    end
    if string.sub(place, 1, 1) == 'w' then count_own(string.sub(place, 2), #ids) end
    has_ready = true
end

-- Puts jobs at the end of their lists, or at the front in the given order. `places` may leave out those of ''.
local function put(ids, priorities, places, is_front)
    local first, last, step = 1, #ids, 1
    if is_front then first, last, step = #ids, 1, -1 end
    local run, priority, place
    for i = first, last, step do
        local its_place = places[i] or ''
        if not run or priorities[i] ~= priority or its_place ~= place then
            if run then put_run(is_front and 'LPUSH' or 'RPUSH', priority, place, run) end
            run, priority, place = {}, priorities[i], its_place
        end
        run[#run + 1] = ids[i]
    end
    if run then put_run(is_front and 'LPUSH' or 'RPUSH', priority, place, run) end
end

-- Takes jobs off a list, adds them to `ids` and `records`, and returns their bytes; `pop` is LPOP or RPOP.
local function pop_list(pop, priority, place, wanted, ids, records)
    local popped = redis.call(pop, list_key(priority, place), wanted)
    local bytes = 0
    if popped then
        local found = redis.call('HMGET', base .. 'j', unpack(popped))
        for i = 1, #popped do
            local record = found[i]
            if record and record ~= '' then
                ids[#ids + 1] = popped[i]
                records[#records + 1] = record
                bytes = bytes + #record
            elseif record then
                -- It was cancelled while it stood here.
                redis.call('HDEL', base .. 'j', popped[i])
                redis.call('HINCRBY', base .. 'c', 'gone', -1)
            end
        end
    end
    if not popped or #popped < wanted then redis.call('ZREM', index_key(place), priority) end
    if place ~= '' and popped then
        local kind = string.sub(place, 1, 1)
        if kind == 'c' then redis.call('ZREM', base .. 'u', unpack(popped)) end
        if kind == 'w' then count_own(string.sub(place, 2), 0 - #popped) end
    end
    return bytes
end

-- Takes up to `count` jobs that a claimer with `profile` may have off their lists, highest priority first; fewer when they
-- are large. Returns ids and records.
local function take(count, profile)
    local ids, records, bytes = {}, {}, 0
    count = allowed(count)
    local places = count > 0 and redis.call('SMEMBERS', base .. 'g') or {}
    if #places > 0 then
-- include queue_places
        take_from_places(places, count, profile, ids, records)
        return ids, records
    end
    while #ids < count and bytes < 1048576 do
        local priority = redis.call('ZRANGE', base .. 'p', 0, 0)[1]
        if not priority then break end
        bytes = bytes + pop_list('LPOP', priority, '', math.min(count - #ids, 64), ids, records)
    end
    return ids, records
end

-- Whether job i of a claim is still held by it: what x and a say of it.
local function is_held(held_by, lease_end, claim)
    if not lease_end or tonumber(lease_end) <= now_ms or not held_by then return false end
    local after = string.byte(held_by, #claim + 1)
    return (after == 32 or after == 63) and string.sub(held_by, 1, #claim) == claim
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
local function lease_again(claim, ids, lease_ms, slot)
    for i = 1, #ids do
        if ids[i] then
            redis.call('ZADD', base .. 'a', now_ms + lease_ms, ids[i])
            redis.call('HSET', base .. 'x', ids[i], claim .. ' ' .. string.match(slot, '^[^:]*'))
        end
    end
end

-- Makes jobs that were taken off their lists the first of them again, in the given order.
local function put_back(ids, records)
    local priorities, places = {}, {}
    for i = 1, #ids do
        priorities[i] = priority_of(records[i])
        local ties = is_tied(records[i]) and ties_of(records[i]) or {}
        places[i] = place_of(ties)
        local patience = ties.C and tonumber(ties.L or 300000) or -1
        if patience >= 0 then redis.call('ZADD', base .. 'u', now_ms + patience, ids[i]) end
    end
    put(ids, priorities, places, true)
end

-- Ends the claims of jobs, and forgets what was told of their progress.
local function let_go(ids)
    redis.call('HDEL', base .. 'x', unpack(ids))
    redis.call('ZREM', base .. 'a', unpack(ids))
    redis.call('HDEL', base .. 'P', unpack(ids))
end

-- Gives held jobs back to the front of their lists.
local function give_back(ids, records)
    let_go(ids)
    put_back(ids, records)
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
    local kept = tonumber(redis.call('HGET', base .. 'c', 'results') or 100000)
    local sweep = 2 * #ids + 20
    local old = redis.call('ZRANGEBYSCORE', base .. 'e', '-inf', now_ms, 'LIMIT', 0, sweep)
    local surplus = math.min(redis.call('ZCARD', base .. 'e') - kept, sweep)
    if surplus > #old then old = redis.call('ZRANGE', base .. 'e', 0, surplus - 1) end
    if #old > 0 then
        redis.call('ZREM', base .. 'e', unpack(old))
        redis.call('HDEL', base .. 'o', unpack(old))
    end
end

-- What is only needed for jobs that are tasks of runs.
local made_graphs
local function graphs()
    if not made_graphs then
-- include workflow_nodes
-- include workflow_graph
-- include workflow_reset
-- include workflow_expand
-- include workflow_jobs
-- include workflow_usual
-- include workflow_work
-- include workflow_settle
        made_graphs = {
            run = run_in_hand, prepare = prepare, completed = task_completed, was_completed = was_completed,
            ended = task_ended, retried = task_retried, stop = stop_run, take_up = take_up, add_work = add_work, note = note, write = write_runs,
            keep = function(run) keep_run(run, unended_ms) end, close = function(run) close(run, node_of(run, '')) end,
            drop = function() runs_in_hand = {} end, node = node_of, nodes = read_nodes,
            definition = definition_of, children = children_of,
        }
    end
    return made_graphs
end

-- What is only needed for jobs that end otherwise than completed, or that are tied to others, is made when it is needed.
local rarely_used
function rare()
    if not rarely_used then
-- include queue_ties
-- include queue_ends
        rarely_used = {
            enter = enter, leave = leave, untie = untie, count_in_batch = count_in_batch, failure_of = failure_of,
            finish = finish, stop_waiting = stop_waiting, release_dependents = release_dependents,
            predecessor_ended = predecessor_ended, again = again,
        }
    end
    return rarely_used
end
