-- Waits in or before a double barrier.
-- KEYS 1 state: see double_state.lua
-- ARGV 1 what for: 'enter' until all are in, 'leave' until all have left, 'next' until a round can be entered
--      2 party, '' for 'next', 3 token of the waiter, 4 round, '-1' when it is not known, 5 '1' when it gives up
-- Returns {0, round, ms}: wait, and ask again after that time at the latest (0: rarely); or gave up, and who waited to
--         enter has withdrawn. {1, index, round}: it is so. {2}: broken.
-- include clock
-- include mailbox
-- include double_state
local what, party, token, known, gives_up = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), ARGV[5] == '1'
drop_dead()
if what == 'next' then
    redis.call('ZREM', queue, token)
    if not is_open then return {1, 0, round} end
    if gives_up then return {0, round, 0} end
    redis.call('ZREMRANGEBYSCORE', queue, '-inf', decimal(now_ms - 60000))
    redis.call('ZADD', queue, decimal(now_ms), token)
    redis.call('PEXPIRE', queue, 600000)
    return {0, round, next_look(redis.call('ZCARD', queue))}
end
if known >= 0 and known < round then
    local age = round - known
    -- Who did not see all come in was taken for dead before.
    local is_left = what == 'leave' and string.sub(history, -age, -age) == 'l'
    return is_left and {1, 0, known} or {2}
end
if what == 'enter' then
    local place = redis.call('ZRANK', arrived, party)
    if not place then return gives_up and {0, round, 0} or {2} end
    if is_open then return {1, place, round} end
    if gives_up then
        withdraw(party)
        settle()
        return {0, round, 0}
    end
    redis.call('HSET', entering, party, token)
    keep()
    return {0, round, next_look(place)}
end
if redis.call('HEXISTS', left, party) == 0 then return {2} end
redis.call('HSET', left, party, gives_up and '' or token)
return {0, round, next_look(redis.call('HLEN', left))}
