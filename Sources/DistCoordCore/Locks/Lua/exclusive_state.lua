-- Shared by the scripts of locks and elections: one holder at a time, waiters in order of arrival.
--
-- state  hash: o the holder as "<token> <what others see of it>" (its label; for elections a newline and the value follow),
--        f its fence, u end of its lease (ms, 0 = released), n last number given to an arrival, w set while anybody may be
--        in line, x when the keys expire (ms)
-- queue  sorted set: those in line, written as the holder is, score = number on arrival
--
-- Numbers are the larger of the last one plus one and the server's microseconds: they go on growing when the keys have
-- expired, and when a failover has lost the last writes.
local retention_ms = 600000 -- how long unused keys stay

local fields = redis.call('HMGET', state, 'o', 'f', 'u', 'w', 'n', 'x')
local holder, fence, lease_end = fields[1], fields[2], tonumber(fields[3] or 0)
local number = math.max(tonumber(fence or 0), tonumber(fields[5] or 0))
local expires = tonumber(fields[6] or 0)

local function give(member, lease_ms)
    number = math.max(number + 1, now_us)
    holder, fence, lease_end = member, decimal(number), now_ms + lease_ms
    redis.call('HSET', state, 'o', member, 'f', fence, 'u', decimal(lease_end))
    -- Now and then is enough: it is put off for long.
    if expires < lease_end + retention_ms / 2 then
        expires = lease_end + retention_ms
        redis.call('HSET', state, 'x', decimal(expires))
        redis.call('PEXPIRE', state, lease_ms + retention_ms)
    end
    if announces then redis.call('PUBLISH', state .. ':changes', fence) end
end
