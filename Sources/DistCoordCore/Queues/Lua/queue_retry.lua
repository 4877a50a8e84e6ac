-- Lets dead jobs be tried again from the first attempt on.
-- KEYS 1 see queue_keys.lua
-- ARGV 1 id, '' for up to 100 of all that are dead, 2 '1' when the call has been sent before
-- Returns {how many, '1' when there may be more}, or a negative number: -1 no such dead job, -2 its unique key is taken.
-- include clock
-- include mailbox
-- include queue_keys
-- include queue_jobs
-- include queue_line
local ids = {ARGV[1]}
if ARGV[1] == '' then ids = redis.call('ZRANGE', base .. 'z', 0, 99) end
local count, taken = 0, 0
for _, id in ipairs(ids) do
    local record = redis.call('HGET', base .. 'j', id)
    if redis.call('ZSCORE', base .. 'z', id) and record and record ~= '' then
        local ties = is_tied(record) and ties_of(record) or {}
        local holder = ties.U and redis.call('HGET', base .. 'U', ties.U)
        if holder and redis.call('HEXISTS', base .. 'j', holder) == 1 and not redis.call('ZSCORE', base .. 'z', holder) then
            taken = taken + 1
            -- Out of the way of the next hundred.
            if ARGV[1] == '' then redis.call('ZADD', base .. 'z', 'XX', now_ms, id) end
        else
            if ties.U then redis.call('HSET', base .. 'U', ties.U, id) end
            if ties.B then rare().count_in_batch(ties.B, 1, -1) end
            redis.call('ZREM', base .. 'z', id)
            redis.call('HDEL', base .. 'o', id)
            redis.call('ZREM', base .. 'e', id)
            record = with_attempt(record, bit.band(string.byte(record, 7), 207), 1)
            redis.call('HSET', base .. 'j', id, record)
            rare().enter(id, record)
            count = count + 1
        end
    end
end
settle_line()
if ARGV[1] ~= '' and count == 0 then
    -- A job that is alive was dead before the first sending.
    local is_done = ARGV[2] == '1' and taken == 0 and redis.call('HEXISTS', base .. 'j', ARGV[1]) == 1
    if not is_done then return taken > 0 and -2 or -1 end
end
return {count, #ids == 100 and count > 0 and '1' or '0'}
