-- How a job ended; or registers somebody to be told when it ends.
-- KEYS 1 see queue_keys.lua
-- ARGV 1 id, 2 token of who waits for the end, '' of who does not
-- Returns {0, ms until its lease ends or -1}: it has not ended, and the token is registered.
--         {1, outcome}. {2}: it is too late to ask. {3}: unknown id.
-- include clock
-- include queue_keys
local id, token = ARGV[1], ARGV[2]
local lease_end = tonumber(redis.call('ZSCORE', base .. 'a', id) or nil)
if lease_end and lease_end <= now_ms then
    -- Its worker is dead, and perhaps nobody claims any more who would find that out.
-- include mailbox
-- include queue_jobs
    end_leases()
    hand_out()
    lease_end = nil
end
local outcome = redis.call('HGET', base .. 'o', id)
if outcome then
    local _, kept_until = struct.unpack('<I6I6', outcome)
    if kept_until > now_ms then return {1, outcome} end
end
local is_present = redis.call('HEXISTS', base .. 'j', id) == 1
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
return {0, lease_end and lease_end - now_ms or -1}
