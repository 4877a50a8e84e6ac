-- Sets the end of a lease.
-- KEYS 1 state: see exclusive_state.lua
-- ARGV 1 "<token>[;<extra>] <what others see>", 2 fence, 3 lease from now, ms
-- Returns 1: extended. 2: extended, and somebody waits for what lingers. 0: it is not held any more.
-- include clock
-- include exclusive_retention
local announces = false
-- include exclusive_state
-- include exclusive_give
local lock = read(KEYS[1])
if lock.fence ~= ARGV[2] or lock.lease_end <= now_ms then return 0 end
-- include exclusive_levels
if is_owned(lock) then
    local token = string.match(ARGV[1], '^[^ ;]+')
    if redis.call('HEXISTS', lock.state .. ':levels', token) == 0 then return 0 end
    set_level(lock, token, tonumber(ARGV[3]))
    return 1
end
if lock.holder ~= ARGV[1] then return 0 end
-- In this order: a server that is out of memory refuses HSET as the first write of a script, but not as the second.
redis.call('PEXPIRE', lock.state, decimal(ARGV[3] + retention_ms))
redis.call('HSET', lock.state, 'u', decimal(now_ms + ARGV[3]))
return lock.extra == 'g' and lock.in_line and 2 or 1
