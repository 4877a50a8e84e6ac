-- How a job ended; or registers somebody to be told when it ends.
-- KEYS 1 see queue_keys.lua
-- ARGV 1 id, 2 token of who waits for the end, '' of who does not
-- Returns {0}: it has not ended, and the token is registered. {1, outcome}. {2}: it is too late to ask. {3}: unknown id.
-- include clock
-- include queue_keys
local id, token = ARGV[1], ARGV[2]
local outcome = redis.call('HGET', base .. 'o', id)
if outcome then
    local _, kept_until = struct.unpack('<I6I6', outcome)
    if kept_until > now_ms then return {1, outcome} end
end
if redis.call('HEXISTS', base .. 'j', id) == 0 or redis.call('ZSCORE', base .. 'z', id) then
    return {(outcome or redis.call('HEXISTS', base .. 'j', id) == 1) and 2 or 3}
end
if token ~= '' then
    local waiters = redis.call('HGET', base .. 'y', id) or ''
    if not string.find(waiters, token .. ' ', 1, true) then
        redis.call('HSET', base .. 'y', id, waiters .. token .. ' ')
    end
    -- Those who wait ask again much sooner than this.
    redis.call('PEXPIRE', base .. 'y', 600000)
end
return {0}
