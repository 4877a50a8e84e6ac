-- A worker says that it lives and how it is; registers it at first, and again when it had been forgotten.
-- KEYS 1 sorted set of the workers' ids; score = when last heard of, ms
--      2 hash: id -> "<registered, ms> <what it says>"
-- ARGV 1 id, 2 when it was registered, ms, or 0, 3 what it says
-- Returns when it was registered, ms; 0 when it has ended.
-- include clock
local since = ARGV[2] ~= '0' and ARGV[2] or decimal(now_ms)
-- Those that were not heard of for 15 s, some at a time; it takes no memory, and so may come first on a full server.
local gone = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now_ms - 15000, 'LIMIT', 0, 100)
redis.call('ZREM', KEYS[1], '', unpack(gone))
redis.call('HDEL', KEYS[2], '', unpack(gone))
if redis.call('ZSCORE', KEYS[1], ARGV[1]) and redis.call('HEXISTS', KEYS[2], ARGV[1]) == 0 then return '0' end
redis.call('ZADD', KEYS[1], now_ms, ARGV[1])
redis.call('HSET', KEYS[2], ARGV[1], since .. ' ' .. ARGV[3])
redis.call('PEXPIRE', KEYS[1], 60000)
redis.call('PEXPIRE', KEYS[2], 60000)
return since
