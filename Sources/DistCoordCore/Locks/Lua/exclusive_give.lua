-- Giving it to somebody; follows clock.lua, exclusive_retention.lua and exclusive_state.lua. `announces` says whether changes
-- are published.

-- What happens most often, a lock that is free and was had before, is written out in exclusive_acquire.lua: a change here may
-- concern it, too.
-- The fence is at least `least_fence`, when that is given.
local function give(lock, member, lease_ms, extra, least_fence)
    local last = tonumber(lock.fence or 0)
    local lease_end = now_ms + lease_ms
    lock.holder, lock.fence, lock.lease_end = member, decimal(math.max(last + 1, now_us, least_fence or 0)), lease_end
    redis.call('HSET', lock.state, 'o', member, 'f', lock.fence, 'u', decimal(lease_end))
    if lock.extra or extra then
        if lock.extra ~= extra then
            if extra then redis.call('HSET', lock.state, 'x', extra) else redis.call('HDEL', lock.state, 'x') end
        end
        local levels = lock.state .. ':levels'
        redis.call('DEL', levels)
        if extra and string.sub(extra, 1, 1) == 'o' then
            redis.call('HSET', levels, string.match(member, '^[^ ;]+'), decimal(lease_end))
            redis.call('PEXPIRE', levels, decimal(lease_ms + retention_ms))
        end
        lock.extra = extra
    end
    -- A fence tells when the last grant was: the expiry is put off by the first one in every five minutes.
    if math.floor(last / 300000000) ~= math.floor(now_us / 300000000) or lease_ms > 300000 then
        redis.call('PEXPIRE', lock.state, decimal(lease_ms + retention_ms))
    end
    if announces then redis.call('PUBLISH', lock.state .. ':changes', lock.fence) end
end
