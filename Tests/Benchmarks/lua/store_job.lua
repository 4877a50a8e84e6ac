-- The floor of a push: stores what a push stores, and does nothing else.
-- KEYS 1 hash of jobs, 2 list of ready ids
-- ARGV 1 id, 2 payload
redis.call('HSET', KEYS[1], ARGV[1], struct.pack('<I6BBB', 1763700000000, 64, 1, 4) .. ARGV[2])
redis.call('RPUSH', KEYS[2], ARGV[1])
return 0
