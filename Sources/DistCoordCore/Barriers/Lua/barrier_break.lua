-- Breaks a barrier, or makes it empty and whole again. Either way those who wait are told that it is broken.
-- KEYS 1 state, 2 present, 3 released: see barrier_release.lua
-- ARGV 1 '1' to leave it broken, '0' to begin a new generation
-- Returns 1
-- include mailbox
local state, present, released = KEYS[1], KEYS[2], KEYS[3]
-- include barrier_release
end_generation('B')
redis.call('HSET', state, 'b', ARGV[1])
if ARGV[1] == '0' then
    redis.call('HINCRBY', state, 'g', 1)
    redis.call('DEL', released)
end
redis.call('PEXPIRE', state, retention_ms)
return 1
