-- The claimers that wait, and what wakes them; follows queue_jobs.lua.

-- When the rate allows the next claim, ms.
local function rate_moment()
    return math.max(now_ms + 1, math.ceil(((arrival_time or 0) - period * 1000 + period * 1000 / rate) / 1000))
end

-- The next moment at which time alone makes a job ready, ms; nil when there is none.
local function next_event()
    local soonest
    local function consider(moment)
        if moment and (not soonest or tonumber(moment) < soonest) then soonest = tonumber(moment) end
    end
    consider(redis.call('ZRANGE', base .. 'a', 0, 0, 'WITHSCORES')[2])
    consider(redis.call('ZRANGE', base .. 'd', 0, 0, 'WITHSCORES')[2])
    if redis.call('EXISTS', base .. 's', base .. 'u', base .. 'm', base .. 'l') > 0 then
        consider(redis.call('ZRANGE', base .. 's', 0, 0, 'WITHSCORES')[2])
        consider(redis.call('ZRANGE', base .. 'u', 0, 0, 'WITHSCORES')[2])
        if redis.call('EXISTS', base .. 'm') == 1 then consider(now_ms) end
        -- A worker that falls silent leaves its own queue to all.
        for _, worker in ipairs(redis.call('ZREVRANGE', base .. 'l', 0, 9)) do
            local seen = tonumber(redis.call('ZSCORE', base .. 'v', '@' .. worker) or nil)
            if seen and seen + 15000 > now_ms then consider(seen + 15000) end
        end
    end
    if rate and not paused and redis.call('EXISTS', base .. 'p', base .. 'g') > 0 then
        consider(rate_moment())
    end
    return soonest
end

-- Sees to it that somebody looks when time makes a job ready: calls on waiting claimers of up to three clients to ask
-- again, which tells them that moment; three, because the client that dies may be the one that holds the job. They are
-- the last in line: when they are gone, all others have come, and asked, later than this.
function watch(moment)
    local known = tonumber(redis.call('HGET', base .. 'c', 't') or 0)
    if known > now_ms and known <= moment then return end
    local told, count, is_noted = {}, 0, false
    for _, profile in ipairs(redis.call('SMEMBERS', base .. 'W')) do
        local key = base .. 'w:' .. profile
        local line = redis.call('ZREVRANGE', key, 0, 31)
        line[#line + 1] = redis.call('ZRANGE', key, 0, 0)[1]
        if #line > 0 and not is_noted then
            redis.call('HSET', base .. 'c', 't', decimal(moment))
            is_noted = true
        end
        for _, member in ipairs(line) do
            local token, client = string.match(member, '^(([^:]*):%S*)')
            if not told[client] then
                if tell(token, 'F') > 0 then
                    told[client] = true
                    count = count + 1
                    if count == 3 then return end
                else
                    redis.call('ZREM', key, member)
                end
            end
        end
    end
end

-- Hands ready jobs to waiting claimers, in order of arrival; those whose client is gone are forgotten.
local function hand_out()
    has_ready = false
    local profiles = redis.call('SMEMBERS', base .. 'W')
    local has_granted, is_done = false, {}
    while allowed(1) > 0 do
        local first, arrival, line, its_profile
        for _, profile in ipairs(profiles) do
            if not is_done[profile] then
                local key = base .. 'w:' .. profile
                local head = redis.call('ZRANGE', key, 0, 0, 'WITHSCORES')
                if not head[1] then
                    redis.call('SREM', base .. 'W', profile)
                    is_done[profile] = true
                elseif not first or tonumber(head[2]) < arrival then
                    first, arrival, line, its_profile = head[1], tonumber(head[2]), key, profile
                end
            end
        end
        if not first then break end
        local share = tonumber(string.match(first, '%d+$'))
        if share > 1 then
            -- Nobody takes more than a fair share while others wait.
            local priority = redis.call('ZRANGE', base .. 'p', 0, 0)[1]
            local ready = priority and redis.call('LLEN', base .. 'r:' .. priority) or 1
            share = math.max(1, math.min(share, math.ceil(ready / redis.call('ZCARD', line))))
        end
        local ids, records = take(share, its_profile)
        if #ids == 0 then
            is_done[its_profile] = true
        else
            redis.call('ZREM', line, first)
            if grant(first, ids, records) then has_granted = true else put_back(ids, records) end
        end
    end
    has_ready = false
    if has_granted then watch(now_ms + first_lease_ms) end
    if rate and #profiles > 0 and not paused and allowed(1) == 0 then watch(rate_moment()) end
end

-- Hands out what has become ready in the course of a script, and has somebody look at what is left to be done.
local function settle_line()
    if made_graphs then graphs().write() end
    if has_ready then hand_out() end
    if not rarely_used or redis.call('EXISTS', base .. 'm') == 0 then return end
    watch(now_ms + 1)
    -- Perhaps nobody claims any more; somebody who waits for a result will do as well.
    local waiting = redis.call('HRANDFIELD', base .. 'y')
    local token = waiting and string.match(redis.call('HGET', base .. 'y', waiting), '^%S+')
    if token then tell(token, 'R') end
end
