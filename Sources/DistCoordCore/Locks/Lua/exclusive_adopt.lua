-- Takes over a level that an owner holds, for another handle of the same owner.
-- KEYS 1 state: see exclusive_state.lua
-- ARGV 1 "<token>;o<owner> <what others see>" of the new handle, 2 its lease, ms
-- Returns {1, fence, lease left in ms}: held. Asked again with the same token: the same. {0}: the owner holds nothing.
-- include clock
-- include exclusive_retention
local announces = false
-- include exclusive_state
-- include exclusive_give
-- include exclusive_levels
local lock = read(KEYS[1])
local token, extra = string.match(ARGV[1], '^([^ ;]+);(%S+)')
if lock.lease_end <= now_ms or lock.extra ~= extra then return {0} end
local levels = lock.state .. ':levels'
if redis.call('HEXISTS', levels, token) == 0 then
    local chosen
    local all = redis.call('HGETALL', levels)
    for index = 1, #all, 2 do
        -- A detached level is nobody's; else the first is as good as any.
        if not chosen or string.sub(all[index + 1], -1) == 'd' then chosen = all[index] end
    end
    if not chosen then return {0} end
    redis.call('HDEL', levels, chosen)
end
set_level(lock, token, tonumber(ARGV[2]))
redis.call('HSET', lock.state, 'o', ARGV[1])
return {1, lock.fence, ARGV[2]}
