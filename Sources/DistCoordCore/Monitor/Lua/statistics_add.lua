-- Adds what a client has counted.
-- KEYS 1 sums of the kind, 2 number of the client's last batch, 3... sums of names of that kind
-- ARGV 1 number of this batch, 2 for how long to remember it, ms; then for the kind and for each name: how many fields,
--      and for each of them its name and what to add
-- Returns 1: added. 0: an earlier sending of this very call has added it.
--
-- sums  hash: a acquired, c of those contended, t ended without it, l lost, r released; ws and hs microseconds waited
--       and held; w<bucket> and h<bucket> how many waits and holds were that long (DurationHistogram.swift); b since
--       when a name is counted, and z, of the kind, when all names were reset (us)
local kind, last, number = KEYS[1], KEYS[2], tonumber(ARGV[1])
if tonumber(redis.call('GET', last) or 0) >= number then return 0 end
redis.call('SET', last, ARGV[1], 'PX', ARGV[2])
-- include clock
local retention_ms = '86400000' -- how long sums stay after the last use
local reset_us = tonumber(redis.call('HGET', kind, 'z') or 0)
local position = 3
local function add(sums, is_new)
    local first = position + 1
    position = first + 2 * ARGV[position]
    if is_new then
        redis.call('HSET', sums, 'b', decimal(math.max(now_us, reset_us + 1)), unpack(ARGV, first, position - 1))
    else
        for index = first, position - 1, 2 do redis.call('HINCRBY', sums, ARGV[index], ARGV[index + 1]) end
    end
    redis.call('PEXPIRE', sums, retention_ms)
end
add(kind)
for index = 3, #KEYS do
    local since_us = redis.call('HGET', KEYS[index], 'b')
    local is_old = since_us and tonumber(since_us) <= reset_us
    if is_old then redis.call('DEL', KEYS[index]) end
    add(KEYS[index], is_old or not since_us)
end
return 1
