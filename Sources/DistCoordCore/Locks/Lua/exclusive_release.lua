-- Releases what a token holds and hands it to the next in line.
-- KEYS 1 state: see exclusive_state.lua
-- ARGV 1 "<token>[;<extra>] <what others see>", 2 fence
--      3 'a' to announce changes of the holder; 'u' to leave it free and wake the first in line; else '0'
-- Returns 1: released, now or by an earlier sending of this very call; also when the lease had ended but nobody has had it
--         since. -1: it was not held any more (nor is a level that an earlier sending has released).
local fields = redis.call('HMGET', KEYS[1], 'o', 'f', 'u', 'w', 'x')
if fields[2] ~= ARGV[2] then return -1 end
if not fields[5] or string.sub(fields[5], 1, 1) ~= 'o' then
    if fields[1] ~= ARGV[1] then return -1 end
    if not fields[3] then return 1 end
    if not fields[4] and ARGV[3] ~= 'a' then
        redis.call('HDEL', KEYS[1], 'u') -- which a server that is out of memory still allows
        return 1
    end
end
-- include clock
-- include exclusive_retention
-- include mailbox
if ARGV[3] == '0' and fields[4] and (not fields[5] or fields[5] == 'g') then
    -- Somebody is in line, an ordinary waiter as a rule, and there: what `serve` does, without what only other cases need.
    local first = redis.call('ZRANGE', KEYS[1] .. ':line', '0', '0')[1]
    local token = first and string.match(first, '^([^ ;]+) ')
    if token then
        redis.call('ZREM', KEYS[1] .. ':line', first)
        local fence = decimal(math.max(fields[2] + 1, now_us))
        redis.call('HSET', KEYS[1], 'o', first, 'f', fence, 'u', decimal(now_ms + first_lease_ms))
        if fields[5] then redis.call('HDEL', KEYS[1], 'x') end
        if math.floor(fields[2] / 300000000) ~= math.floor(now_us / 300000000) then
            redis.call('PEXPIRE', KEYS[1], decimal(first_lease_ms + retention_ms))
        end
        if tell(token, 'G ' .. fence .. ' ' .. decimal(now_us) .. ' ' .. first_lease_ms) > 0 then return 1 end
        fields[1], fields[2], fields[5] = first, fence, false
    end
end
if ARGV[3] == 'u' and not fields[5] and tonumber(redis.call('HGET', KEYS[1], 'k') or 0) > now_ms then
    -- It is left free, and somebody is on the way already.
    redis.call('HDEL', KEYS[1], 'u')
    return 1
end
local announces = ARGV[3] == 'a'
-- include exclusive_state
local lock = read(KEYS[1], fields)
-- include exclusive_give
-- include exclusive_levels
-- include exclusive_grant
if is_owned(lock) then
    local token = token_of(ARGV[1])
    if redis.call('HEXISTS', lock.state .. ':levels', token) == 0 then return -1 end
    if drop_level(lock, token) then return 1 end
end
if ARGV[3] ~= 'u' then
    let_go(lock)
    return 1
end
clear(lock)
if not lock.in_line or tonumber(redis.call('HGET', lock.state, 'k') or 0) > now_ms then return 1 end
-- One waiter is woken, and those before it that wait for other locks as well, for whom this one may not be enough. Until one of
-- them has asked nobody else is woken. Should they die on the way, the others ask in their own time.
local queue = lock.state .. ':line'
local is_told = false
for _, member in ipairs(redis.call('ZRANGE', queue, '0', '15')) do
    local token, extra = string.match(member, '^([^ ;]+);?(%S*)')
    if tell(token, 'W') == 0 then
        redis.call('ZREM', queue, member)
    else
        is_told = true
        if extra ~= 'm' then break end
    end
end
if is_told then
    redis.call('HSET', lock.state, 'k', decimal(now_ms + first_lease_ms))
elseif redis.call('EXISTS', queue) == 0 then
    redis.call('HDEL', lock.state, 'w')
end
return 1
