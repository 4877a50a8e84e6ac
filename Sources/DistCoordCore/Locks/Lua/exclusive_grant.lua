-- Handing over, for the scripts of locks and elections; follows exclusive_give.lua and mailbox.lua.
local queue = state .. ':line'
local first_lease_ms = 1000 -- of a grant by message, which its receiver may never see
local front = 3             -- so many waiters keep timers on the holder's lease

-- Tells the waiter that has just come to the front to keep a timer.
local function call_to_front()
    if fields[4] ~= '2' then return end
    local last = redis.call('ZRANGE', queue, front - 1, front - 1)[1]
    if last then tell(string.match(last, '^%S+'), 'F') else redis.call('HSET', state, 'w', '1') end
end

-- Grants to the first in line whose client listens; `present` is a member that does for certain. False: nobody is in line.
local function grant_next(present)
    while true do
        local member = redis.call('ZPOPMIN', queue)[1]
        if not member then
            redis.call('HDEL', state, 'w')
            return false
        end
        local grant = decimal(math.max(tonumber(fence or 0) + 1, now_us))
        if member == present
            or tell(string.match(member, '^%S+'), 'G ' .. grant .. ' ' .. decimal(now_us) .. ' ' .. first_lease_ms) > 0 then
            give(member, first_lease_ms)
            call_to_front()
            return true
        end
    end
end

-- The holder lets go: the next in line has it, or nobody.
local function let_go()
    if fields[4] and grant_next('') then return end
    lease_end = 0
    redis.call('HSET', state, 'u', '0')
    if announces then redis.call('PUBLISH', state .. ':changes', '0') end
end
