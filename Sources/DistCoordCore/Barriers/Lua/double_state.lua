-- Shared by the scripts of double barriers; follows clock.lua and mailbox.lua. A party is a token.
--
-- state  hash: p parties that the round was begun for, d how many of them have died, s '1' when a death makes it
--        smaller instead of breaking it, i '1' once all have entered, r round, n number of the last arrival, o the last
--        number of the rounds before, h how those ended, a letter for each, the last one's last: 'l' all left, 'b'
--        broken
-- :a     sorted set: parties of the round, score = number on arrival; who withdraws or dies before all are in is not of
--        it
-- :m     sorted set: parties that are inside, score = end of the lease (ms)
-- :w     hash: parties that wait until all are in -> token of the waiter
-- :l     hash: parties that have left -> token of the waiter, '' for none
-- :q     sorted set: tokens of those who wait until the round is over, score = when they asked last (ms)
-- Messages, and answers that are alike: "1 <index> <round>" all are in, have left, or it can be entered; "2" broken.
local state = KEYS[1]
local arrived, inside, entering, left, queue = state .. ':a', state .. ':m', state .. ':w', state .. ':l', state .. ':q'
local retention_ms = 172800000 -- renewals put it off; twice the longest lease
local history_length = 32
local most = 100 -- dead ones that one call drops

local fields = redis.call('HMGET', state, 'p', 'd', 's', 'i', 'r', 'n', 'o', 'h')
local parties, deaths, shrinks = tonumber(fields[1]), tonumber(fields[2] or 0), fields[3] == '1'
local is_open, round = fields[4] == '1', tonumber(fields[5] or 0)
local arrivals, earlier, history = tonumber(fields[6] or 0), tonumber(fields[7] or 0), fields[8] or ''

local function keep()
    for _, key in ipairs({state, arrived, inside, entering, left}) do redis.call('PEXPIRE', key, retention_ms) end
end

local function forget_parties()
    redis.call('HDEL', state, 'p', 'd', 's', 'i')
    parties, deaths, shrinks, is_open = nil, 0, false, false
end

local function end_round(letter)
    local told = {redis.call('HVALS', entering), redis.call('HVALS', left), redis.call('ZRANGE', queue, 0, -1)}
    redis.call('DEL', arrived, inside, entering, left, queue)
    forget_parties()
    local ended = round
    round, earlier = round + 1, arrivals
    history = string.sub(history .. letter, -history_length)
    redis.call('HSET', state, 'r', round, 'o', earlier, 'h', history)
    redis.call('PEXPIRE', state, retention_ms)
    local message = letter == 'l' and '1 0 ' .. ended or '2'
    for index, tokens in ipairs(told) do
        for _, token in ipairs(tokens) do
            if token ~= '' then tell(token, index == 3 and '1' or message) end
        end
    end
end

-- All have entered.
local function open()
    local waiting = {}
    local list = redis.call('HGETALL', entering)
    for index = 1, #list, 2 do waiting[list[index]] = list[index + 1] end
    redis.call('DEL', entering)
    redis.call('HSET', state, 'i', '1')
    is_open = true
    for index, party in ipairs(redis.call('ZRANGE', arrived, 0, -1)) do
        if waiting[party] then tell(waiting[party], '1 ' .. (index - 1) .. ' ' .. round) end
    end
end

-- What follows from who is there.
local function settle()
    local count = parties and redis.call('ZCARD', is_open and inside or arrived)
    if not count then return end
    if is_open then
        if count == 0 then end_round('l') end
    elseif count == 0 then
        forget_parties()
    elseif count >= parties - deaths then
        open()
    end
end

-- A party that gives up before all are in.
local function withdraw(party)
    redis.call('ZREM', inside, party)
    redis.call('ZREM', arrived, party)
    redis.call('HDEL', entering, party)
end

-- Ends what the dead were in, or goes on without them.
local function drop_dead()
    local dead = redis.call('ZRANGEBYSCORE', inside, '-inf', decimal(now_ms), 'LIMIT', 0, most)
    if #dead == 0 then return end
    if not shrinks then return end_round('b') end
    for _, party in ipairs(dead) do
        local waiter = redis.call('HGET', entering, party)
        redis.call('ZREM', inside, party)
        if not is_open then withdraw(party) end
        -- It may live after all, and learn it.
        if waiter then tell(waiter, '2') end
    end
    deaths = deaths + #dead
    redis.call('HSET', state, 'd', deaths)
    settle()
end

-- In how many ms somebody may be found dead who lives now; not all who wait ask at once.
local function next_look(place)
    local first = redis.call('ZRANGE', inside, 0, 0, 'WITHSCORES')[2]
    return first and math.max(1, first - now_ms + 1 + math.min(10 * place, 800)) or 0
end
