-- Handing over, for the scripts of locks and elections; follows exclusive_give.lua and mailbox.lua. What happens most often,
-- a release to an ordinary waiter, is written out in exclusive_release.lua: a change here may concern it, too.
-- include silence

-- Nobody holds it any more. HDEL, which a server that is out of memory still allows.
local function clear(lock)
    redis.call('HDEL', lock.state, 'u')
    lock.lease_end = 0
end

local function token_of(member)
    return string.match(member, '^[^ ;]+')
end

local function tell_grant(lock, token)
    return tell(token, 'G ' .. lock.fence .. ' ' .. decimal(now_us) .. ' ' .. first_lease_ms) > 0
end

-- Somebody waits for what its holder keeps even when it does not use it.
local function recall(lock)
    tell(token_of(lock.holder), 'L ' .. lock.fence)
end

-- Has the first in line ask.
local function nudge(lock)
    local member = redis.call('ZRANGE', lock.state .. ':line', '0', '0')[1]
    if member then tell(token_of(member), 'W') end
end

-- Gives `member`, the first in line for `lock`, which is free, this lock and the others that it waits for.
-- Returns 'given'; 'blocked' when it is not its turn for all of them; 'gone' when it waits no more.
local function give_several(lock, member, present)
    local token = token_of(member)
    local wanted = redis.call('GET', 'dc:several:' .. token)
    if not wanted then return 'gone' end
    local locks, least_fence = {lock}, tonumber(lock.fence or 0) + 1
    for state in string.gmatch(wanted, '[^\n]+') do
        if state ~= lock.state then
            local other = read(state)
            if other.lease_end > now_ms or redis.call('ZRANGE', state .. ':line', '0', '0')[1] ~= member then
                -- Those behind it here wait for its turn there, which may be long: not for one that is dead.
                if member == present or not is_gone(lock.state, token) then return 'blocked' end
                redis.call('DEL', 'dc:several:' .. token)
                return 'gone'
            end
            least_fence = math.max(least_fence, tonumber(other.fence or 0) + 1)
            locks[#locks + 1] = other
        end
    end
    for _, each in ipairs(locks) do give(each, member, first_lease_ms, 'm', least_fence) end
    local is_there = member == present or tell_grant(lock, token)
    redis.call('DEL', 'dc:several:' .. token)
    for index = 2, #locks do
        redis.call('ZREM', locks[index].state .. ':line', member)
        if not is_there then
            clear(locks[index])
            nudge(locks[index])
        end
    end
    return is_there and 'given' or 'gone'
end

-- Grants a free lock to the first in line whose client listens; `present` is a member that does for certain. False: nobody is
-- in line. It also stays free when its first waiter waits for others as well.
-- The grant is written down before it is told, lest a server that has run out of memory in between has told what is not so.
local function serve(lock, present)
    local queue = lock.state .. ':line'
    local is_given = false
    while true do
        local first = redis.call('ZPOPMIN', queue)
        local member = first[1]
        if not member then
            redis.call('HDEL', lock.state, 'w')
            if is_given then clear(lock) end
            return false
        end
        local token, extra = string.match(member, '^([^ ;]+);?(%S*)')
        if extra == 'm' then
            local outcome = give_several(lock, member, present)
            if outcome == 'given' then return true end
            if outcome == 'blocked' then
                redis.call('ZADD', queue, first[2], member)
                redis.call('PEXPIRE', queue, decimal(retention_ms)) -- the only member was the key, too
                clear(lock)
                return true
            end
        else
            give(lock, member, first_lease_ms, extra ~= '' and extra or nil)
            if member == present or tell_grant(lock, token) then
                if extra == 'g' and redis.call('EXISTS', queue) == 1 then recall(lock) end
                return true
            end
        end
        is_given = true
    end
end

-- The holder lets go: the next in line has it, or nobody.
local function let_go(lock)
    if lock.in_line and serve(lock, '') then return end
    clear(lock)
    if announces then redis.call('PUBLISH', lock.state .. ':changes', '0') end
end
