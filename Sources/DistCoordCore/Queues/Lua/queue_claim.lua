-- Claims jobs, or takes a place in line.
-- KEYS 1 see queue_keys.lua
-- ARGV 1 token of a claimer that waits when there is nothing, '' of one that does not
--      2 slot, "<client>:<number>": one claim at a time goes through it
--      3 number of this request through the slot; grows
--      4 number of jobs, at most 1000
--      5 lease, ms
--      6 '1' when this request has been sent before: what it got then is answered again
--      7 number on first arrival, '0' at first: keeps the place of a claimer whom the server has forgotten
-- Returns {number of the claim, id, record, id, record, ...}; a record may be '': that job is not held any more
--         {0, ms until time makes a job ready or -1, server's clock in us, number on arrival, place in line from 0}
-- include clock
-- include mailbox
-- include queue_keys
-- include queue_jobs
local token, slot, request, count, lease_ms = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5])
local member = token .. ' ' .. slot .. ' ' .. request .. ' ' .. ARGV[4]

if ARGV[6] == '1' then
    local claim, ids, records = last_claim(slot, request)
    if claim then
        lease_again(claim, ids, lease_ms)
        return claimed(claim, ids, records)
    end
end

end_leases()
end_delays()
local ids, records = take(count)
local number
if #ids > 0 then
    number = next_number()
    hold(ids, number, slot, request, lease_ms, '')
    if token ~= '' then redis.call('ZREM', base .. 'w', member) end
end
if redis.call('EXISTS', base .. 'w') == 1 then
    hand_out()
    if number then watch(now_ms + lease_ms) end
end
if number then return claimed(decimal(number), ids, records) end

local event, arrival, place = next_event(), ARGV[7], 0
if token ~= '' then
    if arrival == '0' then
        arrival = redis.call('ZSCORE', base .. 'w', member)
        if not arrival then
            arrival = decimal(next_number())
            redis.call('HSET', base .. 'c', 'n', arrival)
        end
    end
    redis.call('ZADD', base .. 'w', 'NX', arrival, member)
    redis.call('PEXPIRE', base .. 'w', retention_ms)
    redis.call('HSET', base .. 'c', 't', decimal(event or 0))
    place = redis.call('ZRANK', base .. 'w', member) or 0
end
return {0, event and math.max(event - now_ms, 0) or -1, decimal(now_us), arrival, place}
