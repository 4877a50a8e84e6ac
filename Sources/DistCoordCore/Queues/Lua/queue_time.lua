-- Does what time alone does: leases, delays and patience end, schedules tick; follows queue_line.lua. Bounded: what is more is
-- dealt with by the next call.
local lost = redis.call('ZRANGEBYSCORE', base .. 'a', '-inf', now_ms, 'LIMIT', 0, 100)
local due = redis.call('ZRANGEBYSCORE', base .. 'd', '-inf', now_ms, 'LIMIT', 0, 1000)
local has_more = redis.call('EXISTS', base .. 's', base .. 'u', base .. 'm') > 0
if #lost > 0 or #due > 0 or has_more then
    -- Deals with jobs whose lease has ended: their worker is gone. Back to the front, or dead.
    local function end_leases(ids)
        local claims = redis.call('HMGET', base .. 'x', unpack(ids))
        local records = redis.call('HMGET', base .. 'j', unpack(ids))
        local reasons = redis.call('HMGET', base .. 'X', unpack(ids))
        let_go(ids)
        local front, fronts_records, failed = {}, {}, 0
        for i = 1, #ids do
            local record = records[i]
            if record and record ~= '' then
                local flags, attempt, attempts_in_all = string.byte(record, 7, 9)
                local claim, mark, client = string.match(claims[i] or '', '^(%d*)(%??) ?(%S*)')
                local fence = tonumber(claim) or 0
                -- A grant that nobody was heard of probably never arrived, and is no attempt; but only three times, lest a
                -- job that kills its worker at once is tried for ever.
                local is_forgiven = mark == '?' and bit.band(flags, 48) ~= 48
                if is_forgiven then flags = flags + 16 else attempt, failed = attempt + 1, failed + 1 end
                if reasons[i] then
                    rare().finish(ids[i], record, 2, attempt - 1, fence, reasons[i], true, client)
                else
                    local failure
                    if not is_forgiven then
                        failure = rare().failure_of('worker lost', client, 'its lease ended: the worker died or was cut off')
                    end
                    if failure and attempt > attempts_in_all then
                        rare().finish(ids[i], record, 1, attempt - 1, fence, failure, true, client)
                    else
                        record = with_attempt(record, flags, attempt)
                        redis.call('HSET', base .. 'j', ids[i], record)
                        if failure then
                            redis.call('HSET', base .. 'E', ids[i], struct.pack('<I6', now_ms) .. failure)
                            local tie = is_tied(record) and ties_of(record).G
                            if tie then graphs().retried(tie, ids[i], failure) end
                        end
                        front[#front + 1] = ids[i]
                        fronts_records[#front] = record
                    end
                end
            end
        end
        if failed > 0 then redis.call('HINCRBY', base .. 'c', 'failed', failed) end
        put_back(front, fronts_records)
    end

    -- Makes delayed jobs ready whose time has come, in the order in which they came due.
    local function end_delays(ids)
        local records = redis.call('HMGET', base .. 'j', unpack(ids))
        redis.call('ZREM', base .. 'd', unpack(ids))
        local run, priorities = {}, {}
        for i = 1, #ids do
            local record = records[i]
            if record and record ~= '' then
                if is_tied(record) then
                    put(run, priorities, {})
                    run, priorities = {}, {}
                    rare().enter(ids[i], record)
                else
                    run[#run + 1] = ids[i]
                    priorities[#run] = priority_of(record)
                end
            end
        end
        put(run, priorities, {})
    end

    -- Jobs whose patience for capabilities is over: dead, unless somebody who has them was heard of meanwhile.
    local function end_patience(ids)
        local profiles = redis.call('ZREVRANGE', base .. 'v', 0, 199, 'WITHSCORES')
        for _, id in ipairs(ids) do
            redis.call('ZREM', base .. 'u', id)
            local record = redis.call('HGET', base .. 'j', id)
            if record and record ~= '' then
                local ties = ties_of(record)
                local patience, seen = tonumber(ties.L or 300000), nil
                for i = 1, #profiles, 2 do
                    local capabilities = string.match(profiles[i], '^[^ @]*')
                    if fits('c' .. (ties.C or ''), ',' .. capabilities .. ',') then
                        seen = tonumber(profiles[i + 1])
                        break
                    end
                end
                if seen and seen > now_ms - 60000 then
                    redis.call('ZADD', base .. 'u', now_ms + patience, id)
                elseif seen and seen + patience > now_ms then
                    redis.call('ZADD', base .. 'u', seen + patience, id)
                elseif redis.call('LREM', list_key(priority_of(record), place_of(ties)), 1, id) == 1 then
                    local message = 'no live worker has all of its capabilities: ' .. string.gsub(ties.C, ',', ', ')
                    rare().finish(id, record, 1, 0, 0, rare().failure_of('capabilities', '', message), true)
                end
            end
        end
    end

    if #lost > 0 then end_leases(lost) end
    if has_more then
        if redis.call('ZCOUNT', base .. 's', '-inf', now_ms) > 0 then
-- include schedule_tick
            end_ticks()
        end
        local impatient = redis.call('ZRANGEBYSCORE', base .. 'u', '-inf', now_ms, 'LIMIT', 0, 100)
        if #impatient > 0 then end_patience(impatient) end
        if redis.call('EXISTS', base .. 'm') == 1 then rare().release_dependents() end
    end
    if #due > 0 then end_delays(due) end
    if made_graphs then graphs().write() end
end
