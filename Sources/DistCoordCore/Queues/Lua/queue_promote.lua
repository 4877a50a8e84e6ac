-- Makes a delayed job ready now.
-- KEYS 1 see queue_keys.lua
-- ARGV 1 id, 2 '1' when the call has been sent before
-- Returns 1, or 0: no such delayed job.
-- include clock
-- include mailbox
-- include queue_keys
-- include queue_jobs
-- include queue_line
local record = redis.call('HGET', base .. 'j', ARGV[1])
local due = tonumber(redis.call('HGET', base .. 'D', ARGV[1]) or nil)
if due then
    -- It waits for others as well: for them alone, now.
    redis.call('HDEL', base .. 'D', ARGV[1])
    return 1
end
if not record or record == '' or redis.call('ZREM', base .. 'd', ARGV[1]) == 0 then
    -- A job that is known was delayed before the first sending.
    return ARGV[2] == '1' and record and record ~= '' and 1 or 0
end
rare().enter(ARGV[1], record)
settle_line()
return 1
