-- Enters a double barrier; whether all are in tells double_wait.
-- KEYS 1 state: see double_state.lua
-- ARGV 1 party, 2 lease, ms, 3 how many parties, 4 '1' when a death makes it smaller, '0' when it breaks it
-- Returns number on arrival: entered. {1, number, lease left in ms}: entered before. {0, 0, 0, 0, 0}: a round is under
--         way. -n: n parties are in use.
-- include clock
-- include mailbox
-- include double_state
local party, lease_ms, wanted = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
drop_dead()
local number = redis.call('ZSCORE', arrived, party)
if number then return {1, number, math.max(0, (redis.call('ZSCORE', inside, party) or 0) - now_ms)} end
if parties and parties ~= wanted then return -parties end
if is_open then return {0, 0, 0, 0, 0} end
arrivals = arrivals + 1
redis.call('ZADD', arrived, arrivals, party)
redis.call('ZADD', inside, decimal(now_ms + lease_ms), party)
if not parties then
    parties = wanted
    redis.call('HSET', state, 'p', wanted, 'r', round, 's', ARGV[4])
end
redis.call('HSET', state, 'n', arrivals)
keep()
settle()
return arrivals
