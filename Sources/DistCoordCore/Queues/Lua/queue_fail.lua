-- Says that an attempt failed: the job is tried again after its backoff, or is dead; or cancelled, when somebody asked for
-- that.
-- KEYS 1 see queue_keys.lua
-- ARGV 1 id, 2 number of the claim, 3 fence
--      4 failure, see queue_keys.lua
--      5 '1' when another attempt may help
--      6 a random number from 0 to 1000: the backoff is drawn between its half and its whole
--      7 delay before the next attempt, ms; '' for the backoff
-- Returns 1, or 0: not held any more.
-- include clock
-- include mailbox
-- include queue_keys
-- include queue_jobs
-- include queue_line
local id = ARGV[1]
local record = redis.call('HGET', base .. 'j', id)
if not record or not is_held(redis.call('HGET', base .. 'x', id), redis.call('ZSCORE', base .. 'a', id), ARGV[2]) then
    return 0
end
local _, client = string.match(redis.call('HGET', base .. 'x', id), '^(%d*)%?? (%S*)')
let_go({id})
redis.call('HINCRBY', base .. 'c', 'failed', 1)

local flags, attempt, attempts_in_all = string.byte(record, 7, 9)
local reason = redis.call('HGET', base .. 'X', id)
if reason then
    rare().finish(id, record, 2, attempt, tonumber(ARGV[3]), reason, true, client)
elseif ARGV[5] ~= '1' or attempt >= attempts_in_all then
    rare().finish(id, record, 1, attempt, tonumber(ARGV[3]), ARGV[4], true, client)
else
    local delay = tonumber(ARGV[7])
    if not delay then
        local _, at = options_of(record)
        local first_ms, most_ms = 1000, 300000
        if bit.band(flags, 1) ~= 0 then first_ms, most_ms = struct.unpack('<I4I4', record, at) end
        delay = math.floor(math.min(first_ms * 2 ^ (attempt - 1), most_ms) * (0.5 + ARGV[6] / 2000))
    end
    record = with_attempt(record, flags, attempt + 1)
    redis.call('HSET', base .. 'j', id, record)
    redis.call('HSET', base .. 'E', id, struct.pack('<I6', now_ms) .. ARGV[4])
    local tie = is_tied(record) and ties_of(record).G
    if tie then graphs().retried(tie, id, ARGV[4]) end
    rare().again(id, record, delay)
end
settle_line()
return 1
