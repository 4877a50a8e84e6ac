-- Arrives at a barrier; the last one to arrive releases all.
-- KEYS 1 state, 2 present, 3 released: see barrier_release.lua
-- ARGV 1 token of the party, 2 parties, 3 generation in which the party arrived before, '-1' when it asks for the first time
-- Returns {1, index, generation}: all are there. {0, generation}: wait. {2}: broken. {3, parties}: that many are in use.
-- include mailbox
local state, present, released = KEYS[1], KEYS[2], KEYS[3]
-- include barrier_release
local token, parties = ARGV[1], tonumber(ARGV[2])
local known = standing(token)
if known and known[1] ~= 0 then return known end

local fields = redis.call('HMGET', state, 'p', 'g')
local generation = tonumber(fields[2] or 0)
-- A generation that the party was in has ended, and so long ago that nobody knows how.
if tonumber(ARGV[3]) >= 0 and tonumber(ARGV[3]) < generation then return {2} end
local waiting = redis.call('ZCARD', present)
if fields[1] and tonumber(fields[1]) ~= parties and waiting > 0 then return {3, tonumber(fields[1])} end

redis.call('HSET', state, 'p', parties, 'g', generation)
if not known then
    redis.call('ZADD', present, redis.call('HINCRBY', state, 'n', 1), token)
    waiting = waiting + 1
end
redis.call('PEXPIRE', state, retention_ms)
redis.call('PEXPIRE', present, waiting_ms)
if waiting < parties then return {0, generation} end

-- Are they all alive? A party whose client is gone frees its place: the barrier never opens for fewer than it was made for.
local listening = {}
for _, other in ipairs(redis.call('ZRANGE', present, 0, -1)) do
    local channel = 'dc:mailbox:' .. string.match(other, '^[^:]*')
    if listening[channel] == nil then
        listening[channel] = redis.call('PUBSUB', 'NUMSUB', channel)[2] > 0
    end
    if not listening[channel] then
        redis.call('ZREM', present, other)
        waiting = waiting - 1
    end
end
if waiting < parties then return {0, generation} end

redis.call('DEL', released)
local mine
for position, other in ipairs(redis.call('ZRANGE', present, 0, -1)) do
    redis.call('ZADD', released, position - 1, other)
    if other == token then mine = position - 1 else tell(other, 'R ' .. generation .. ' ' .. position - 1) end
end
redis.call('PEXPIRE', released, waiting_ms)
redis.call('DEL', present)
redis.call('HSET', state, 'g', generation + 1)
-- The caller's own mailbox may be gone although it asks; then it has just freed its place.
return mine and {1, mine, generation} or {2}
