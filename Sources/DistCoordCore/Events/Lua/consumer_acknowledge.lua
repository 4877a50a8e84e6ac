-- Says that messages are done.
-- KEYS 1 see topic_keys.lua, 2 lane, see once.lua
-- ARGV 1 number of the call in its lane, 2 group, 3 name, 4 token of the consumer
--      5 '1' when it holds messages for a limited time, 6... ids
-- Returns a digit for each: 1 when the consumer held it, else 0
-- include once
-- include topic_keys
local group, name = ARGV[2], ARGV[3]
-- include consumer_group
local fence, token = consumer_of(name)
local consumer = token == ARGV[4] and fence .. ':' .. name
local digits, held = {}, {}
for i = 6, #ARGV do
    local is_held = consumer and deliveries(ARGV[i], consumer)
    digits[i - 5] = is_held and '1' or '0'
    if is_held then held[#held + 1] = ARGV[i] end
end
local text = table.concat(digits)
begin_writing()
local before = once(KEYS[2], ARGV[1], text)
if before then return before end
for i = 1, #held, 1000 do
    redis.call('XACK', stream, group, unpack(held, i, math.min(i + 999, #held)))
    if ARGV[5] == '1' then redis.call('ZREM', limits, unpack(held, i, math.min(i + 999, #held))) end
end
return text
