-- How a topic and its groups stand.
-- KEYS 1 see topic_keys.lua
-- Returns {} when there is none; else {messages kept, published ever, id of the first, id of the last, then for each
--         group: name, messages that wait to be delivered, messages held, consumers that live}
-- include clock
-- include topic_keys
-- include topic_retain
if redis.call('EXISTS', stream) == 0 then return {} end
local first = redis.call('XRANGE', stream, '-', '+', 'COUNT', 1)[1]
local last = redis.call('XREVRANGE', stream, '+', '-', 'COUNT', 1)[1]
local _, published = numbers(redis.call('HGET', meta, 'n') or '0-0')
local oldest, newest = 0, 0
if first then
    _, oldest = numbers(first[1])
    _, newest = numbers(last[1])
end
local answer = {redis.call('XLEN', stream), published, first and first[1] or '', last and last[1] or ''}
for_groups(function(group, fields)
    local _, read = numbers(fields['last-delivered-id'])
    local given = redis.call('ZCARD', base .. ':d:' .. group)
    answer[#answer + 1] = group
    answer[#answer + 1] = math.max(0, newest - math.max(read, oldest - 1)) + given
    answer[#answer + 1] = fields.pending - given
    answer[#answer + 1] = redis.call('ZCOUNT', base .. ':l:' .. group, '(' .. decimal(now_ms), '+inf')
end)
return answer
