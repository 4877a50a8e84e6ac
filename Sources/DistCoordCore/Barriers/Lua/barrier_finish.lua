-- The action has ended.
-- KEYS 1 state, 2 present, 3 released, 4 acting: see barrier_state.lua
-- ARGV 1 token of the party that ran it, 2 '1' to release all, '0' to break the barrier
-- Returns {1, index, generation}: all are released. {2}: broken, by this or meanwhile.
-- include clock
-- include mailbox
-- include barrier_state
local before = arrival(ARGV[1])
if before then return before end
if actor ~= ARGV[1] then return {2} end
if ARGV[2] ~= '1' then
    break_up()
    return {2}
end
local tokens = redis.call('ZRANGE', acting, 0, -1)
redis.call('DEL', acting)
redis.call('HDEL', state, 'a', 'u')
release(tokens, ARGV[1])
-- Those who came meanwhile may be a whole generation: the last of it is told to ask, or who lives of those before.
if redis.call('ZCARD', present) >= parties then
    local next_tokens = redis.call('ZRANGE', present, 0, parties - 1)
    for index = #next_tokens, 1, -1 do
        if tell(next_tokens[index], '0') > 0 then break end
    end
end
return arrival(ARGV[1])
