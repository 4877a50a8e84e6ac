-- How a job ended; or registers somebody to be told when it ends.
-- KEYS 1 see queue_keys.lua
-- ARGV 1 id, 2 token of who waits for the end, '' of who does not
-- Returns {0, ms until its lease or its patience ends or -1}: it has not ended, and the token is registered.
--         {1, outcome}. {2}: it is too late to ask. {3}: unknown id.
-- include clock
-- include queue_keys
local id, token = ARGV[1], ARGV[2]
-- When its lease ends, or its patience for somebody who has the capabilities for it.
local function next_change()
    return tonumber(redis.call('ZSCORE', base .. 'a', id) or redis.call('ZSCORE', base .. 'u', id) or nil)
end
local change = next_change()
if (change and change <= now_ms) or redis.call('EXISTS', base .. 'm') == 1 then
    -- Perhaps nobody claims any more who would find that out.
-- include mailbox
-- include queue_jobs
-- include queue_line
-- include queue_time
    settle_line()
    change = redis.call('EXISTS', base .. 'm') == 1 and now_ms or next_change()
end
local outcome = redis.call('HGET', base .. 'o', id)
if outcome then
    local _, kept_until = struct.unpack('<I6I6', outcome)
    if kept_until > now_ms then return {1, outcome} end
end
local record = redis.call('HGET', base .. 'j', id)
local is_present = record and record ~= ''
if not is_present or redis.call('ZSCORE', base .. 'z', id) then
    return {(outcome or is_present) and 2 or 3}
end
if token ~= '' then
    local waiters = redis.call('HGET', base .. 'y', id) or ''
    if not string.find(waiters, token .. ' ', 1, true) then
        redis.call('HSET', base .. 'y', id, waiters .. token .. ' ')
    end
    -- Those who wait ask again much sooner than this.
    redis.call('PEXPIRE', base .. 'y', 600000)
end
return {0, change and math.max(change - now_ms, 1) or -1}
