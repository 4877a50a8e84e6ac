-- Names of keys that are no more; follows clock.lua and state_keys.lua.

-- Takes the names of some keys away that have expired; each costs a little, so that a few go with every write.
local function sweep(most)
    for _, key in ipairs(redis.call('ZRANGEBYSCORE', ends, '-inf', decimal(now_ms), 'LIMIT', 0, most)) do
        if redis.call('EXISTS', base .. ':v:' .. key) == 0 then
            redis.call('ZREM', names, key)
            redis.call('ZREM', ends, key)
        end
    end
end
