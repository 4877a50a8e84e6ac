-- How many jobs are in which state. Jobs that time has made ready count as waiting, although nobody has moved them yet.
-- KEYS 1 see queue_keys.lua
-- Returns {waiting, delayed, active, dead, completed, failed, waiting claimers, blocked, unserved, cancelled,
--         void entries in lists}
-- include clock
-- include queue_keys
local function jobs_in(place)
    local count = 0
    local suffix = place ~= '' and ':' .. place or ''
    for _, priority in ipairs(redis.call('ZRANGE', base .. 'p' .. suffix, 0, -1)) do
        count = count + redis.call('LLEN', base .. 'r:' .. priority .. suffix)
    end
    return count
end

-- Whether anybody who was heard of in the last minute has all capabilities of a place.
local profiles
local function is_served(place)
    profiles = profiles or redis.call('ZRANGEBYSCORE', base .. 'v', now_ms - 60000, '+inf', 'LIMIT', 0, 1000)
    for _, profile in ipairs(profiles) do
        local fits = true
        for name in string.gmatch(string.sub(place, 2), '[^,]+') do
            fits = fits and string.find(',' .. profile .. ',', ',' .. name .. ',', 1, true)
        end
        if fits then return true end
    end
    return false
end

local completed, failed, cancelled, gone =
    unpack(redis.call('HMGET', base .. 'c', 'completed', 'failed', 'cancelled', 'gone'))
local waiting, unserved = jobs_in(''), 0
for _, place in ipairs(redis.call('SMEMBERS', base .. 'g')) do
    local count = jobs_in(place)
    waiting = waiting + count
    if string.sub(place, 1, 1) == 'c' and not is_served(place) then unserved = unserved + count end
end
local claimers = 0
for _, profile in ipairs(redis.call('SMEMBERS', base .. 'W')) do
    claimers = claimers + redis.call('ZCARD', base .. 'w:' .. profile)
end
local due = redis.call('ZCOUNT', base .. 'd', '-inf', now_ms)
local lost = redis.call('ZCOUNT', base .. 'a', '-inf', now_ms)
return {
    math.max(0, waiting + due + lost - (gone or 0)),
    redis.call('ZCARD', base .. 'd') - due,
    redis.call('ZCARD', base .. 'a') - lost,
    redis.call('ZCARD', base .. 'z'),
    tonumber(completed or 0),
    tonumber(failed or 0),
    claimers,
    redis.call('HLEN', base .. 'N') + redis.call('HLEN', base .. 'K') + redis.call('HLEN', base .. 'V'),
    unserved,
    tonumber(cancelled or 0),
    tonumber(gone or 0),
}
