-- Pushes the jobs of schedules that are due; follows queue_line.lua. On the server, so that nobody has to be there in
-- particular, and no tick can give two jobs.

-- Deals with some due schedules, the earliest first; further ones are for the next call.
local function end_ticks()
    local due = redis.call('ZRANGEBYSCORE', base .. 's', '-inf', now_ms, 'WITHSCORES', 'LIMIT', 0, 20)
    if #due == 0 then return end
-- include schedule_next
    local skipped_after_ms = 1000

    -- The last tick until now; `tick` is one.
    local function last_tick(schedule, tick)
        local low, high = tick, now_ms
        while true do
            local later = next_tick(schedule, low)
            if not later or later > now_ms then return low end
            low = later
            -- Either half may hold the last one: the later half when it holds any.
            local middle = math.floor((low + high) / 2)
            later = next_tick(schedule, middle)
            if later and later <= now_ms then low = later else high = middle end
        end
    end

    local earliest
    for i = 1, #due, 2 do
        local name, text = due[i], redis.call('HGET', base .. 'S', due[i])
        -- The first change is one that a server without memory left allows: claiming must go on there.
        redis.call('ZREM', base .. 's', name)
        if text then
            local schedule = read_schedule(text)
            local tick = last_tick(schedule, tonumber(due[i + 1]))
            local following = next_tick(schedule, now_ms)
            local id = name .. '@' .. decimal(tick)
            -- A server that lost its last writes, or whose clock was set back, comes to a tick again.
            local is_new = redis.call('HEXISTS', base .. 'j', id) == 0 and redis.call('HEXISTS', base .. 'o', id) == 0
            if is_new and (not schedule.is_skipping or now_ms - tick <= skipped_after_ms) then
                local record = struct.pack('<I6', now_ms) .. schedule.job
                schedule.last, schedule.runs = tick, schedule.runs + 1
                redis.call('HSET', base .. 'S', name, write_schedule(schedule))
                redis.call('HSET', base .. 'j', id, record)
                rare().enter(id, record)
            end
            if following then
                redis.call('ZADD', base .. 's', decimal(following), name)
                earliest = math.min(earliest or following, following)
            end
        end
    end
    if earliest then watch(earliest) end
end
