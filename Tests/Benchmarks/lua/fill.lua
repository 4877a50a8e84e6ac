-- Fills the floor's queue.
-- KEYS 1 hash of jobs, 2 list of ready ids
-- ARGV 1 number of jobs, 2 bytes of payload
local payload = struct.pack('<I6BBB', 1763700000000, 64, 1, 4) .. string.rep('x', tonumber(ARGV[2]))
local first = redis.call('HLEN', KEYS[1])
for i = first + 1, first + tonumber(ARGV[1]) do
    local id = string.format('0123456789%012d', i)
    redis.call('HSET', KEYS[1], id, payload)
    redis.call('RPUSH', KEYS[2], id)
end
return redis.call('LLEN', KEYS[2])
