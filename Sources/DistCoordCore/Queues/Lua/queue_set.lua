-- Changes settings of a queue, or tells them.
-- KEYS 1 see queue_keys.lua
-- ARGV pairs: field of c, value ('' removes it)
-- Returns {paused, rate, period, keys, results, dead} as they are now; '' for what is not set.
-- include clock
-- include mailbox
-- include queue_keys
if #ARGV > 0 then
    for i = 1, #ARGV, 2 do
        if ARGV[i + 1] == '' then
            redis.call('HDEL', base .. 'c', ARGV[i])
        else
            redis.call('HSET', base .. 'c', ARGV[i], ARGV[i + 1])
        end
    end
    if ARGV[1] == 'rate' then redis.call('HDEL', base .. 'c', 'tat') end
-- include queue_jobs
-- include queue_line
    if ARGV[1] == 'keys' then
        -- More of the keys that are in use may be let in.
        for _, key in ipairs(redis.call('HKEYS', base .. 'q')) do rare().leave(key, 0) end
    end
    hand_out()
    local event = next_event()
    if event then watch(math.max(event, now_ms)) end
end
local values = redis.call('HMGET', base .. 'c', 'paused', 'rate', 'period', 'keys', 'results', 'dead')
for i = 1, 6 do values[i] = values[i] or '' end
return values
