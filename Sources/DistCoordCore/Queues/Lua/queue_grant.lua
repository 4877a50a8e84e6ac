-- Handing jobs to claimers; follows clock.lua, mailbox.lua and queue_keys.lua. Apart from queue_jobs.lua because a push to an
-- idle worker needs only this, and making two dozen functions first would be a tenth of its time.
local first_lease_ms = 1000   -- of a grant by message, which its receiver may never see
local inline_bytes = 4096     -- messages carry no more: the server cuts off subscribers that fall behind
local retention_ms = 600000   -- how long the traces of those who wait stay

-- The last number; whether the queue is paused; its rate: jobs, per so many ms, theoretical arrival time in us.
local last_number, paused, rate, period, arrival_time =
    unpack(redis.call('HMGET', base .. 'c', 'n', 'paused', 'rate', 'period', 'tat'))

local function next_number()
    return math.max((last_number or 0) + 1, now_us)
end

-- How many of `count` jobs may be claimed now. The rate is counted as cells of a leaky bucket are (GCRA).
local function allowed(count)
    if paused then return 0 end
    if not rate then return count end
    local ahead = math.max((arrival_time or 0) - now_us, 0)
    return math.min(count, math.floor((period * 1000 - ahead) * rate / (period * 1000) + 0.000001))
end

-- Writes down that jobs are claimed, by claim `number`; `mark` is '?' for a grant by message.
local function hold(ids, number, slot, request, lease_ms, mark)
    local claim, lease_end = decimal(number), decimal(now_ms + lease_ms)
    local holder = claim .. mark .. ' ' .. string.match(slot, '^[^:]*')
    local claims, ends = {}, {}
    for i = 1, #ids do
        claims[2 * i - 1], claims[2 * i] = ids[i], holder
        ends[2 * i - 1], ends[2 * i] = lease_end, ids[i]
    end
    last_number = number + #ids - 1
    redis.call('HSET', base .. 'x', unpack(claims))
    redis.call('ZADD', base .. 'a', unpack(ends))
    redis.call('HSET', base .. 'c', 'n', decimal(last_number))
    redis.call('SET', base .. 'k:' .. slot, request .. '\n' .. claim .. '\n' .. table.concat(ids, '\n'),
        'PX', math.max(1000, math.min(lease_ms, retention_ms)))
    if rate then
        arrival_time = math.max(arrival_time or 0, now_us) + #ids * period * 1000 / rate
        redis.call('HSET', base .. 'c', 'tat', decimal(arrival_time))
    end
end

-- What a claimer that waits is told: the jobs themselves, or, when that is too much, to ask for them.
local function grant_message(number, ids, records)
    local parts, bytes = {}, 0
    for i = 1, #ids do
        bytes = bytes + #ids[i] + #records[i]
        if bytes > inline_bytes then return 'C' end
        parts[i] = struct.pack('<BI4', #ids[i], #records[i]) .. ids[i] .. records[i]
    end
    return 'J ' .. decimal(now_us) .. ' ' .. first_lease_ms .. ' ' .. decimal(number) .. ' ' .. table.concat(parts)
end

-- Hands jobs, which are in no list, to a claimer who has been taken out of the line. False when its client is gone.
local function grant(member, ids, records)
    local token, slot, request = string.match(member, '^(%S+) (%S+) (%d+)')
    local number = next_number()
    if tell(token, grant_message(number, ids, records)) == 0 then return false end
    hold(ids, number, slot, request, first_lease_ms, '?')
    return true
end
