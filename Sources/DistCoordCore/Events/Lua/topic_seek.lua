-- Moves a group to a position. What was given back does not matter any more: it is read again, or was skipped.
-- KEYS 1 see topic_keys.lua
-- ARGV 1 group, 2 where to begin, as XRANGE takes it; '' behind the last message
--      3 sequence of the message after which to begin, when that is known: what is not kept counts as missed; or 0
-- Returns 1, 0 when there is no such group
-- include clock
-- include mailbox
-- include topic_keys
-- include topic_retain
-- include topic_position
-- include topic_wake
local group = ARGV[1]
local exists = false
for_groups(function(name) exists = exists or name == group end)
if not exists then return 0 end
local id, sequence = position(ARGV[2] ~= '' and ARGV[2])
local known = tonumber(ARGV[3])
if known > 0 and known < sequence then sequence = known end

local function ids_of(key, each)
    local ids = redis.call('ZRANGE', key, 0, -1)
    for i = 1, #ids, 1000 do each(unpack(ids, i, math.min(i + 999, #ids))) end
end
ids_of(base .. ':d:' .. group, function(...) redis.call('XACK', stream, group, ...) end)
-- A message that is read again has a new holder, for whom the time limit of the former one does not count.
redis.call('DEL', base .. ':d:' .. group, base .. ':a:' .. group)
redis.call('XGROUP', 'SETID', stream, group, id)
redis.call('HSET', base .. ':i:' .. group, 's', decimal(sequence))
wake(group)
return 1
