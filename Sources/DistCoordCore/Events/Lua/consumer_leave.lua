-- Leaves a group; what the consumer holds is given back.
-- KEYS 1 see topic_keys.lua
-- ARGV 1 group, 2 name, 3 token, 4... ids of messages that nobody has looked at: their delivery does not count
-- Returns 1; -1 when it was gone already
-- include clock
-- include mailbox
-- include topic_keys
-- include topic_wake
local group, name = ARGV[1], ARGV[2]
-- include consumer_group
-- include consumer_give
local fence, token = consumer_of(name)
if token ~= ARGV[3] then return -1 end
local fresh = {}
for i = 4, #ARGV do fresh[ARGV[i]] = true end
if drop(name, fence, fresh) then wake(group) end
return 1
