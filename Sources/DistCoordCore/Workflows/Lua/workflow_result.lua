-- How a node of a run stands, and its outcome.
-- KEYS 1 see queue_keys.lua
-- ARGV 1 run, 2 name of the node
-- Returns 0: no such run. 1: no such node. Otherwise {state, outcome or '', in how many ms to look again though nothing is
--      told, or -1}
-- include clock
-- include mailbox
-- include queue_keys
-- include workflow_time
local id, name = ARGV[1], ARGV[2]
if redis.call('EXISTS', base .. 'R:' .. id) == 0 then return 0 end
local state = name ~= '' and redis.call('HGET', base .. 'T:' .. id, name)
if not state then return 1 end
return {state, redis.call('HGET', base .. 'O:' .. id, name) or '', look_in}
