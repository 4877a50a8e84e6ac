-- Sets the end of the leases of claimed jobs.
-- KEYS 1 see queue_keys.lua
-- ARGV 1 lease from now, ms
--      then for each job, at most 1000: id, number of the claim
-- Returns a text with a digit per job: 1 renewed, 0 not held any more.
-- include clock
-- include queue_keys
local ids, lease_end = {}, decimal(now_ms + ARGV[1])
for i = 2, #ARGV, 2 do ids[#ids + 1] = ARGV[i] end
local held_by = redis.call('HMGET', base .. 'x', unpack(ids))
local ends = redis.call('ZMSCORE', base .. 'a', unpack(ids))
-- A server that is out of memory refuses a script's first write if that may take memory: let it be one that takes none.
redis.call('ZREM', base .. 'a', '')
local digits, scores = {}, {}
for i = 1, #ids do
    local claim = ARGV[2 * i + 1]
    local is_unheard_of = held_by[i] == claim .. '?'
    if ends[i] and tonumber(ends[i]) > now_ms and (held_by[i] == claim or is_unheard_of) then
        if is_unheard_of then redis.call('HSET', base .. 'x', ids[i], claim) end
        scores[#scores + 1] = lease_end
        scores[#scores + 1] = ids[i]
        digits[i] = '1'
    else
        digits[i] = '0'
    end
end
if #scores > 0 then redis.call('ZADD', base .. 'a', unpack(scores)) end
return table.concat(digits)
