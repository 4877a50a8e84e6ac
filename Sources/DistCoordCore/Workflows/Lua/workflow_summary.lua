-- How a run stands; registers or forgets somebody who waits for its end.
-- KEYS 1 see queue_keys.lua
-- ARGV 1 run, 2 token of who waits, '' of who does not, 3 '1' when that one waits no more
-- Returns 0: no such run. Otherwise {state, name of the workflow, reason, started and ended, ms, waiting, ready, succeeded,
--      failed, skipped, cancelled, blocked, in how many ms to look again though nothing is told, or -1}
-- include clock
-- include mailbox
-- include queue_keys
-- include workflow_counts
-- include workflow_time
local key, token = base .. 'R:' .. ARGV[1], ARGV[2]
local summary = summary_of(key)
if not summary then return 0 end
local waiters = redis.call('HGET', key, 'w') or ''
local from, to = string.find(waiters, token .. ' ', 1, true)
if token ~= '' and ARGV[3] == '1' and from then
    waiters = string.sub(waiters, 1, from - 1) .. string.sub(waiters, to + 1)
    if waiters == '' then redis.call('HDEL', key, 'w') else redis.call('HSET', key, 'w', waiters) end
elseif token ~= '' and ARGV[3] ~= '1' and not from and tonumber(summary[1]) < 3 then
    redis.call('HSET', key, 'w', waiters .. token .. ' ')
end
summary[13] = look_in
return summary
