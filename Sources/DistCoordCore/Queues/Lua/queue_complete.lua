-- Completes jobs.
-- KEYS 1 see queue_keys.lua
-- ARGV 1 '1' when the call may have been made before: what it did then counts
--      then for each job, at most 1000:
--        id
--        number of the claim
--        how long the result is kept, ms; followed by 'b' when the payload is kept apart, 'f' when an attempt has failed, 't'
--        when it is tied; of the task of a run 'r' when it asks for another round, 'a' when it has staged additions, and ":<tie>"
--        outcome from the state on
-- Returns a text with a digit per job: 1 completed, 0 not held any more, 2 still held: what the task wants added cannot be.
-- include clock
-- include mailbox
-- include queue_keys
-- include queue_jobs
local ids, claims = {}, {}
for i = 2, #ARGV, 4 do
    ids[#ids + 1] = ARGV[i]
    claims[#claims + 1] = ARGV[i + 1]
end
local held_by = redis.call('HMGET', base .. 'x', unpack(ids))
local ends = redis.call('ZMSCORE', base .. 'a', unpack(ids))

-- The ties of those jobs that are tasks of runs, and what stands before them in the third argument.
local ties, marks = {}, {}
for i = 1, #ids do
    marks[i], ties[i] = string.match(ARGV[4 * i], '^([^:]*):(.*)$')
end
if next(ties) then graphs().prepare(ties, held_by, #ids) end

-- Whether this very claim has completed the job before.
local function was_completed(i)
    local _, ours = struct.unpack('<BI8', ARGV[4 * i + 1])
    if ties[i] then return graphs().was_completed(ties[i], ours) end
    local outcome = redis.call('HGET', base .. 'o', ids[i])
    if not outcome then return false end
    local _, _, state, fence = struct.unpack('<I6I6BI8', outcome)
    return state == 0 and fence == ours
end

local digits, done, kept, outcomes, ttls = {}, {}, {}, {}, {}
local seen, tied, cleared = {}, {}, {}
local text, ttl, has_payload, has_traces, has_ties, stamp

-- Who claimed the last job, which was held; its claim, and the end of its lease: mostly all have these in common.
local holder, holders_claim, holders_end, client

local function is_ours(i)
    if holder and held_by[i] == holder and claims[i] == holders_claim and ends[i] == holders_end then return true end
    if not is_held(held_by[i], ends[i], claims[i]) then return false end
    holder, holders_claim, holders_end, client = held_by[i], claims[i], ends[i], nil
    return true
end

-- Tells the run of a task that it is completed. False when it is not, after all.
local function complete_task(i, tie)
    client = client or string.match(holder, ' (%S*)')
    return graphs().completed(i, tie, ids[i], claims[i], client, ARGV[4 * i + 1], text)
end

for i = 1, #ids do
    local id = ids[i]
    if not seen[id] and is_ours(i) then
        seen[id] = true
        local tie, its_text = ties[i], marks[i] or ARGV[4 * i]
        if its_text ~= text then
            text = its_text
            has_payload = string.find(text, 'b', 1, true)
            has_traces = string.find(text, 'f', 1, true)
            has_ties = string.find(text, 't', 1, true)
            ttl = tonumber((string.match(text, '^%d+')))
            stamp = struct.pack('<I6I6', now_ms, now_ms + ttl)
        end
        if tie and not complete_task(i, tie) then
            digits[i] = '2'
        else
            if has_payload then redis.call('DEL', base .. 'b:' .. id) end
            if has_traces or string.sub(held_by[i], -2) == ' p' then cleared[#cleared + 1] = id end
            if has_ties then tied[#tied + 1] = id end
            done[#done + 1] = id
            if not tie then
                -- What comes of the task of a run is kept by the run.
                kept[#kept + 1] = id
                outcomes[#outcomes + 1] = stamp .. ARGV[4 * i + 1]
                ttls[#ttls + 1] = ttl
            end
            digits[i] = '1'
        end
    else
        digits[i] = ARGV[1] == '1' and was_completed(i) and '1' or '0'
    end
end
if #done > 0 then
    local tied_records = #tied > 0 and redis.call('HMGET', base .. 'j', unpack(tied))
    redis.call('HDEL', base .. 'x', unpack(done))
    redis.call('HDEL', base .. 'j', unpack(done))
    redis.call('ZREM', base .. 'a', unpack(done))
    redis.call('HINCRBY', base .. 'c', 'completed', #done)
    if #cleared > 0 then
        redis.call('HDEL', base .. 'E', unpack(cleared))
        redis.call('HDEL', base .. 'P', unpack(cleared))
    end
    if #kept > 0 then keep_outcomes(kept, outcomes, ttls) end
    if #tied > 0 or made_graphs or redis.call('EXISTS', base .. 'X') == 1
        or redis.call('HEXISTS', base .. 'c', 'followed') == 1 then
-- include queue_line
        for i = 1, #tied do
            if tied_records[i] then rare().untie(tied[i], tied_records[i], 0, true) end
        end
        redis.call('HDEL', base .. 'X', unpack(done))
        rare().release_dependents(done, 0)
        settle_line()
    end
end
return table.concat(digits)
