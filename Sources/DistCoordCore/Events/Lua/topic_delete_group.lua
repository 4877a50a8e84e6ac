-- Deletes a group.
-- KEYS 1 see topic_keys.lua, 2 lane, see once.lua
-- ARGV 1 number of the call in its lane, 2 group
-- Returns 1, 0 when there was none
-- include clock
-- include mailbox
-- include once
-- include topic_keys
-- include topic_retain
local group = ARGV[2]
local exists = 0
for_groups(function(name) if name == group then exists = 1 end end)
local before = once(KEYS[2], ARGV[1], exists)
if before then return tonumber(before) or 0 end
if exists == 1 then redis.call('XGROUP', 'DESTROY', stream, group) end
local line = base .. ':w:' .. group
-- So that those who wait learn it now, and not when they renew their leases.
for _, token in ipairs(redis.call('ZRANGE', line, 0, 999)) do tell(token, 'F') end
redis.call('SREM', base .. ':W', group)
redis.call('DEL', line, base .. ':i:' .. group, base .. ':l:' .. group, base .. ':d:' .. group, base .. ':a:' .. group)
return exists
