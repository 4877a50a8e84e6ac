-- Waking consumers; follows mailbox.lua and topic_keys.lua.

-- Tells the consumer of a group that has waited longest to ask; those whose client is gone are forgotten.
local function wake(group)
    for _ = 1, 1000 do
        local first = redis.call('ZPOPMIN', base .. ':w:' .. group)[1]
        if not first then
            redis.call('SREM', base .. ':W', group)
            return
        end
        if tell(first, 'F') > 0 then return end
    end
end
