-- Waits for an event, or looks whether it is set.
-- KEYS 1 state: see event_change.lua
-- ARGV 1 token of the waiter, '' only to look
--      2 how often it had been set when the waiter asked first, '-1' when it does, 3 '1' when it gives up
-- Returns {0, how often it was set}: wait, or gave up. {1}: it is set, or was since then.
-- include clock
-- include mailbox
local state = KEYS[1]
-- include waiters
local token, known = ARGV[1], tonumber(ARGV[2])
local fields = redis.call('HMGET', state, 'f', 'n')
local sets = tonumber(fields[2] or 0)
if ARGV[3] == '1' then redis.call('ZREM', waiters, token) end
if fields[1] == '1' or known >= 0 and sets > known then return {1} end
if ARGV[3] == '1' then return {0, sets} end
if fields[2] then redis.call('PEXPIRE', state, retention_ms) end
if token ~= '' then admit(token) end
return {0, sets}
