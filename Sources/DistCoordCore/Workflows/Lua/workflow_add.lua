-- Stages nodes that a running task wants added to its run; they are when it is completed.
-- KEYS 1 see queue_keys.lua
-- ARGV 1 run, 2 job, 3 number of the claim, 4 number of this part, from 0; sent again it replaces
--      5 nodes: <I4 length> name <I4 length> state <I4 length> definition, ...
-- Returns 1, or 0: not held any more.
-- include clock
-- include queue_keys
local job, claim = ARGV[2], ARGV[3]
local held_by, lease_end = redis.call('HGET', base .. 'x', job), redis.call('ZSCORE', base .. 'a', job)
local behind = held_by and string.byte(held_by, #claim + 1)
if not held_by or string.sub(held_by, 1, #claim) ~= claim or (behind ~= 32 and behind ~= 63)
    or tonumber(lease_end or 0) <= now_ms then
    return 0
end
redis.call('HSET', base .. 'A:' .. job, claim .. ' ' .. ARGV[4], ARGV[5])
redis.call('PEXPIRE', base .. 'A:' .. job, 2592000000)
return 1
