-- Taking jobs when some need capabilities or are in workers' own queues; included by `take` in queue_jobs.lua.

-- The highest priority that a place has; forgets a place that has none.
local function top_of(place)
    local priority = redis.call('ZRANGE', index_key(place), 0, 0)[1]
    if not priority and place ~= '' then redis.call('SREM', base .. 'g', place) end
    return priority
end

-- When the first job of a list was pushed, ms.
local function age_of(priority, place)
    local id = redis.call('LINDEX', list_key(priority, place), 0)
    local record = id and redis.call('HGET', base .. 'j', id)
    return record and record ~= '' and (struct.unpack('<I6', record)) or 0
end

-- A worker that has not been heard of for that long has no queue of its own any more.
local function is_alive(worker)
    local seen = redis.call('ZSCORE', base .. 'v', '@' .. worker)
    return seen and tonumber(seen) > now_ms - 15000
end

local function take_from_places(places, count, profile, ids, records)
    local names, rest = string.match(profile, '^(%S*)(.*)$')
    local capabilities = ',' .. names .. ','
    local own = string.match(rest, '@(%S+)')
    local open, others = {''}, {}
    for _, place in ipairs(places) do
        if string.sub(place, 1, 1) == 'c' then
            if fits(place, capabilities) then open[#open + 1] = place end
        elseif string.sub(place, 2) ~= own then
            if is_alive(string.sub(place, 2)) then others[#others + 1] = place else open[#open + 1] = place end
        end
    end
    local bytes = 0
    while own and #ids < count and bytes < 1048576 do
        local priority = top_of('w' .. own)
        if not priority then break end
        bytes = bytes + pop_list('LPOP', priority, 'w' .. own, math.min(count - #ids, 64), ids, records)
    end
    while #ids < count and bytes < 1048576 do
        local best, equal = nil, {}
        for _, place in ipairs(open) do
            local priority = tonumber(top_of(place) or nil)
            if priority and (not best or priority > best) then best, equal = priority, {place}
            elseif priority and priority == best then equal[#equal + 1] = place end
        end
        if not best then break end
        best = decimal(best)
        local chosen, wanted = equal[1], math.min(count - #ids, 64)
        if #equal > 1 then
            -- One by one, the oldest first: in order of pushing over all places.
            wanted = 1
            local oldest
            for _, place in ipairs(equal) do
                local age = age_of(best, place)
                if not oldest or age < oldest then oldest, chosen = age, place end
            end
        end
        bytes = bytes + pop_list('LPOP', best, chosen, wanted, ids, records)
    end
    if #ids == 0 and #others > 0 and string.find(rest, '*', 1, true) then
        -- From the end of the longest, what its worker would come to last.
        local longest = redis.call('ZREVRANGE', base .. 'l', 0, 1)
        local victim = longest[1] == own and longest[2] or longest[1]
        while victim and #ids == 0 do
            local place = 'w' .. victim
            local priority = redis.call('ZRANGE', index_key(place), -1, -1)[1]
            if not priority then break end
            pop_list('RPOP', priority, place, 1, ids, records)
        end
    end
end
