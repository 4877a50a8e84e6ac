-- What was noted of a call; follows once.lua, apart because most calls do not ask, and functions take time to make.

-- What `once` would return, without making the call: for where a check refuses it, perhaps because of what it did itself
-- when it was made.
local function noted(lane, number)
    local last, said = string.match(redis.call('GET', lane) or '', '^(%d+) (.*)$')
    if not last or tonumber(last) < tonumber(number) then return nil end
    return last == number and said or ''
end

-- Marks a call as undone, whether it was made, was undone before or is still on its way.
-- Returns the answer noted for it; '' when it was not made, or when nobody can tell any more.
local function undone(lane, number, ms)
    local said = noted(lane, number)
    if said ~= '' then redis.call('SET', lane, number .. ' ', 'PX', ms or lane_ms) end
    return said or ''
end
