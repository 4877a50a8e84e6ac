-- A party gives up, which breaks the barrier for all who wait.
-- KEYS 1 state, 2 present, 3 released: see barrier_release.lua
-- ARGV 1 token of the party
-- Returns {0}: left, and the barrier is broken. {1, index, generation}: it had been released already. {2}: it was broken before.
-- include mailbox
local state, present, released = KEYS[1], KEYS[2], KEYS[3]
-- include barrier_release
local known = standing(ARGV[1])
if not known then return {2} end
if known[1] ~= 0 then return known end
redis.call('ZREM', present, ARGV[1])
redis.call('HSET', state, 'b', '1')
redis.call('PEXPIRE', state, retention_ms)
end_generation('B')
return {0}
