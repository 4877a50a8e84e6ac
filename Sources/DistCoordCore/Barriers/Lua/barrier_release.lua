-- Shared by the scripts of barriers.
--
-- state    hash: p parties, g generation, b '1' when broken, n the last arrival's number
-- present  sorted set: tokens of those who wait in this generation, score = number on arrival
-- released sorted set: tokens of the generation released last, score = index; answers those who missed the message
local retention_ms = 86400000
local waiting_ms = 600000 -- those who wait ask again every few seconds, which puts this off

local function end_generation(message)
    for _, token in ipairs(redis.call('ZRANGE', present, 0, -1)) do tell(token, message) end
    redis.call('DEL', present)
end

-- Where a party stands that has asked before: {1, index, generation}: released; {0, generation}: waiting; {2}: broken;
-- nil: not known.
local function standing(token)
    local index = redis.call('ZSCORE', released, token)
    local generation = tonumber(redis.call('HGET', state, 'g') or 0)
    if index then return {1, tonumber(index), generation - 1} end
    if redis.call('ZSCORE', present, token) then return {0, generation} end
    if redis.call('HGET', state, 'b') == '1' then return {2} end
    return nil
end
