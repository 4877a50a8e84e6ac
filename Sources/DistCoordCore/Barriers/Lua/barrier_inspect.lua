-- How a barrier stands.
-- KEYS 1 state, 2 present, 3 released: see barrier_release.lua
-- Returns {waiting, generation, 1 when broken}
local fields = redis.call('HMGET', KEYS[1], 'g', 'b')
return {redis.call('ZCARD', KEYS[2]), tonumber(fields[1] or 0), tonumber(fields[2] or 0)}
