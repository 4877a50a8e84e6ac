-- Sets the end of the leases of claimed jobs.
-- KEYS 1 see queue_keys.lua
-- ARGV 1 lease from now, ms
--      then for each job, at most 1000: id, number of the claim
-- Returns a text with a digit per job: 1 renewed, 2 renewed and somebody asks to cancel it, 0 not held any more.
-- include clock
-- include queue_keys
local ids, lease_end = {}, decimal(now_ms + ARGV[1])
for i = 2, #ARGV, 2 do ids[#ids + 1] = ARGV[i] end
local held_by = redis.call('HMGET', base .. 'x', unpack(ids))
local ends = redis.call('ZMSCORE', base .. 'a', unpack(ids))
local has_reasons = redis.call('EXISTS', base .. 'X') == 1
-- A server that is out of memory refuses a script's first write if that may take memory: let it be one that takes none.
redis.call('ZREM', base .. 'a', '')
local digits, scores = {}, {}
for i = 1, #ids do
    local claim, holder = ARGV[2 * i + 1], held_by[i]
    -- See is_held in queue_jobs.lua.
    local after = holder and string.sub(holder, 1, #claim) == claim and string.byte(holder, #claim + 1)
    if ends[i] and tonumber(ends[i]) > now_ms and (after == 32 or after == 63) then
        if after == 63 then
            redis.call('HSET', base .. 'x', ids[i], claim .. string.sub(holder, #claim + 2))
        end
        scores[#scores + 1] = lease_end
        scores[#scores + 1] = ids[i]
        digits[i] = has_reasons and redis.call('HEXISTS', base .. 'X', ids[i]) == 1 and '2' or '1'
    else
        digits[i] = '0'
    end
end
if #scores > 0 then redis.call('ZADD', base .. 'a', unpack(scores)) end
return table.concat(digits)
