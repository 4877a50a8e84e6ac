-- What an owner holds: a level for each acquire, each with a lease of its own. Follows exclusive_state.lua.
local function is_owned(lock)
    return lock.extra and string.sub(lock.extra, 1, 1) == 'o'
end

-- End of the lease of one level, as it is written in :levels.
local function level_end(value)
    return tonumber(string.match(value, '^%d+'))
end

-- End of the longest lease of all levels; 0 when there is no level.
local function longest_lease_end(lock)
    local longest = 0
    for _, value in ipairs(redis.call('HVALS', lock.state .. ':levels')) do
        longest = math.max(longest, level_end(value))
    end
    return longest
end

-- Sets the lease of one level, which may be a new one, and with it the lock's.
local function set_level(lock, token, lease_ms, mark)
    local levels, lease_end = lock.state .. ':levels', now_ms + lease_ms
    -- First what a server that is out of memory still allows as the first write of a script.
    redis.call('PEXPIRE', lock.state, decimal(math.max(lease_end, lock.lease_end) - now_ms + retention_ms))
    redis.call('HSET', levels, token, decimal(lease_end) .. (mark or ''))
    redis.call('PEXPIRE', levels, decimal(math.max(lease_end, lock.lease_end) - now_ms + retention_ms))
    lock.lease_end = longest_lease_end(lock)
    redis.call('HSET', lock.state, 'u', decimal(lock.lease_end))
end

-- Takes one level away. Returns whether others of the owner still hold the lock.
local function drop_level(lock, token)
    redis.call('HDEL', lock.state .. ':levels', token)
    local longest = longest_lease_end(lock)
    if longest <= now_ms then return false end
    lock.lease_end = longest
    redis.call('HSET', lock.state, 'u', decimal(longest))
    return true
end
