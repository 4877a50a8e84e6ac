-- Drops all messages but the newest.
-- KEYS 1 see topic_keys.lua, 2 lane, see once.lua
-- ARGV 1 number of the call in its lane, 2 how many to keep
-- Returns how many were dropped
-- include once
-- include topic_keys
local dropped = math.max(0, redis.call('XLEN', stream) - tonumber(ARGV[2]))
local before = once(KEYS[2], ARGV[1], dropped)
if before then return tonumber(before) or 0 end
redis.call('XTRIM', stream, 'MAXLEN', ARGV[2])
return dropped
