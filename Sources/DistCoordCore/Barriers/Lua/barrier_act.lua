-- The party that runs the action lives.
-- KEYS 1 state, 2 present, 3 released, 4 acting: see barrier_state.lua
-- ARGV 1 token of the party
-- Returns 1, or 0 when the generation has ended meanwhile.
-- include clock
-- include mailbox
-- include barrier_state
if actor ~= ARGV[1] then return 0 end
redis.call('HSET', state, 'u', decimal(now_ms + act_ms))
redis.call('PEXPIRE', state, retention_ms)
redis.call('PEXPIRE', acting, waiting_ms)
return 1
