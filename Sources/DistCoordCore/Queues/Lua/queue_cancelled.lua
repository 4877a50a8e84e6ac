-- Ends a claimed job as cancelled, at the word of its claimer.
-- KEYS 1 see queue_keys.lua
-- ARGV 1 id, 2 number of the claim, 3 fence
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
let_go({id})
local _, attempt = string.byte(record, 7, 8)
rare().finish(id, record, 2, attempt, tonumber(ARGV[3]), redis.call('HGET', base .. 'X', id) or '', true)
settle_line()
return 1
