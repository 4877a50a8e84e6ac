-- Ends a schedule.
-- KEYS 1 see queue_keys.lua
-- ARGV 1 slot, 2 request, 3 '1' when this request has been sent before: as in schedule_set.lua
--      4 name
-- Returns 1: it is ended. 0: there is none of that name.
-- include queue_keys
local slot, request, name = ARGV[1], ARGV[2], ARGV[4]
if ARGV[3] == '1' and redis.call('GET', base .. 'k:' .. slot) == request .. '\n1' then return 1 end
redis.call('ZREM', base .. 's', name)
if redis.call('HDEL', base .. 'S', name) == 0 then return 0 end
redis.call('SET', base .. 'k:' .. slot, request .. '\n1', 'PX', 600000)
return 1
