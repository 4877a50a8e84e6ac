-- Lists jobs in one state, or looks at one.
-- KEYS 1 see queue_keys.lua
-- ARGV 1 'w' waiting, 'd' delayed, 'a' claimed, 'b' waiting for others, 'z' dead, 'o' ended; 'i' for the job that is named
--      2 how many to leave out; the id for 'i'
--      3 how many at most, 1000
-- Returns an array of a job each:
--      {id, one of these letters, record with the first 1024 bytes of a payload, due, lease end or moment of death in ms,
--       claimer, progress, why it is to be cancelled, last failure, number of jobs it waits for, outcome, length of payload}
--      Texts are '' when there is nothing. For 'i' the payload is whole, unless it is kept apart (length -1).
-- include clock
-- include mailbox
-- include queue_keys
-- include queue_jobs
local state, skip, limit = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3] or 1)

-- Ids of a page of a place's lists.
local function page_of(place, ids)
    for _, priority in ipairs(redis.call('ZRANGE', index_key(place), 0, -1)) do
        local list = list_key(priority, place)
        local length = redis.call('LLEN', list)
        if skip >= length then
            skip = skip - length
        else
            for _, id in ipairs(redis.call('LRANGE', list, skip, skip + limit - #ids - 1)) do ids[#ids + 1] = id end
            skip = 0
        end
        if #ids >= limit then return end
    end
end

-- A page of the fields of a hash.
local function fields_of(part, ids)
    local fields = redis.call('HKEYS', base .. part)
    table.sort(fields)
    for i = 1, #fields do
        if skip > 0 then skip = skip - 1
        elseif #ids < limit then ids[#ids + 1] = fields[i] end
    end
end

local ids = {}
if state == 'i' then
    ids = {ARGV[2]}
elseif state == 'w' then
    local due = redis.call('ZCOUNT', base .. 'd', '-inf', now_ms)
    if skip < due then
        ids = redis.call('ZRANGE', base .. 'd', skip, math.min(due, skip + limit) - 1)
        skip = 0
    else
        skip = skip - due
    end
    if #ids < limit then page_of('', ids) end
    local places = redis.call('SMEMBERS', base .. 'g')
    table.sort(places)
    for _, place in ipairs(places) do
        if #ids < limit then page_of(place, ids) end
    end
elseif state == 'd' then
    local due = redis.call('ZCOUNT', base .. 'd', '-inf', now_ms)
    ids = redis.call('ZRANGE', base .. 'd', due + skip, due + skip + limit - 1)
elseif state == 'a' then
    ids = redis.call('ZRANGE', base .. 'a', skip, skip + limit - 1)
elseif state == 'b' then
    fields_of('N', ids)
    fields_of('K', ids)
    local heirs = #ids < limit and redis.call('HVALS', base .. 'V') or {}
    for _, id in ipairs(heirs) do
        if skip > 0 then skip = skip - 1 elseif #ids < limit then ids[#ids + 1] = id end
    end
elseif state == 'z' then
    ids = redis.call('ZREVRANGE', base .. 'z', skip, skip + limit - 1)
else
    ids = redis.call('ZREVRANGE', base .. 'e', skip, skip + limit - 1)
end

local function state_of(id, record)
    if redis.call('ZSCORE', base .. 'z', id) then return 'z', redis.call('ZSCORE', base .. 'z', id) end
    if not record or record == '' then return 'o', '' end
    local lease_end, due = redis.call('ZSCORE', base .. 'a', id), redis.call('ZSCORE', base .. 'd', id)
    if lease_end then return 'a', lease_end end
    if due then return tonumber(due) <= now_ms and 'w' or 'd', due end
    if redis.call('HEXISTS', base .. 'N', id) == 1 or redis.call('HEXISTS', base .. 'K', id) == 1 then return 'b', '' end
    local ties = is_tied(record) and ties_of(record) or {}
    if ties.U and redis.call('HGET', base .. 'V', ties.U) == id then return 'b', '' end
    return 'w', ''
end

local jobs = {}
for _, id in ipairs(ids) do
    local record = redis.call('HGET', base .. 'j', id)
    local outcome = redis.call('HGET', base .. 'o', id)
    if outcome then
        local _, kept_until = struct.unpack('<I6I6', outcome)
        if kept_until <= now_ms and state == 'i' then outcome = false end
    end
    if (record and record ~= '') or outcome then
        local letter, moment = state_of(id, record)
        if letter == 'o' then record = '' end
        local length = 0
        if record ~= '' then
            local _, at = ties_of(record)
            length = #record - at + 1
            if bit.band(string.byte(record, 7), 4) ~= 0 then
                length = -1
            elseif state ~= 'i' then
                record = string.sub(record, 1, at + 1023)
            end
        end
        if outcome and state ~= 'i' then outcome = string.sub(outcome, 1, outcome_head + 1024) end
        jobs[#jobs + 1] = {
            id, letter, record, moment,
            redis.call('HGET', base .. 'x', id) or '', redis.call('HGET', base .. 'P', id) or '',
            redis.call('HGET', base .. 'X', id) or '', redis.call('HGET', base .. 'E', id) or '',
            tonumber(redis.call('HGET', base .. 'N', id) or 0), outcome or '', length,
        }
    end
end
return jobs
