-- The groups of a topic, and how long all of it is kept; follows clock.lua and topic_keys.lua.

-- Calls `each` with the name and the fields of each group.
local function for_groups(each)
    if redis.call('EXISTS', stream) == 0 then return end
    for _, flat in ipairs(redis.call('XINFO', 'GROUPS', stream)) do
        local fields = {}
        for i = 1, #flat, 2 do fields[flat[i]] = flat[i + 1] end
        each(fields.name, fields)
    end
end

-- Keeps the topic for so long from now (ms; 0: for ever), and in any case as long as its consumers live.
local function retain(ms)
    local groups = {}
    for_groups(function(group)
        groups[#groups + 1] = group
        local last = redis.call('ZREVRANGE', base .. ':l:' .. group, 0, 0, 'WITHSCORES')[2]
        if last and ms > 0 then ms = math.max(ms, tonumber(last) - now_ms + 60000) end
    end)
    local function set(key)
        if ms > 0 then redis.call('PEXPIRE', key, decimal(ms)) else redis.call('PERSIST', key) end
    end
    for _, group in ipairs(groups) do
        for _, part in ipairs({':i:', ':l:', ':d:', ':a:'}) do set(base .. part .. group) end
    end
    set(meta)
    set(stream)
end

-- Drops messages that are older than they are kept.
local function drop_old(age)
    redis.call('XTRIM', stream, 'MINID', decimal(now_ms - age))
end
