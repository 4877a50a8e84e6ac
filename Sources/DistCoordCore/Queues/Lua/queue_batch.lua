-- Counts of a batch; seals it, and registers or forgets somebody to be told when it is done.
-- KEYS 1 see queue_keys.lua
-- ARGV 1 batch, 2 '1' to seal it, 3 token of who waits, '' of who does not, 4 '1' when that one waits no more
-- Returns {pushed, completed, dead, cancelled, '1' when sealed}, or 0: there is no such batch.
-- include clock
-- include mailbox
-- include queue_keys
local key, token = base .. 'B:' .. ARGV[1], ARGV[3]
if redis.call('EXISTS', base .. 'm') == 1 then
    -- Perhaps nobody claims any more who would deal with jobs that wait for others.
-- include queue_jobs
-- include queue_line
-- include queue_time
    settle_line()
end
if ARGV[2] == '1' then
    redis.call('HSET', key, 's', '1')
    redis.call('PEXPIRE', key, batch_retention_ms)
-- include queue_jobs
    -- Changes nothing, but tells those who wait if that was what they waited for.
    rare().count_in_batch(ARGV[1], 0, 0)
elseif redis.call('EXISTS', key) == 0 then
    return 0
end
local pushed, completed, dead, cancelled, sealed, waiters =
    unpack(redis.call('HMGET', key, 't', 'c', 'f', 'x', 's', 'w'))
local is_done = sealed and (completed or 0) + (dead or 0) + (cancelled or 0) >= tonumber(pushed or 0)
waiters = waiters or ''
local from, to = string.find(waiters, token .. ' ', 1, true)
if token ~= '' and ARGV[4] == '1' and from then
    waiters = string.sub(waiters, 1, from - 1) .. string.sub(waiters, to + 1)
    if waiters == '' then redis.call('HDEL', key, 'w') else redis.call('HSET', key, 'w', waiters) end
elseif token ~= '' and ARGV[4] ~= '1' and not from and not is_done then
    redis.call('HSET', key, 'w', waiters .. token .. ' ')
end
return {
    tonumber(pushed or 0), tonumber(completed or 0), tonumber(dead or 0), tonumber(cancelled or 0), sealed and '1' or '0',
}
