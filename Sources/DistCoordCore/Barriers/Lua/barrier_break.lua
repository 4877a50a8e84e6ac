-- Breaks a barrier, or makes it empty and whole again. Either way those who wait are told that it is broken.
-- KEYS 1 state, 2 present, 3 released, 4 acting: see barrier_state.lua; 5 lane of the call
-- ARGV 1 '1' to leave it broken, '0' to begin a new generation, 2 number of the call
-- Returns 1.
-- include clock
-- include mailbox
-- include once
-- include barrier_state
if once(KEYS[5], ARGV[2], '') then return 1 end
if ARGV[1] == '1' then
    break_up()
    return 1
end
end_generation()
redis.call('HSET', state, 'b', '0', 'w', '', 'x', generation, 'g', generation + 1)
redis.call('PEXPIRE', state, retention_ms)
return 1
