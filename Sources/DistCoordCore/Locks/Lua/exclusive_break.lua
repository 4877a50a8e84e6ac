-- Takes it away from its holder, with all levels, and gives it to the next in line.
-- KEYS 1 state: see exclusive_state.lua, 2 lane: see once.lua
-- ARGV 1 fence of the grant that is meant, '0' for any, 2 'a' to announce changes of the holder, 3 number of this call in its
--      lane
-- Returns 1: taken away. 0: nobody held it, or another grant did.
-- include clock
-- include exclusive_retention
local announces = ARGV[2] == 'a'
-- include exclusive_state
local lock = read(KEYS[1])
-- include once
-- include noted
-- Sent again, it must not take it away from the next holder.
if lock.lease_end <= now_ms or (ARGV[1] ~= '0' and ARGV[1] ~= lock.fence) then return noted(KEYS[2], ARGV[3]) and 1 or 0 end
if once(KEYS[2], ARGV[3], '1') then return 1 end
-- include exclusive_give
-- include mailbox
-- include exclusive_grant
redis.call('DEL', lock.state .. ':levels')
-- A renewal of the old holder must not find its fence again: the next grant has a greater one anyway, and until then the
-- number is used up.
redis.call('HSET', lock.state, 'f', decimal(math.max(lock.fence + 1, now_us)), 'o', '')
lock.fence = redis.call('HGET', lock.state, 'f')
let_go(lock)
return 1
