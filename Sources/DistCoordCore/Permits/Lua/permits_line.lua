-- Handing over; follows permits_give.lua and mailbox.lua.
local first_lease_ms = 1000 -- of a grant by message, which its receiver may never see
local most = 100 -- how many are served, or found dead, by one call, which must not stop the server for long

local function parts(member)
    return string.match(member, '^([^;]+);(%w+);?(%S*)')
end

local function holds_of(owner)
    return owner == '' and 0 or tonumber(redis.call('HGET', state, '@' .. owner) or 0)
end

-- Takes away what a member holds. False: it holds nothing.
local function take(member)
    local grant = redis.call('HGET', state, member)
    if redis.call('ZREM', held, member) == 0 or not grant then return false end
    local _, _, owner = parts(member)
    forget(member, string.match(grant, '^%w+'), owner, holds_of(owner))
    return true
end

-- Takes away what was held under leases that are over. True when there was any.
local function expire()
    local over = redis.call('ZRANGEBYSCORE', held, '-inf', decimal(now_ms), 'LIMIT', '0', most)
    for _, member in ipairs(over) do take(member) end
    return #over > 0
end

-- When the first lease ends, in ms from now: until then nothing changes without a message.
local function first_end_ms()
    local first = redis.call('ZRANGE', held, '0', '0', 'WITHSCORES')[2]
    return first and first ~= 'inf' and math.max(0, first - now_ms) or retention_ms
end

-- include silence

-- Grants what there is to those in line whose clients listen, one after the other; `present` is a member that does
-- for certain. Stops at the first who cannot have what it wants, lest it be overtaken for ever; `looks` whether that
-- one lives, whose client may be gone while the holders stay for hours.
-- A grant is written down before it is told, lest a server that has run out of memory in between has told what is not
-- so.
local function serve(present, looks)
    for _ = 1, most do
        local member = redis.call('ZRANGE', line, '0', '0')[1]
        if not member then
            redis.call('HDEL', state, 'w')
            in_line = false
            return
        end
        local token, weight, owner = parts(member)
        local own = holds_of(owner)
        if admits(weight, own) then
            redis.call('ZREM', line, member)
            give(member, weight, owner, own, first_lease_ms)
            local message = 'G ' .. decimal(fence) .. ' ' .. decimal(now_us) .. ' ' .. first_lease_ms
            if member ~= present and tell(token, message) == 0 then take(member) end
        elseif looks and member ~= present and is_gone(state, token) then
            redis.call('ZREM', line, member)
        else
            return
        end
    end
    -- There may be more to have: the next in line asks, and that call goes on.
    local member = redis.call('ZRANGE', line, '0', '0')[1]
    if member then tell(parts(member), 'W') end
end
