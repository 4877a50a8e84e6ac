-- Pushes jobs, and hands them to claimers that wait.
-- KEYS 1 see queue_keys.lua
-- ARGV 1 '0' when the ids are new for certain, '1' when jobs with a known id are to be left out, '2' as '1' and the call
--      has been sent before
--      2 slot, "<client>:<number>", through which one call at a time goes: its answer is remembered. '' when all ids were
--      made for this call: then one that is known was pushed by its first sending
--      3 number of this request through the slot; grows
--      4 '1' when some are tied: then there is a slot
--      then groups of jobs of one priority and delay, in the order of pushing:
--        number of jobs, negative when their payloads are kept apart; 't' for one that is tied, 'T' when its payload is
--        kept apart
--        priority
--        delay, ms; "@<ms since 1970>" for a moment
--        for each job: id, record from the flags on, and, when it is kept apart, payload; for one that is tied also what to
--        do when its unique key is taken (r refuse, p replace, e extend; '' when it has none), the number of jobs it waits
--        for, and their ids
-- Returns 0: all were pushed. Otherwise a text with a digit per job: 1 pushed, 0 the id is known already, 2 the unique key is
--      taken, 3 it waits for a job that is not known, 4 its batch is sealed; and for each 2 a newline and the id of the job
--      that has the key.
-- include clock
-- include queue_keys
if ARGV[1] == '0' and ARGV[4] == '0' and ARGV[5] == '1' and ARGV[7] == '0' and not ARGV[10]
    and redis.call('EXISTS', base .. 'W') == 0 then
    -- The usual call by the shortest way: one job that is tied to nothing, and nobody waits. Making the functions below would
    -- take a quarter of its time.
    redis.call('HSET', base .. 'j', ARGV[8], struct.pack('<I6', now_ms) .. ARGV[9])
    if redis.call('RPUSH', base .. 'r:' .. ARGV[6], ARGV[8]) == 1 then
        redis.call('ZADD', base .. 'p', 0 - ARGV[6], ARGV[6])
    end
    return 0
end
local checks, slot, request = ARGV[1] ~= '0', ARGV[2], ARGV[3]
if slot ~= '' and ARGV[1] == '2' then
    local asked, answer = string.match(redis.call('GET', base .. 'k:' .. slot) or '', '^(%d+)\n(.*)$')
    if asked == request then return answer end
end
local stamp = struct.pack('<I6', now_ms)
local digits, holders = {}, {}

local function is_known(id)
    if redis.call('HEXISTS', base .. 'j', id) == 1 then return true end
    local outcome = redis.call('HGET', base .. 'o', id)
    if not outcome then return false end
    local _, kept_until = struct.unpack('<I6I6', outcome)
    if kept_until > now_ms or slot == '' then return true end
    redis.call('HDEL', base .. 'o', id)
    redis.call('ZREM', base .. 'e', id)
    return false
end

-- When a job is due, ms; nil at once.
local function due_of(delay)
    if delay == '0' then return nil end
    local due = string.byte(delay) == 64 and tonumber(string.sub(delay, 2)) or now_ms + delay
    return due > now_ms and due or nil
end

local argument, earliest, ready = 5, nil, {}

-- Enters a group of jobs that are tied to nothing; those that are ready are left in `ready`.
local function push_plain(count)
    local priority, due = ARGV[argument + 1], due_of(ARGV[argument + 2])
    argument = argument + 3
    local has_payloads = count < 0
    local fields, ids = {}, {}
    for _ = 1, math.abs(count) do
        local id, record = ARGV[argument], stamp .. ARGV[argument + 1]
        local known = checks and is_known(id)
        if checks then digits[#digits + 1] = known and '0' or '1' end
        if not known then
            ids[#ids + 1] = id
            fields[#fields + 1] = id
            fields[#fields + 1] = record
            -- At once, so that the same id is found when it comes again in this call.
            if checks then redis.call('HSET', base .. 'j', id, record) end
            if has_payloads then redis.call('SET', base .. 'b:' .. id, ARGV[argument + 2]) end
        end
        argument = argument + (has_payloads and 3 or 2)
    end
    if #ids > 0 then
        if not checks then redis.call('HSET', base .. 'j', unpack(fields)) end
        if not due then
            ready[#ready + 1] = {priority = priority, ids = ids, record = fields[2]}
        else
            local scores = {}
            for i = 1, #ids do scores[2 * i - 1], scores[2 * i] = decimal(due), ids[i] end
            redis.call('ZADD', base .. 'd', unpack(scores))
            earliest = math.min(earliest or due, due)
        end
    end
end

local function make_ready()
    for _, group in ipairs(ready) do
        -- A list that has just come into being may be of a priority that is not listed.
        if redis.call('RPUSH', base .. 'r:' .. group.priority, unpack(group.ids)) == #group.ids then
            redis.call('ZADD', base .. 'p', 0 - group.priority, group.priority)
        end
    end
    ready = {}
end

if ARGV[4] == '1' then
-- include mailbox
-- include queue_jobs
-- include queue_line
-- include queue_tied
    while ARGV[argument] do
        local count = tonumber(ARGV[argument])
        if count then push_plain(count) else push_tied() end
        -- In between, so that jobs of the same place stay in order.
        if #ready > 0 then
            make_ready()
            has_ready = true
        end
    end
    settle_line()
    if earliest then watch(earliest) end
else
    while ARGV[argument] do push_plain(tonumber(ARGV[argument])) end
    local profiles = redis.call('SMEMBERS', base .. 'W')
    if #profiles == 0 then
        make_ready()
    else
-- include mailbox
-- include queue_grant
        local is_granted, line = false, nil
        if #ready == 1 and #ready[1].ids == 1 and #profiles == 1 and allowed(1) == 1 then
            -- The usual case, one job for the first of those who wait, does not take the way through the list: while
            -- anybody waits, no other job is ready that he could have.
            line = redis.call('ZRANGE', base .. 'w:' .. profiles[1], 0, 1)
            if line[1] then
                redis.call('ZREM', base .. 'w:' .. profiles[1], line[1])
                is_granted = grant(line[1], ready[1].ids, {ready[1].record})
                if is_granted then ready = {} end
            end
        end
        if not is_granted or line[2] or earliest then
-- include queue_jobs
-- include queue_line
            if is_granted and line[2] then watch(now_ms + first_lease_ms) end
            if #ready > 0 then
                make_ready()
                hand_out()
            end
            if earliest then watch(earliest) end
        end
    end
end
if not checks then return 0 end
local answer = table.concat(digits)
for _, id in ipairs(holders) do answer = answer .. '\n' .. id end
if slot ~= '' then redis.call('SET', base .. 'k:' .. slot, request .. '\n' .. answer, 'PX', 600000) end
return answer
