-- Giving permits to a member; follows clock.lua and permits_state.lua.
local retention_ms = 900000 -- how long unused keys stay
local limit_retention_ms = 2592000000 -- how long a semaphore is remembered whose permits nobody uses

-- Puts off the expiry of the keys to well after a moment, when it comes too near.
local function keep(moment_ms)
    if moment_ms + 300000 < kept_until then return end
    kept_until = moment_ms + retention_ms
    redis.call('HSET', state, 'e', decimal(kept_until))
    if limit then redis.call('HSET', state, 's', limit) end
    redis.call('ZADD', held, 'inf', '')
    redis.call('PEXPIREAT', held, decimal(kept_until))
    redis.call('PEXPIREAT', state, decimal(limit and kept_until + limit_retention_ms or kept_until))
end

-- Whether a member may have what it wants as things stand; `own` is how many holds its owner has.
local function admits(weight, own)
    if weight == 'r' then return writers == 0 or own > 0 end
    if weight == 'w' then return writers == 0 and used == 0 or writers > 0 and own > 0 end
    return limit and used + tonumber(weight) <= limit
end

local function give(member, weight, owner, own, lease_ms)
    fence = math.max(fence + 1, now_us)
    local number, counter, in_use = decimal(fence), count(weight, 1)
    if owner == '' then
        redis.call('HSET', state, 'f', number, counter, in_use, member, weight .. ' ' .. number)
    else
        redis.call('HSET', state, 'f', number, counter, in_use, member, weight .. ' ' .. number, '@' .. owner, own + 1)
    end
    redis.call('ZADD', held, decimal(now_ms + lease_ms), member)
    keep(now_ms + lease_ms)
end
