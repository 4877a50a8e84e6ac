-- Who waits for several locks leaves all lines. It may have been granted meanwhile.
-- KEYS 1... states: see exclusive_state.lua
-- ARGV 1 "<token>;m <what others see>", 2 '1' to give back at once what was granted
-- Returns {0}: it waits no more and holds nothing. {1, fence, lease left in ms}: it was granted, and holds all.
-- include clock
-- include exclusive_retention
local announces = false
-- include exclusive_state
-- include exclusive_give
-- include mailbox
-- include exclusive_grant
local member = ARGV[1]
redis.call('DEL', 'dc:several:' .. token_of(member))
local held, left_ms = {}, math.huge
for _, state in ipairs(KEYS) do
    local was_in_line = redis.call('ZREM', state .. ':line', member) == 1
    redis.call('HDEL', state, 'k') -- it may have been woken, and will not ask
    local lock = read(state)
    if was_in_line then
        if lock.lease_end <= now_ms then serve(lock, '') end
    elseif lock.holder == member and lock.lease_end > now_ms then
        held[#held + 1] = lock
        left_ms = math.min(left_ms, lock.lease_end - now_ms)
    end
end
if #held == #KEYS and ARGV[2] == '0' then return {1, held[1].fence, left_ms} end
for _, lock in ipairs(held) do let_go(read(lock.state)) end
return {0}
