-- The floor of a worker: reads and writes what claiming and completing one job read and write, and does nothing else.
-- KEYS 1 hash of jobs, 2 list of ready ids, 3 what every other key begins with
-- Returns 1, or an error when no job is left.
local base = KEYS[3]
local time = redis.call('TIME')
local now_ms = time[1] * 1000
local id = redis.call('LPOP', KEYS[2])
if not id then return redis.error_reply('NOJOB the floor has run out of jobs') end
local record = redis.call('HGET', KEYS[1], id)
local claim = time[1] .. time[2]
redis.call('HSET', base .. 'x', id, claim)
redis.call('ZADD', base .. 'a', now_ms + 30000, id)
if redis.call('HGET', base .. 'x', id) == claim and redis.call('ZSCORE', base .. 'a', id) and record then
    redis.call('HDEL', base .. 'x', id)
    redis.call('ZREM', base .. 'a', id)
    redis.call('HDEL', KEYS[1], id)
    redis.call('HINCRBY', base .. 'c', 'completed', 1)
    redis.call('HSET', base .. 'o', id, struct.pack('<I6I6BI8B', now_ms, now_ms + 600000, 0, 1, 1))
    redis.call('ZADD', base .. 'e', now_ms + 1200000, id)
end
return 1
