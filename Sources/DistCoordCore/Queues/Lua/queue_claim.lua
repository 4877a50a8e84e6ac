-- Claims jobs, or takes a place in line.
-- KEYS 1 see queue_keys.lua
-- ARGV 1 token of a claimer that waits when there is nothing, '' of one that does not
--      2 slot, "<client>:<number>": one claim at a time goes through it
--      3 number of this request through the slot; grows
--      4 number of jobs, at most 1000
--      5 lease, ms
--      6 '1' when this request has been sent before: what it got then is answered again
--      7 number on first arrival, '0' at first: keeps the place of a claimer whom the server has forgotten
--      8 profile, see queue_keys.lua
-- Returns {number of the claim, id, record, id, record, ...}; a record may be '': that job is not held any more
--         {0, ms until time makes a job ready or -1, server's clock in us, number on arrival, place in line from 0}
-- include clock
-- include mailbox
-- include queue_keys
-- include queue_jobs
-- include queue_line
local token, slot, request, count, lease_ms = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5])
local profile = ARGV[8]
local member = token .. ' ' .. slot .. ' ' .. request .. ' ' .. ARGV[4]

if ARGV[6] == '1' then
    local claim, ids, records = last_claim(slot, request)
    if claim then
        lease_again(claim, ids, lease_ms, slot)
        return claimed(claim, ids, records)
    end
end

-- include queue_time
if string.find(profile, '[,@]') or redis.call('EXISTS', base .. 'g') == 1 then
    -- Of those who have nothing but a system it is only of interest while jobs ask for it. The first change is one that
    -- a server without memory left allows: claiming must go on there.
    redis.call('ZREMRANGEBYSCORE', base .. 'v', '-inf', now_ms - 86400000)
    redis.call('ZADD', base .. 'v', now_ms, (string.match(profile, '^%S*')))
    local worker = string.match(profile, '@(%S+)')
    if worker then redis.call('ZADD', base .. 'v', now_ms, '@' .. worker) end
    redis.call('PEXPIRE', base .. 'v', 86400000)
end
local ids, records = take(count, profile)
local number
if #ids > 0 then
    number = next_number()
    hold(ids, number, slot, request, lease_ms, '')
    if token ~= '' then redis.call('ZREM', base .. 'w:' .. profile, member) end
end
if redis.call('EXISTS', base .. 'W') == 1 then
    hand_out()
    if number then watch(now_ms + lease_ms) end
end
if number then return claimed(decimal(number), ids, records) end

local event, arrival, place = next_event(), ARGV[7], 0
if token ~= '' then
    local line = base .. 'w:' .. profile
    if arrival == '0' then
        arrival = redis.call('ZSCORE', line, member)
        if not arrival then
            arrival = decimal(next_number())
            redis.call('HSET', base .. 'c', 'n', arrival)
        end
    end
    redis.call('ZADD', line, 'NX', arrival, member)
    redis.call('SADD', base .. 'W', profile)
    redis.call('PEXPIRE', line, retention_ms)
    redis.call('PEXPIRE', base .. 'W', retention_ms)
    redis.call('HSET', base .. 'c', 't', decimal(event or 0))
    place = redis.call('ZRANK', line, member) or 0
end
return {0, event and math.max(event - now_ms, 0) or -1, decimal(now_us), arrival, place}
