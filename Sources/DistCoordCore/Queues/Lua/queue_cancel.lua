-- Cancels a job that waits, or asks the claimer of one that runs to stop.
-- KEYS 1 see queue_keys.lua
-- ARGV 1 id, 2 why, 3 '1' when the call has been sent before
-- Returns 1: it is cancelled. 2: it runs, and its claimer is asked. 0: unknown. 3: it has ended already.
-- include clock
-- include mailbox
-- include queue_keys
-- include queue_jobs
-- include queue_line
-- include queue_time
-- include queue_remove
local id, reason = ARGV[1], ARGV[2]
local record = redis.call('HGET', base .. 'j', id)
local answer
if not record then
    local outcome = redis.call('HGET', base .. 'o', id)
    answer = outcome and 3 or 0
    -- Cancelled for this reason: by the first sending.
    if ARGV[3] == '1' and outcome and string.byte(outcome, 13) == 2
        and string.sub(outcome, outcome_head + 1) == reason then
        answer = 1
    end
elseif record == '' or redis.call('ZSCORE', base .. 'z', id) then
    answer = record == '' and ARGV[3] == '1' and 1 or 3
else
    local holder = redis.call('HGET', base .. 'x', id)
    if holder then
        redis.call('HSET', base .. 'X', id, reason)
        tell(string.match(holder, ' (%S*)') .. ':0', 'X ' .. base .. ' ' .. id)
        answer = 2
    else
        remove(id, record, reason)
        answer = 1
    end
end
settle_line()
return answer
