-- Makes a latch anew; those who wait are told.
-- KEYS 1 state: see latch_state.lua; 2 lane of the call
-- ARGV 1 count, 2 number of the call
-- Returns 1.
-- include clock
-- include mailbox
-- include once
-- include latch_state
-- include waiters
if once(KEYS[2], ARGV[2], '') then return 1 end
if count then
    history = string.sub(history .. (count == 0 and 'z' or 'r'), -history_length)
    generation = generation + 1
end
redis.call('HSET', state, 'c', ARGV[1], 'g', generation, 'h', history)
redis.call('PEXPIRE', state, retention_ms)
if count then tell_all('2') end
return 1
