-- Giving it to somebody; follows clock.lua and exclusive_state.lua.
local retention_ms = 900000 -- how long unused keys stay

local function give(member, lease_ms)
    local last = tonumber(fence or 0)
    holder, fence, lease_end = member, decimal(math.max(last + 1, now_us)), now_ms + lease_ms
    redis.call('HSET', state, 'o', member, 'f', fence, 'u', decimal(lease_end))
    -- A fence tells when the last grant was: the expiry is put off by the first one in every five minutes.
    if math.floor(last / 300000000) ~= math.floor(now_us / 300000000) or lease_ms > 300000 then
        redis.call('PEXPIRE', state, decimal(lease_ms + retention_ms))
    end
    if announces then redis.call('PUBLISH', state .. ':changes', fence) end
end
