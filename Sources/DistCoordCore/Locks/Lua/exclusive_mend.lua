-- Grants it again to who holds it at the other servers of a quorum and has lost the grant of this one, which was started
-- again without it, say. Not to who was put out, and not when others have had it here since: they have greater fences.
-- KEYS 1 state: see exclusive_state.lua
-- ARGV 1 "<token> <what others see>", 2 lease, ms, 3 fence of the whole, 4 'a' to announce changes of the holder, else '0'
-- Returns {1, fence, lease left in ms}: held. {0}: not to be had, now or at all.
-- include clock
-- include exclusive_retention
-- include exclusive_state
local announces = ARGV[4] == 'a'
-- include exclusive_give
local lock = read(KEYS[1])
if lock.lease_end > now_ms then
    return lock.holder == ARGV[1] and {1, lock.fence, lock.lease_end - now_ms} or {0}
end
-- A greater fence than that of the whole may be its own: one that it was granted here later than elsewhere.
local is_own = lock.fence and redis.call('HGET', lock.state, 'r') == lock.fence .. ' ' .. ARGV[3]
if lock.in_line or tonumber(lock.fence or 0) > tonumber(ARGV[3]) and not is_own then return {0} end
give(lock, ARGV[1], tonumber(ARGV[2]))
return {1, lock.fence, lock.lease_end - now_ms}
