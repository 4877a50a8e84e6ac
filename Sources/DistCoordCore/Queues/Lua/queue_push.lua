-- Pushes jobs, and hands them to claimers that wait.
-- KEYS 1 see queue_keys.lua
-- ARGV 1 '0' when the ids are new for certain, '1' when jobs with a known id are to be left out, '2' as '1' and the call
--      has been sent before
--      2 slot, "<client>:<number>", through which one call at a time goes: its answer is remembered. '' when all ids were
--      made for this call: then one that is known was pushed by its first sending
--      3 number of this request through the slot; grows
--      then groups of jobs of one priority and delay, in the order of pushing:
--        number of jobs, negative when their payloads are kept apart
--        priority
--        delay, ms
--        for each job: id, record from the flags on, and, when it is kept apart, payload
-- Returns 0: all were pushed. Otherwise a text with a digit per job: 1 pushed, 0 the id is known already.
-- include clock
-- include queue_keys
local checks, slot, request = ARGV[1] ~= '0', ARGV[2], ARGV[3]
if slot ~= '' and ARGV[1] == '2' then
    local asked, answer = string.match(redis.call('GET', base .. 'k:' .. slot) or '', '^(%d+)\n(%d*)$')
    if asked == request then return answer end
end
local stamp = struct.pack('<I6', now_ms)
local digits = {}

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

local argument, earliest, ready = 4, nil, {}
while ARGV[argument] do
    local count, priority, delay = tonumber(ARGV[argument]), ARGV[argument + 1], tonumber(ARGV[argument + 2])
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
-- include queue_grant
    local is_granted = false
    if #ready == 1 and #ready[1].ids == 1 then
        -- The usual case, one job for the first of those who wait, does not take the way through the list: while anybody
        -- waits, no other job is ready.
        redis.call('ZREM', base .. 'w', line[1])
        is_granted = grant(line[1], ready[1].ids, {ready[1].record})
        if is_granted then ready = {} end
    end
    if not is_granted or line[2] or earliest then
-- include queue_jobs
        if is_granted and line[2] then watch(now_ms + first_lease_ms) end
        if #ready > 0 then
            make_ready()
            hand_out()
        end
        if earliest then watch(earliest) end
    end
end
if not checks then return 0 end
local answer = table.concat(digits)
if slot ~= '' then redis.call('SET', base .. 'k:' .. slot, request .. '\n' .. answer, 'PX', 600000) end
return answer
