-- Raises the fence of what a token holds, so that every later grant has a greater one, and notes that it is settled: the one
-- under which several servers grant it. A grant that was made later has a greater one of its own.
-- KEYS 1 state: see exclusive_state.lua
-- ARGV 1 "<token>[;<extra>] <what others see>", 2 its fence, 3 the fence that it is to have at least
-- Returns 1: raised, now or by an earlier sending of this very call, or great enough already. 0: it is not held any
-- more.
-- include clock
-- include exclusive_state
-- include exclusive_levels
local lock = read(KEYS[1])
if lock.lease_end <= now_ms or (lock.fence ~= ARGV[2] and lock.fence ~= ARGV[3]) then return 0 end
if is_owned(lock) then
    local token = string.match(ARGV[1], '^[^ ;]+')
    if redis.call('HEXISTS', lock.state .. ':levels', token) == 0 then return 0 end
elseif lock.holder ~= ARGV[1] then
    return 0
end
if tonumber(lock.fence) < tonumber(ARGV[3]) then redis.call('HSET', lock.state, 'f', ARGV[3]) end
redis.call('HSET', lock.state, 'r', decimal(math.max(lock.fence, ARGV[3])) .. ' ' .. ARGV[3])
return 1
