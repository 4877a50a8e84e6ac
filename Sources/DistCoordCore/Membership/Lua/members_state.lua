-- Shared by the scripts of groups; follows clock.lua.
--
-- state     hash: n number of the last change
-- :m        sorted set: ids of the members, score = end of the lease (ms)
-- :d        hash: id -> what is known of the member, in lines: whose it is, "<fence> <since, ms> <lease, ms>", token,
--           label, value, which may have several. Whose: "<client>/<handle>". The fence is the number of the change by
--           which it came.
-- :changes  channel on which changes are told: "<number> + <id>\n<what is known>", "<number> - <id>"
local state = KEYS[1]
local leases, data = state .. ':m', state .. ':d'
local retention_ms = 172800000 -- renewals put it off; twice the longest lease
local most = 100 -- dead ones that one call drops

local function keep()
    for _, key in ipairs({state, leases, data}) do redis.call('PEXPIRE', key, retention_ms) end
end

-- A group that is forgotten begins with another number than any it had, lest a watch takes it for what it knows.
local function next_number()
    local last = redis.call('HGET', state, 'n')
    return last and last + 1 or now_us
end

local function tell_change(number, text)
    redis.call('HSET', state, 'n', decimal(number))
    redis.call('PUBLISH', state .. ':changes', decimal(number) .. text)
end

local function remove(id)
    redis.call('ZREM', leases, id)
    redis.call('HDEL', data, id)
    tell_change(next_number(), ' - ' .. id)
end

-- Removes members whose lease is over. True: there may be more of them.
local function drop_dead()
    local dead = redis.call('ZRANGEBYSCORE', leases, '-inf', decimal(now_ms), 'LIMIT', 0, most)
    for _, id in ipairs(dead) do remove(id) end
    return #dead == most
end

-- Whose it is, fence, since, token.
local function parts(member)
    return string.match(member, '^([^\n]*)\n(%d+) (%d+) [^\n]*\n([^\n]*)\n')
end

local function whose(token, handle)
    return string.match(token, '^[^:]*') .. '/' .. handle
end

-- What is known of a member, if a handle holds it with that fence.
local function held_by(id, token, handle, fence)
    local member = redis.call('HGET', data, id)
    if not member then return nil end
    local owner, present = parts(member)
    return owner == whose(token, handle) and present == fence and member or nil
end
