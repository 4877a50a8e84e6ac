-- Shared by the scripts of locks and elections: one holder at a time, waiters in order of arrival.
--
-- state  hash: o the holder as "<token> <what others see of it>" (its label; for elections a newline and the value follow),
--        f its fence, u end of its lease (ms, 0 = released), w set while anybody may be in line, n number of the last
--        arrival
-- queue  sorted set: those in line, written as the holder is, score = number on arrival
--
-- Numbers are the larger of the last one plus one and the server's microseconds: they go on growing when the keys have
-- expired, and when a failover has lost the last writes.
--
-- Every call costs half a microsecond and more, which a lock's round trip notices: few calls, strings rather than numbers
-- as their arguments, and what is rarely needed after the common case has returned.
local retention_ms = 900000 -- how long unused keys stay

local fields = redis.call('HMGET', state, 'o', 'f', 'u', 'w')
local holder, fence, lease_end = fields[1], fields[2], tonumber(fields[3] or 0)

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
