-- Does what only time brings about in the queue of a run: perhaps nobody claims any more who would find it out. Follows
-- queue_keys.lua. Sets `look_in`: so many ms from now there may be more of it, -1: never.

-- When the next lease, delay or patience ends, or there is work left of a run.
local function next_change()
    if redis.call('EXISTS', base .. 'm') == 1 then return now_ms end
    local first
    for _, part in ipairs({'a', 'd', 'u'}) do
        local moment = tonumber(redis.call('ZRANGE', base .. part, 0, 0, 'WITHSCORES')[2] or nil)
        if moment and (not first or moment < first) then first = moment end
    end
    return first
end

local change = next_change()
if change and change <= now_ms then
-- include queue_jobs
-- include queue_line
-- include queue_time
    settle_line()
    change = next_change()
end
local look_in = change and math.max(change - now_ms, 1) or -1
