-- Pushes jobs, and hands them to claimers that wait.
-- KEYS 1 see queue_keys.lua
-- ARGV 1 '1' to leave out jobs whose id is known, '0' when the ids are new for certain
--      2 ms since the call was sent first, '0' the first time: what was pushed since then was pushed by this very call
--      then groups of jobs of one priority and delay, in the order of pushing:
--        number of jobs, negative when their payloads are kept apart
--        priority
--        delay, ms
--        for each job: id, record from the flags on, and, when it is kept apart, payload
-- Returns 0: all were pushed. Otherwise a text with a digit per job: 1 pushed, 0 the id is known already.
-- include clock
-- include queue_keys
local checks, since = ARGV[1] == '1', now_ms - ARGV[2]
local stamp = struct.pack('<I6', now_ms)
local digits = {}

-- Whether an id is known; and if so, whether this very call has pushed it when it was sent before.
local function is_known(id, record)
    local present = redis.call('HGET', base .. 'j', id)
    if present then
        -- All but the number of attempts is as it was pushed.
        return true, ARGV[2] ~= '0' and struct.unpack('<I6', present) >= since - 1
            and string.sub(present, 9) == string.sub(record, 9)
    end
    local outcome = redis.call('HGET', base .. 'o', id)
    if not outcome then return false end
    local ended, kept_until = struct.unpack('<I6I6', outcome)
    if ARGV[2] ~= '0' and ended >= since - 1 then return true, true end
    if kept_until > now_ms then return true, false end
    redis.call('HDEL', base .. 'o', id)
    redis.call('ZREM', base .. 'e', id)
    return false
end

local argument, earliest, ready = 3, nil, {}
while ARGV[argument] do
    local count, priority, delay = tonumber(ARGV[argument]), ARGV[argument + 1], tonumber(ARGV[argument + 2])
    argument = argument + 3
    local has_payloads = count < 0
    local fields, ids = {}, {}
    for _ = 1, math.abs(count) do
        local id, record = ARGV[argument], stamp .. ARGV[argument + 1]
        local known, is_ours = false, false
        if checks then
            known, is_ours = is_known(id, record)
            digits[#digits + 1] = (not known or is_ours) and '1' or '0'
        end
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
        if delay == 0 then
            ready[#ready + 1] = {priority = priority, ids = ids, record = fields[2]}
        else
            local due, scores = decimal(now_ms + delay), {}
            for i = 1, #ids do scores[2 * i - 1], scores[2 * i] = due, ids[i] end
            redis.call('ZADD', base .. 'd', unpack(scores))
            earliest = math.min(earliest or now_ms + delay, now_ms + delay)
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
end

local line = redis.call('ZRANGE', base .. 'w', 0, 1)
if #line == 0 then
    make_ready()
else
-- include mailbox
-- include queue_jobs
    if #ready == 1 and #ready[1].ids == 1 then
        -- The usual case, one job for the first of those who wait, does not take the way through the list: while anybody
        -- waits, no other job is ready.
        redis.call('ZREM', base .. 'w', line[1])
        if grant(line[1], ready[1].ids, {ready[1].record}) then
            ready = {}
            if line[2] then watch(now_ms + first_lease_ms) end
        end
    end
    if #ready > 0 then
        make_ready()
        hand_out()
    end
    if earliest then watch(earliest) end
end
return checks and table.concat(digits) or 0
