-- Taking the list of a map apart; follows workflow_graph.lua. Only as much of JSON is understood as is needed to see
-- where an item ends: the items are passed on as they are written.

-- Where the text of a string that begins at `at` ends.
local function string_end(text, at)
    at = at + 1
    while true do
        local found = string.find(text, '["\\]', at)
        if not found then return nil end
        if string.byte(text, found) == 34 then return found end
        at = found + 2
    end
end

-- Where the item that begins at `at` ends, and how many steps that took; nil when it does not.
local function item_end(text, at)
    local byte = string.byte(text, at)
    if byte == 34 then return string_end(text, at), 1 end
    if byte ~= 91 and byte ~= 123 then
        local stop = string.find(text, '[%s,%]]', at)
        if not stop or stop == at or string.find(text, '^[^%w%-]', at) then return nil end
        return stop - 1, 1
    end
    local depth, steps = 0, 0
    while at do
        steps = steps + 1
        byte = string.byte(text, at)
        if byte == 34 then
            at = string_end(text, at)
            if not at then return nil end
        elseif byte == 91 or byte == 123 then
            depth = depth + 1
        else
            depth = depth - 1
            if depth == 0 then return at, steps end
        end
        at = string.find(text, '["%[%]{}]', at + 1)
    end
end

-- The list of a map; nil when there is none.
local function list_of(run, map)
    local definition = definition_of(run, map.name)
    if definition.x then return definition.x end
    local outcome = run.outcomes[definition.f] or redis.call('HGET', base .. 'O:' .. run.id, definition.f or '')
    local kind, bytes
    if outcome then kind, bytes = outcome_of(outcome) end
    -- Why a task failed or was skipped is no list, whatever it looks like.
    return kind == 0 and bytes or nil
end

-- Finds the items of a map from place `at` in its list on. Returns for each its text and where it begins, then the place to go
-- on from, nil when these are the last, and what of the budget is left.
local function items_from(map, text, at, budget)
    local items, index = {}, map.job
    while budget > 0 do
        at = string.find(text, '%S', at)
        if at and string.byte(text, at) == 93 and index == 0 then
            if string.find(text, '%S', at + 1) then mark(map, 128) end
            return items, nil, budget
        end
        local stop, steps
        if at then stop, steps = item_end(text, at) end
        local behind = stop and string.find(text, '%S', stop + 1)
        local byte = behind and string.byte(text, behind)
        if (byte ~= 44 and byte ~= 93) or index >= most_items then
            mark(map, 128)
            return items, nil, budget
        end
        items[#items + 1], items[#items + 2] = string.sub(text, at, stop), at
        index = index + 1
        budget = budget - steps - 1
        at = behind + 1
        if byte == 93 then
            if string.find(text, '%S', at) then mark(map, 128) end
            return items, nil, budget
        end
    end
    return items, at, 0
end

local make_usual_items  -- in workflow_usual.lua

-- Makes tasks for the items of a map, from place `at` in its list on. Returns the place to go on from, nil when all are
-- made, and what of the budget is left.
local function expand(run, map, at, budget)
    local text = list_of(run, map) or ''
    if at == 1 then
        at = string.match(text, '^%s*%[()')
        if not at then
            mark(map, 192)
            return nil, budget
        end
    end
    local items
    items, at, budget = items_from(map, text, at, budget)
    if not make_usual_items(run, map, items) then
        for i = 1, #items, 2 do
            local item = {
                name = map.name .. '[' .. map.job .. ']', kind = 3, state = 0, flags = map.flags % 2, policy = 0, open = 0,
                left = 0, good = 0, bad = 0, least = items[i + 1], index = map.job, ready_ms = 0, ended_ms = 0, fence = 0,
                job = 0, attempts = 0, lost = 0, round = map.round, client = '', text = items[i], map = map.name,
            }
            run.nodes[item.name] = item
            run.counts[0] = (run.counts[0] or 0) + 1
            map.job = map.job + 1
            map.left = map.left + 1
            decide(run, item)
        end
    end
    if not at then mark(map, 64) end
    return at, budget
end
