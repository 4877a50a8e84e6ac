-- Reads sums; see statistics_add.lua.
-- KEYS 1 sums of the kind, 2 number of the client's last batch, 3 sums of a name, if they are meant
-- Returns {number of the client's last batch that was added, {field, amount, ...}}
local last = tonumber(redis.call('GET', KEYS[2]) or 0)
if not KEYS[3] then return {last, redis.call('HGETALL', KEYS[1])} end
local reset_us = tonumber(redis.call('HGET', KEYS[1], 'z') or 0)
local since_us = tonumber(redis.call('HGET', KEYS[3], 'b') or 0)
return {last, since_us > reset_us and redis.call('HGETALL', KEYS[3]) or {}}
