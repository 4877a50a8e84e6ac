-- Says that an attempt failed: the job is tried again after its backoff, or is dead.
-- KEYS 1 see queue_keys.lua
-- ARGV 1 id, 2 number of the claim, 3 fence
--      4 what went wrong
--      5 '1' when another attempt may help
--      6 a random number from 0 to 1000: the backoff is drawn between its half and its whole
-- Returns 1, or 0: not held any more.
-- include clock
-- include mailbox
-- include queue_keys
-- include queue_jobs
local id = ARGV[1]
local record = redis.call('HGET', base .. 'j', id)
if not record or not is_held(redis.call('HGET', base .. 'x', id), redis.call('ZSCORE', base .. 'a', id), ARGV[2]) then
    return 0
end
redis.call('HDEL', base .. 'x', id)
redis.call('ZREM', base .. 'a', id)
redis.call('HINCRBY', base .. 'c', 'failed', 1)

local _, attempt, attempts_in_all = string.byte(record, 7, 9)
if ARGV[5] ~= '1' or attempt >= attempts_in_all then
    bury(id, record, attempt, tonumber(ARGV[3]), ARGV[4])
    return 1
end

local flags, at = options_of(record)
local first_ms, most_ms = 1000, 300000
if bit.band(flags, 1) ~= 0 then first_ms, most_ms = struct.unpack('<I4I4', record, at) end
local backoff = math.min(first_ms * 2 ^ (attempt - 1), most_ms)
local delay = math.floor(backoff * (0.5 + ARGV[6] / 2000))
redis.call('HSET', base .. 'j', id, with_attempt(record, flags, attempt + 1))
if delay > 0 then
    redis.call('ZADD', base .. 'd', decimal(now_ms + delay), id)
    watch(now_ms + delay)
else
    local priority = priority_of(record)
    redis.call('RPUSH', base .. 'r:' .. priority, id)
    redis.call('ZADD', base .. 'p', 0 - priority, priority)
    hand_out()
end
return 1
