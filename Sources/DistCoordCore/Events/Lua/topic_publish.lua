-- Publishes messages.
-- KEYS 1 see topic_keys.lua
-- ARGV 1 "~<lane>", 2 number of the call in its lane: as with once.lua, but the lane is kept where it costs no command
--        of its own
--      3 how many messages are kept; 0: no limit
--      4 how long they are kept, ms; 0: no limit
--      5 after how long a publisher sees to that age again, ms, 6 '1' when this one has not done so for as long
--      7... payloads
-- Returns the id of the last one
-- include clock
-- include topic_keys
local fields = redis.call('HMGET', meta, 'n', 'w', 'r', ARGV[1])
if fields[4] then
    local number, answer = string.match(fields[4], '^(%d+) (.*)$')
    if tonumber(number) >= tonumber(ARGV[2]) then return number == ARGV[2] and answer or '' end
end
local ms, sequence = numbers(fields[1] or '0-0')
-- The server's clock may have been set back.
ms = decimal(math.max(ms, now_ms)) .. '-'
local id = ms .. decimal(sequence + #ARGV - 6)
redis.call('HSET', meta, 'n', id, ARGV[1], ARGV[2] .. ' ' .. id)
for i = 7, #ARGV do
    local payload, own = ARGV[i], ms .. decimal(sequence + i - 6)
    if ARGV[3] == '0' then
        redis.call('XADD', stream, own, 'd', payload)
    else
        redis.call('XADD', stream, 'MAXLEN', '~', ARGV[3], own, 'd', payload)
    end
    if #payload > 65536 and #payload > tonumber(redis.call('HGET', meta, 'b') or 0) then
        redis.call('HSET', meta, 'b', #payload)
    end
end
if ARGV[6] == '1' or not fields[1] then
    -- Here, because it is rarely used, and functions take time to make.
    -- include topic_retain
    local age = tonumber(ARGV[4])
    redis.call('HSET', meta, 'a', ARGV[4])
    if age > 0 then drop_old(age) end
    retain(age > 0 and age + tonumber(ARGV[5]) or 0)
    -- Lanes of publishers that are no more.
    local sample = redis.call('HRANDFIELD', meta, 16, 'WITHVALUES')
    for i = 1, #sample, 2 do
        local time = string.sub(sample[i], 1, 1) == '~' and string.match(sample[i + 1], ' (%d+)')
        if time and tonumber(time) < now_ms - 120000 then redis.call('HDEL', meta, sample[i]) end
    end
end
if fields[3] and tonumber(fields[3]) > now_ms then
    local is_told = #ARGV == 7 and #ARGV[7] <= 2048
    redis.call('PUBLISH', base .. ':c', is_told and id .. ' ' .. ARGV[7] or id)
end
if fields[2] then
    -- include mailbox
    -- include topic_wake
    local groups = redis.call('SMEMBERS', base .. ':W')
    if #groups == 0 then redis.call('HDEL', meta, 'w') end
    for _, group in ipairs(groups) do wake(group) end
end
return id
