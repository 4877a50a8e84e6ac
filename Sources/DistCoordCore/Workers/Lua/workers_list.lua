-- The workers that live.
-- KEYS as workers_beat.lua
-- Returns {server's clock in ms, when last heard of in ms, "<registered, ms> <what it says>", ...}
-- include clock
local found = redis.call('ZRANGEBYSCORE', KEYS[1], now_ms - 15000, '+inf', 'WITHSCORES')
local reply = {decimal(now_ms)}
for i = 1, #found, 2 do
    local said = redis.call('HGET', KEYS[2], found[i])
    if said then
        reply[#reply + 1] = found[i + 1]
        reply[#reply + 1] = said
    end
end
return reply
