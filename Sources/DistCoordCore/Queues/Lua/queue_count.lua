-- How many jobs are in which state. Jobs that time has made ready count as waiting, although nobody has moved them yet.
-- KEYS 1 see queue_keys.lua
-- Returns {waiting, delayed, active, dead, completed, failed, waiting claimers}
-- include clock
-- include queue_keys
local waiting = 0
for _, priority in ipairs(redis.call('ZRANGE', base .. 'p', 0, -1)) do
    waiting = waiting + redis.call('LLEN', base .. 'r:' .. priority)
end
local due = redis.call('ZCOUNT', base .. 'd', '-inf', now_ms)
local lost = redis.call('ZCOUNT', base .. 'a', '-inf', now_ms)
local counts = redis.call('HMGET', base .. 'c', 'completed', 'failed')
return {
    waiting + due + lost,
    redis.call('ZCARD', base .. 'd') - due,
    redis.call('ZCARD', base .. 'a') - lost,
    redis.call('ZCARD', base .. 'z'),
    tonumber(counts[1] or 0),
    tonumber(counts[2] or 0),
    redis.call('ZCARD', base .. 'w'),
}
