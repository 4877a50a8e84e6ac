-- Shared by the scripts of barriers.
--
-- state    hash: p parties, g generation, b '1' when broken, w token of who broke it by giving up, n the last arrival's
--          number, x the last generation that ended without a release, a token of the party that runs the action, u
--          until when it is taken to live (ms)
-- present  sorted set: tokens of those who wait in this generation, score = number on arrival
-- acting   sorted set: tokens of a generation that is complete and whose action runs, score = index; those who arrive
--          meanwhile wait in `present` for the next
-- released sorted set: tokens released lately, score = generation * span + index; answers those who missed the message
-- Messages, and answers that are alike: "0" ask again, "1 <index> <generation>" all are there, "2" broken.
local state, present, released, acting = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local retention_ms = 86400000
local waiting_ms = 600000 -- those who wait ask again every few seconds, which puts this off
local act_ms = 5000 -- how long an action runs before its party has to say that it lives
local span = 1048576
local chunk = 500
local remembered = 4096 -- released tokens, at least

local fields = redis.call('HMGET', state, 'p', 'g', 'b', 'w', 'x', 'a', 'u', 'n')
local parties, generation, is_broken = tonumber(fields[1]), tonumber(fields[2] or 0), fields[3] == '1'
local breaker, unreleased = fields[4], tonumber(fields[5] or -1)
local actor, act_end, arrivals = fields[6], tonumber(fields[7] or 0), tonumber(fields[8] or 0)

-- Ends the generation for all who wait: they are told that it is broken.
local function end_generation()
    local waiting, bound = redis.call('ZRANGE', present, 0, -1), redis.call('ZRANGE', acting, 0, -1)
    redis.call('DEL', present, acting)
    redis.call('HDEL', state, 'a', 'u')
    actor = nil
    for _, token in ipairs(waiting) do tell(token, '2') end
    for _, token in ipairs(bound) do tell(token, '2') end
end

-- Breaks it; `who` has given up.
local function break_up(who)
    end_generation()
    redis.call('HSET', state, 'b', '1', 'g', generation, 'w', who or '')
    redis.call('PEXPIRE', state, retention_ms)
    is_broken, breaker = true, who
end

-- Whoever ran the action has died, or was stopped for so long that it looks like that.
local function end_dead_act()
    if actor and now_ms >= act_end then break_up() end
end

-- Where a released party came out.
local function arrival(token)
    local score = redis.call('ZSCORE', released, token)
    return score and {1, score % span, math.floor(score / span)}
end

-- Releases these, in this order, and tells all but one. Written down before it is told, lest a server that has run out
-- of memory in between has told what is not so.
local function release(tokens, but)
    for first = 1, #tokens, chunk do
        local pairs_of = {}
        for index = first, math.min(first + chunk - 1, #tokens) do
            pairs_of[#pairs_of + 1] = decimal(generation * span + index - 1)
            pairs_of[#pairs_of + 1] = tokens[index]
        end
        redis.call('ZADD', released, unpack(pairs_of))
    end
    redis.call('ZREMRANGEBYRANK', released, 0, -math.max(remembered, 2 * #tokens) - 1)
    redis.call('PEXPIRE', released, waiting_ms)
    redis.call('HSET', state, 'g', generation + 1)
    for index, token in ipairs(tokens) do
        if token ~= but then tell(token, '1 ' .. (index - 1) .. ' ' .. generation) end
    end
end
