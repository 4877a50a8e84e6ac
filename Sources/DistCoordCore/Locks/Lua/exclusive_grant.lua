-- Handing over, for the scripts of locks and elections; follows exclusive_give.lua and mailbox.lua.
local queue = state .. ':line'
local first_lease_ms = 1000 -- of a grant by message, which its receiver may never see

-- Nobody holds it any more. HDEL, which a server that is out of memory still allows.
local function clear()
    redis.call('HDEL', state, 'u')
    lease_end = 0
end

-- Grants to the first in line whose client listens; `present` is a member that does for certain. False: nobody is in line.
-- The grant is written down before it is told, lest a server that has run out of memory in between has told what is not so.
local function grant_next(present)
    local is_given = false
    while true do
        local member = redis.call('ZPOPMIN', queue)[1]
        if not member then
            redis.call('HDEL', state, 'w')
            if is_given then clear() end
            return false
        end
        give(member, first_lease_ms)
        is_given = true
        if member == present
            or tell(string.match(member, '^%S+'), 'G ' .. fence .. ' ' .. decimal(now_us) .. ' ' .. first_lease_ms) > 0 then
            return true
        end
    end
end

-- The holder lets go: the next in line has it, or nobody.
local function let_go()
    if fields[4] and grant_next('') then return end
    clear()
    if announces then redis.call('PUBLISH', state .. ':changes', '0') end
end
