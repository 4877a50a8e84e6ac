-- Lists schedules: by their next tick, then those that will not tick again by name.
-- KEYS 1 see queue_keys.lua
-- Returns for each: name, next tick, ms, or 0, last tick, ms, or 0, jobs pushed, timing, look
-- include queue_keys
-- include schedule_next
local reply, listed = {}, {}

local function add(name, tick)
    local text = redis.call('HGET', base .. 'S', name)
    if not text or listed[name] then return end
    listed[name] = true
    local last, runs, timing, _, look = select(2, struct.unpack('<I6I6I6I2c0I2c0I2c0', text))
    for _, value in ipairs({name, tick, last, runs, timing, look}) do reply[#reply + 1] = value end
end

local ticking = redis.call('ZRANGE', base .. 's', 0, -1, 'WITHSCORES')
for i = 1, #ticking, 2 do add(ticking[i], tonumber(ticking[i + 1])) end
local names = redis.call('HKEYS', base .. 'S')
table.sort(names)
for _, name in ipairs(names) do add(name, 0) end
return reply
