-- Giving back what consumers hold; follows clock.lua and consumer_group.lua.

-- Gives messages back, due at that time (ms), with that count of deliveries (nil: as it is).
local function give_back(ids, due, count)
    for i = 1, #ids, 500 do
        local last = math.min(i + 499, #ids)
        local call = {'XCLAIM', stream, group, '-', 0}
        for k = i, last do call[#call + 1] = ids[k] end
        if count then
            call[#call + 1] = 'RETRYCOUNT'
            call[#call + 1] = count
        end
        call[#call + 1] = 'JUSTID'
        local kept = redis.call(unpack(call))
        redis.call('ZREM', limits, unpack(ids, i, last))
        for _, id in ipairs(kept) do redis.call('ZADD', given, decimal(due), id) end
        -- What is no longer kept the stream has forgotten now.
        local gone = last - i + 1 - #kept
        if gone > 0 then redis.call('HINCRBY', info, 'm', gone) end
    end
    local left = redis.call('PTTL', stream)
    if left > 0 then redis.call('PEXPIRE', given, left) end
end

-- Gives back what a consumer holds, and forgets it. Of ids in `fresh` the delivery does not count. With `most`, no
-- more than about so many messages now: the consumer is then forgotten another time. Returns whether anything was
-- given back.
local function drop(name, fence, fresh, most)
    local consumer = fence .. ':' .. name
    local count = 0
    while not most or count < most do
        local by_count, plain = {}, {}
        local pending = redis.call('XPENDING', stream, group, '-', '+', 500, consumer)
        for _, entry in ipairs(pending) do
            if fresh and fresh[entry[1]] then
                local before = math.max(0, entry[4] - 1)
                by_count[before] = by_count[before] or {}
                table.insert(by_count[before], entry[1])
            else
                plain[#plain + 1] = entry[1]
            end
        end
        for before, ids in pairs(by_count) do give_back(ids, now_ms, before) end
        give_back(plain, now_ms)
        count = count + #pending
        if #pending < 500 then
            redis.call('XGROUP', 'DELCONSUMER', stream, group, consumer)
            redis.call('HDEL', info, '@' .. name)
            redis.call('ZREM', leases, name)
            break
        end
    end
    return count > 0
end
