-- Who is a consumer and holds what; follows topic_keys.lua and a local `group`.
local info, leases = base .. ':i:' .. group, base .. ':l:' .. group
local given, limits = base .. ':d:' .. group, base .. ':a:' .. group

-- To be called before the first write of a script that must work on a server that is out of memory: it refuses what
-- adds as the first write, but not as a later one.
local function begin_writing()
    redis.call('HDEL', info, '')
end

-- Fence and token of a consumer; nil when there is none of that name.
local function consumer_of(name)
    local text = redis.call('EXISTS', stream) == 1 and redis.call('HGET', info, '@' .. name)
    if text then return string.match(text, '^(%d+) (.*)$') end
end

-- The delivery count of a message when that consumer holds it, else nil.
local function deliveries(id, consumer)
    local entry = redis.call('XPENDING', stream, group, id, id, 1, consumer)[1]
    return entry and entry[4]
end
