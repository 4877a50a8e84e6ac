-- Ends a claimed job as cancelled, or the task of a run as skipped, at the word of its claimer.
-- KEYS 1 see queue_keys.lua
-- ARGV 1 id, 2 number of the claim, 3 fence, 4 '2' cancelled or '3' skipped, 5 why; '' for the reason why it is to be cancelled
-- Returns 1, or 0: not held any more.
-- include clock
-- include mailbox
-- include queue_keys
-- include queue_jobs
-- include queue_line
local id = ARGV[1]
local record = redis.call('HGET', base .. 'j', id)
local held_by = redis.call('HGET', base .. 'x', id)
if not record or not is_held(held_by, redis.call('ZSCORE', base .. 'a', id), ARGV[2]) then return 0 end
let_go({id})
local _, attempt = string.byte(record, 7, 8)
local reason = ARGV[5] ~= '' and ARGV[5] or redis.call('HGET', base .. 'X', id) or ''
rare().finish(id, record, tonumber(ARGV[4]), attempt, tonumber(ARGV[3]), reason, true, string.match(held_by, ' (%S*)'))
settle_line()
return 1
