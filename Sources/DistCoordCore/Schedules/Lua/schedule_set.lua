-- Sets a schedule. One that is set already stays as it is, its next tick included.
-- KEYS 1 see queue_keys.lua
-- ARGV 1 slot, "<client>:<number>", through which one call at a time goes: its answer is remembered
--      2 number of this request through the slot; grows
--      3 '1' when this request has been sent before
--      4 name
--      5 timing, 6 zone, 7 look: see schedule_next.lua
--      8 record of its jobs, from the flags on
-- Returns 1: it is set. 0: it would never tick, and nothing is changed. More: nothing is changed, for the zone's data
-- do not hold for the server's time, which is this, ms.
-- include clock
-- include mailbox
-- include queue_keys
-- include queue_jobs
-- include queue_line
-- include schedule_next
local slot, request, name = ARGV[1], ARGV[2], ARGV[4]
if ARGV[3] == '1' and redis.call('GET', base .. 'k:' .. slot) == request .. '\n1' then return 1 end

local asked = read_schedule(
    struct.pack('<I6I6I6', 0, 0, 0) .. sized(ARGV[5]) .. sized(ARGV[6]) .. sized(ARGV[7]) .. ARGV[8])
local function reach(zone)
    if zone == '' then return 0, math.huge end
    return struct.unpack('<I6I6', zone)
end
local from, to = reach(asked.zone)
if now_ms < from * 1000 or now_ms + horizon_ms > to * 1000 then return now_ms end

asked.begins = asked.start > 0 and asked.start or now_ms
local text, tick = redis.call('HGET', base .. 'S', name), nil
if text then
    local known = read_schedule(text)
    asked.last, asked.runs = known.last, known.runs
    if known.timing == asked.timing then
        -- Whoever sets it again knows more of the zone when its data reach further: rules change, and years pass.
        local _, known_to = reach(known.zone)
        if known_to > to then asked.zone = known.zone end
        asked.begins = known.begins
        -- A last tick that is still to come is of a clock that has been set back, and so would be the next.
        if known.last <= now_ms then tick = tonumber(redis.call('ZSCORE', base .. 's', name) or nil) end
    end
end
local is_new = not tick
tick = tick or next_tick(asked, now_ms)
if not tick then return 0 end
local written = write_schedule(asked)
if written ~= text then redis.call('HSET', base .. 'S', name, written) end
if is_new then
    redis.call('ZADD', base .. 's', decimal(tick), name)
    watch(tick)
end
redis.call('SET', base .. 'k:' .. slot, request .. '\n1', 'PX', 600000)
return 1
