-- Shared by the scripts of read-write locks and semaphores: both are permits with one line of waiters. A reader takes
-- one of as many as there are, a writer takes all.
--
-- state  hash: f fence of the last grant, n number of the last arrival, p permits in use (of a read-write lock:
--        readers), x writers, all of one owner, s how many permits there are, w set while anybody may be in line, e
--        until when the keys stay (ms), z "<ms> <client>" that was first in line and did not listen since then;
--        <member>: "<weight> <fence>" of what it holds; @<owner>: how many holds that owner has
-- :held  sorted set: members that hold, score = end of the lease (ms); and one without a name whose lease never ends,
--        lest the key go away each time the last holder does, and its expiry with it
-- :line  sorted set: members that wait, score = number on arrival
--
-- A member is "<token>;<weight>[;<owner>] <what others see>". Its weight is 'r' to read, 'w' to write, else a number
-- of permits, which have no owner. What counts for a hold is the weight in state: a writer may have become a reader.
-- Owner and what others see are written as exclusive_state.lua says.
--
-- Numbers grow and calls are few for the reasons that exclusive_state.lua gives.
local held, line = state .. ':held', state .. ':line'
local fence, used, writers, limit, in_line, kept_until, value, own

-- `value` and `own`, the owner's holds, are those of the member that the script is called for.
local function read()
    local fields = redis.call('HMGET', state, 'f', 'p', 'x', 's', 'w', 'e', member, '@' .. owner)
    fence, used, writers = tonumber(fields[1] or 0), tonumber(fields[2] or 0), tonumber(fields[3] or 0)
    limit, in_line, kept_until = tonumber(fields[4]), fields[5], tonumber(fields[6] or 0)
    value, own = fields[7], tonumber(fields[8] or 0)
end

-- The fence of what the member holds.
local function grant_fence()
    return value and string.match(value, '%d+$')
end

-- Counts what is given or given back. Returns the field of the count, and the count.
local function count(weight, change)
    if weight == 'w' then
        writers = writers + change
        return 'x', writers
    end
    used = used + change * (tonumber(weight) or 1)
    return 'p', used
end

-- Writes down that a hold is gone, which ZREM has taken out of `held` before: a server that is out of memory refuses
-- HSET as the first write of a script, but not as the second.
local function forget(member, weight, owner, own)
    local counter, left = count(weight, -1)
    if own > 1 then
        redis.call('HDEL', state, member)
        redis.call('HSET', state, counter, left, '@' .. owner, own - 1)
    elseif left > 0 then
        redis.call('HDEL', state, member, '@' .. owner)
        redis.call('HSET', state, counter, left)
    else
        redis.call('HDEL', state, member, counter, '@' .. owner)
    end
end
