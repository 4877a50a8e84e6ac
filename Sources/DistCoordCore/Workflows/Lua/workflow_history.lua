-- Events of a run.
-- KEYS 1 see queue_keys.lua
-- ARGV 1 run, 2 number of the event after which
-- Returns 0: no such run. Otherwise {number of the last event, then for each, at most 500: number, event}
-- include queue_keys
local id, after = ARGV[1], tonumber(ARGV[2])
local last = tonumber(redis.call('HGET', base .. 'R:' .. id, 'events') or nil)
if not last then return 0 end
local key = base .. 'H:' .. id
-- The list holds the last of them.
local first = last - redis.call('LLEN', key) + 1
local from = math.max(after + 1, first)
local reply = {last}
if from <= last then
    local events = redis.call('LRANGE', key, from - first, from - first + 499)
    for i = 1, #events do
        reply[2 * i] = from + i - 1
        reply[2 * i + 1] = events[i]
    end
end
return reply
