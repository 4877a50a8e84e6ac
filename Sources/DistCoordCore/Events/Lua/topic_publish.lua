-- Publishes messages.
-- KEYS 1 see topic_keys.lua
-- ARGV 1 "~<lane>", 2 number of the call in its lane: as with once.lua, but the lane is kept where it costs no command
--        of its own
--      3 how many messages are kept; 0: no limit
--      4 "<1 when this publisher is to see to the age of messages, else 0> <how long they are kept, ms; 0: no limit>
--        <after how long it sees to that again, ms>"
--      5... payloads
-- Returns the id of the last one
-- include topic_keys
local fields = redis.call('HMGET', meta, 'n', 'w', 'r', ARGV[1])
if fields[4] then
    local number = string.match(fields[4], '^%d+')
    if tonumber(number) >= tonumber(ARGV[2]) then
        return number == ARGV[2] and string.sub(fields[4], #number + 2) or ''
    end
end
-- All by texts, which are at hand: numbers would have to be made of them, and texts of those.
local ms, sequence = string.match(fields[1] or '0-0', '^(%d+)%-(%d+)$')
local time = redis.call('TIME')
local now = time[1] .. string.sub('00000' .. time[2], -6, -4)
-- The server's clock may have been set back.
if #now > #ms or #now == #ms and now > ms then ms = now end
ms = ms .. '-'
local id = ms .. string.format('%.0f', sequence + #ARGV - 4)
redis.call('HSET', meta, 'n', id, ARGV[1], ARGV[2] .. ' ' .. id)
for i = 5, #ARGV do
    local payload, own = ARGV[i], i == #ARGV and id or ms .. string.format('%.0f', sequence + i - 4)
    if ARGV[3] == '0' then
        redis.call('XADD', stream, own, 'd', payload)
    else
        redis.call('XADD', stream, 'MAXLEN', '~', ARGV[3], own, 'd', payload)
    end
    if #payload > 65536 and #payload > tonumber(redis.call('HGET', meta, 'b') or 0) then
        redis.call('HSET', meta, 'b', #payload)
    end
end
if string.sub(ARGV[4], 1, 1) == '1' or not fields[1] then
    -- Here, because it is rarely used, and functions take time to make.
    -- include clock
    -- include topic_retain
    local kept, interval = string.match(ARGV[4], ' (%d+) (%d+)$')
    local age = tonumber(kept)
    redis.call('HSET', meta, 'a', kept)
    if age > 0 then drop_old(age) end
    retain(age > 0 and age + interval or 0)
    -- Lanes of publishers that are no more.
    local sample = redis.call('HRANDFIELD', meta, 16, 'WITHVALUES')
    for i = 1, #sample, 2 do
        local time = string.sub(sample[i], 1, 1) == '~' and string.match(sample[i + 1], ' (%d+)')
        if time and tonumber(time) < now_ms - 120000 then redis.call('HDEL', meta, sample[i]) end
    end
end
if fields[3] and tonumber(fields[3]) > tonumber(now) then
    local is_told = #ARGV == 5 and #ARGV[5] <= 2048
    redis.call('PUBLISH', base .. ':c', is_told and id .. ' ' .. ARGV[5] or id)
end
if fields[2] then
    -- include mailbox
    -- include topic_wake
    local groups = redis.call('SMEMBERS', base .. ':W')
    if #groups == 0 then redis.call('HDEL', meta, 'w') end
    for _, group in ipairs(groups) do wake(group) end
end
return id
