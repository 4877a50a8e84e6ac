-- A worker ends. Its id stays in the sorted set as long as one that died would, so that a word of it which was under way does
-- not register it again.
-- KEYS as workers_beat.lua
-- ARGV 1 id
-- Returns 1, or 0: it was not registered.
-- include clock
local was_registered = redis.call('HDEL', KEYS[2], ARGV[1])
redis.call('ZADD', KEYS[1], 'XX', now_ms, ARGV[1])
return was_registered
