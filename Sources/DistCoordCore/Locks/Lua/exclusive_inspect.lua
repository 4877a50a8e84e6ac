-- Who holds it.
-- KEYS 1 state: see exclusive_state.lua
-- ARGV 1 how many of those in line to name
-- Returns {1 held or 0 free, fence, "<token>[;<extra>] <what others see>" of the holder, held for ms, lease left in ms, how
-- many are in line, since when in ms, those in line as the holder is written, what a leader publishes in place of the value
-- that it won with, or nil, in a quorum the fence of the whole once that is settled, or nil}
-- include clock
-- include exclusive_state
local lock = read(KEYS[1])
local queue = lock.state .. ':line'
local in_line = redis.call('ZCARD', queue)
if lock.lease_end <= now_ms then return {0, 0, '', 0, 0, in_line, 0, {}} end
-- A fence is the moment of the grant, but for a burst of grants within one microsecond.
local since_ms = math.min(now_ms, math.floor(lock.fence / 1000))
local names = ARGV[1] ~= '0' and redis.call('ZRANGE', queue, '0', decimal(ARGV[1] - 1)) or {}
-- What belongs to an earlier grant does not count.
local function of_this_grant(text)
    local fence, rest = string.match(text or '', '^(%d+) (.*)$')
    return fence == lock.fence and rest or false
end
local fields = redis.call('HMGET', lock.state, 'v', 'r')
return {
    1, lock.fence, lock.holder, now_ms - since_ms, lock.lease_end - now_ms, in_line, since_ms, names,
    of_this_grant(fields[1]), of_this_grant(fields[2]),
}
