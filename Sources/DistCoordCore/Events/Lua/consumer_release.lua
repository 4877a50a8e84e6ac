-- Gives messages back.
-- KEYS 1 see topic_keys.lua, 2 lane, see once.lua
-- ARGV 1 number of the call in its lane, 2 group, 3 name, 4 token of the consumer
--      5 after how long they are due, ms, 6 '1' when nobody has looked at them: their delivery does not count, 7... ids
-- Returns a digit for each: 1 when the consumer held it, else 0
-- include clock
-- include mailbox
-- include once
-- include topic_keys
-- include topic_wake
local group, name = ARGV[2], ARGV[3]
-- include consumer_group
-- include consumer_give
local fence, token = consumer_of(name)
local consumer = token == ARGV[4] and fence .. ':' .. name
local digits, held = {}, {}
for i = 7, #ARGV do
    local times = consumer and deliveries(ARGV[i], consumer)
    digits[i - 6] = times and '1' or '0'
    if times then held[#held + 1] = {ARGV[i], ARGV[6] == '1' and math.max(0, times - 1) or nil} end
end
local text = table.concat(digits)
begin_writing()
local before = once(KEYS[2], ARGV[1], text)
if before then return before end
for _, message in ipairs(held) do give_back({message[1]}, now_ms + tonumber(ARGV[5]), message[2]) end
-- Whoever waits must learn of it, also when it is due later: it looks again then.
if #held > 0 then wake(group) end
return text
