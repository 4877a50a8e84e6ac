-- Sets an event, and all who wait for it go on; or clears it.
-- KEYS 1 state, a hash: f '1' when it is set, n how often it was set; 2 lane of the call
-- ARGV 1 '1' to set it, '0' to clear it, 2 number of the call
-- Returns 1.
-- include clock
-- include mailbox
-- include once
local state = KEYS[1]
-- include waiters
if once(KEYS[2], ARGV[2], '') then return 1 end
local fields = redis.call('HMGET', state, 'f', 'n')
if ARGV[1] == '1' and fields[1] ~= '1' then
    redis.call('HSET', state, 'f', '1', 'n', (fields[2] or 0) + 1)
    tell_all('1')
elseif ARGV[1] == '0' and fields[1] == '1' then
    redis.call('HSET', state, 'f', '0')
end
redis.call('PEXPIRE', state, retention_ms)
return 1
