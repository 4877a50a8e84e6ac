-- Arrives at a barrier; the last one to arrive releases all, or first runs the action.
-- KEYS 1 state, 2 present, 3 released, 4 acting: see barrier_state.lua; 5 lane of the party's first call
-- ARGV 1 token of the party, 2 parties
--      3 generation in which the party arrived before, '-1' when it asks for the first time
--      4 '1' when the party has an action, 5 number of the party's first call
-- Returns {1, index, generation}: all are there. {0, generation, ms}: wait, and ask again at the latest then (0:
--         rarely). {2}: broken. {3, parties}: that many are in use. {4, index, generation}: all are there; run the
--         action, keep it alive by barrier_act and end it by barrier_finish.
-- include clock
-- include mailbox
-- include once
-- include barrier_state
local token, wanted, known = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
end_dead_act()
local before = arrival(token)
if before then return before end
if actor then
    local index = redis.call('ZSCORE', acting, token)
    if token == actor then
        redis.call('HSET', state, 'u', decimal(now_ms + act_ms))
        return {4, tonumber(index), generation}
    end
    if index then return {0, generation, act_end - now_ms + 1} end
end
local waiting = redis.call('ZCARD', present)
if not redis.call('ZSCORE', present, token) then
    if parties and parties ~= wanted and (waiting > 0 or actor) then return {3, parties} end
    if known < 0 then
        -- A first call that is sent again must not make another party: it waits in the generation in which it was
        -- counted.
        known = tonumber(once(KEYS[5], ARGV[5], actor and generation + 1 or generation) or -1)
        if not known then return {2} end
    end
end
if is_broken or known >= 0 and known <= unreleased then return {2} end
if known >= 0 and known < generation then
    -- That generation was released. Who was in it is known, but for one that ended too long ago; who is not among
    -- them did not seem to live then, and arrives anew.
    local oldest = redis.call('ZRANGE', released, 0, 0, 'WITHSCORES')[2]
    if not oldest or known < math.floor(oldest / span) then return {2} end
end

if redis.call('ZADD', present, 'NX', arrivals + 1, token) == 1 then
    redis.call('HSET', state, 'p', wanted, 'g', generation, 'n', arrivals + 1)
    waiting = waiting + 1
end
redis.call('PEXPIRE', state, retention_ms)
redis.call('PEXPIRE', present, waiting_ms)
if actor then return {0, generation + 1, 0} end
if waiting < wanted then return {0, generation, 0} end

-- Are they all alive? A party whose client is gone frees its place: the barrier never opens for fewer than it was made
-- for.
local listens = {[string.match(token, '^[^:]*')] = true}
local function drop_dead(tokens)
    local unknown, names, dead = {}, {}, {}
    for _, other in ipairs(tokens) do
        local client = string.match(other, '^[^:]*')
        if listens[client] == nil then
            listens[client] = false
            names[#names + 1], unknown[#unknown + 1] = client, 'dc:mailbox:' .. client
        end
    end
    for first = 1, #unknown, chunk do
        local last = math.min(first + chunk - 1, #unknown)
        local counts = redis.call('PUBSUB', 'NUMSUB', unpack(unknown, first, last))
        for index = first, last do listens[names[index]] = counts[2 * (index - first + 1)] > 0 end
    end
    for _, other in ipairs(tokens) do
        if not listens[string.match(other, '^[^:]*')] then dead[#dead + 1] = other end
    end
    for first = 1, #dead, chunk do
        redis.call('ZREM', present, unpack(dead, first, math.min(first + chunk - 1, #dead)))
    end
    return #dead > 0
end
local tokens
repeat
    tokens = redis.call('ZRANGE', present, 0, wanted - 1)
until not drop_dead(tokens)
if #tokens < wanted then return {0, generation, 0} end

-- More than enough may be there after an action: then one of the first completes the generation, who were told to ask.
local mine
for index, other in ipairs(tokens) do
    if other == token then mine = index - 1 end
end
if not mine then return {0, generation, 0} end
redis.call('ZREMRANGEBYRANK', present, 0, wanted - 1)
if ARGV[4] ~= '1' then
    release(tokens, token)
    return {1, mine, generation}
end

local told = {[string.match(token, '^[^:]*')] = true}
for index, other in ipairs(tokens) do redis.call('ZADD', acting, index - 1, other) end
redis.call('PEXPIRE', acting, waiting_ms)
redis.call('HSET', state, 'a', token, 'u', decimal(now_ms + act_ms))
-- One of each client asks again, and so knows when to look whether the action's party lives.
for _, other in ipairs(tokens) do
    local client = string.match(other, '^[^:]*')
    if not told[client] then tell(other, '0') end
    told[client] = true
end
return {4, mine, generation}
