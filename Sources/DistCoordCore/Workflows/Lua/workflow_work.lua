-- What follows when nodes begin and end, some hundred nodes at a time; follows workflow_jobs.lua. What is left is done
-- by the next
-- calls on the queue: `next_event` says that there is something.

-- Kinds of work: each does some from `offset` on, and returns where to go on, nil when it is done, and what of the budget is
-- left.
local work = {}

-- A node has ended: those that need it have one thing less to wait for.
function work.e(run, name, offset, budget)
    local node = node_of(run, name)
    if not node or not is_over(node) then return nil, budget end
    local names, rest = names_from(definition_of(run, name).s, offset, budget)
    read_nodes(run, names)
    for _, its_name in ipairs(names) do
        local other = node_of(run, its_name)
        if other then need_ended(run, other, node.state) end
    end
    return rest, budget - #names
end

-- Calls `body` with the nodes of one page of a scan of all, but the run's own.
local function with_page(run, cursor, budget, body)
    local page = redis.call('HSCAN', base .. 'T:' .. run.id, decimal(cursor), 'COUNT', 200)
    local names = {}
    for i = 1, #page[2], 2 do
        if page[2][i] ~= '' then names[#names + 1] = page[2][i] end
    end
    read_nodes(run, names)
    read_definitions(run, names)
    for _, name in ipairs(names) do
        local node = node_of(run, name)
        if node then body(node) end
    end
    cursor = tonumber(page[1])
    return cursor > 0 and cursor or nil, budget - #names
end

-- Calls `body` with some children of a node that are there.
local function with_children(run, node, offset, budget, body)
    local names, rest = children_from(run, node, offset, budget)
    read_nodes(run, names)
    for _, name in ipairs(names) do
        local child = node_of(run, name)
        if child then body(child) end
    end
    return rest, budget - #names
end

-- A node has begun: so may its members. Those outside groups have nothing but their needs to wait for.
function work.o(run, name, offset, budget)
    local node = node_of(run, name)
    if not node or node.state ~= 2 then return nil, budget end
    local names, rest = children_from(run, node, offset, budget)
    local dealt_with, others = #names, names
    if not run.stopping and not run.paused then
        -- Kind, state, flags, policy; how many things it waits for.
        others = open_usual(run, name, names, name ~= '' and '\0\0\0\0\1\0\0\0' or '\0\0\0\0\0\0\0\0')
    end
    read_nodes(run, others)
    for _, its_name in ipairs(others) do
        local child = node_of(run, its_name)
        if child and name ~= '' then
            less_open(run, child)
        elseif child and child.state == 0 and child.open == 0 then
            decide(run, child)
        end
    end
    return rest, budget - dealt_with
end

-- A group has ended before it began: so do its members.
function work.b(run, name, offset, budget)
    local node = node_of(run, name)
    if not node or not is_over(node) then return nil, budget end
    return with_children(run, node, offset, budget, function(child)
        if child.state == 0 then settle(run, child, node.state, 2, 'its group did not begin', '') end
    end)
end

-- Whether there is anything left to be done but to close the run.
local function has_other_work(run)
    for i = run.first + 1, run.last do
        if run.work[i][1] ~= 'c' or run.work[i][2] ~= '' then return true end
    end
    return false
end

-- The last of a node's children has ended. The run itself ends last of all: groups within a group that did not begin may
-- still have members that do not know it.
function work.c(run, name, offset, budget)
    local node = node_of(run, name)
    if name == '' and has_other_work(run) then
        add_work(run, 'c', '')
    elseif node then
        close(run, node)
    end
    return nil, budget - 1
end

-- A run that is taken up has those nodes wait again that neither succeeded nor were skipped, are in nothing that has
-- succeeded, and belong to what runs again. The offset is the cursor of a scan, as in the two steps that follow.
function work.r(run, name, offset, budget)
    return with_page(run, offset, budget, function(node)
        if node.state ~= 0 and node.state ~= 3 and node.state ~= 5 and not is_settled(run, node) then
            if node.kind == 2 and has(node, 128) then forget(run, node) end
            -- The result of a task whose additions failed stays: it is not run again.
            if not has(node, 64) or node.kind == 2 then forget_outcome(run, node.name) end
            wait_again(run, node)
        end
    end)
end

-- Then it is counted what they wait for,
function work.n(run, name, offset, budget)
    return with_page(run, offset, budget, function(node)
        if node.state == 0 then count_anew(run, node) end
    end)
end

-- and those begin that wait for nothing.
function work.t(run, name, offset, budget)
    return with_page(run, offset, budget, function(node)
        if node.state == 0 and node.open == 0 then decide(run, node) end
    end)
end

-- A map makes its tasks.
function work.x(run, name, offset, budget)
    local map = node_of(run, name)
    if not map or map.state ~= 2 or has(map, 64) then return nil, budget end
    local made = map.job
    local next_offset, rest = expand(run, map, offset, budget)
    run.changed[name] = map
    if not next_offset then
        note(run, 7, 2, name, decimal(map.job))
        close(run, map)
    end
    return next_offset, math.min(rest, budget - (map.job - made))
end

-- The run is being stopped: what nobody has claimed is cancelled, and who has claimed something is asked to stop. The offset
-- is the cursor of a scan.
function work.k(run, name, offset, budget)
    if not run.stopping then return nil, budget end
    return with_page(run, offset, budget, function(node)
        if node.state == 1 and (run.stopping == '2' or not has(node, 1)) then
            local id = 'w' .. decimal(node.job)
            local holder = node.job > 0 and redis.call('HGET', base .. 'x', id)
            if holder then
                redis.call('HSET', base .. 'X', id, 'the run was stopped')
                tell(string.match(holder, ' (%S*)') .. ':0', 'X ' .. base .. ' ' .. id)
            else
                if node.job > 0 then withdraw(run, node) end
                settle(run, node, 6, 2, 'the run was stopped', '')
            end
        end
    end)
end

-- A pause: what nobody has claimed is held back.
function work.p(run, name, offset, budget)
    if not run.paused then return nil, budget end
    return with_page(run, offset, budget, function(node)
        if node.state == 1 and node.job > 0 and not has(node, 2)
            and redis.call('HEXISTS', base .. 'x', 'w' .. decimal(node.job)) == 0 then
            withdraw(run, node)
            node.job = 0
            hold_back(run, node)
        end
    end)
end

-- A pause is over: what was held back goes on.
function work.u(run, name, offset, budget)
    if run.paused then return nil, budget end
    local names = redis.call('LPOP', base .. 'P:' .. run.id, math.min(budget, 200)) or {}
    read_nodes(run, names)
    for _, held in ipairs(names) do
        local node = node_of(run, held)
        if node and node.state == 1 and has(node, 2) then
            unmark(node, 2)
            run.changed[held] = node
            decide(run, node)
        end
    end
    return #names > 0 and 1 or nil, budget - #names
end

-- Does up to `budget` of the work of a run; returns what is left of it.
local function do_work(run, budget)
    while budget > 0 do
        local entry = run.work[run.first]
        if not entry then break end
        local offset, rest = work[entry[1]](run, entry[2], entry[3], budget)
        budget = math.min(rest, budget - 1)
        if offset then
            -- There is more of this: after what came of it so far would be as well, but so the order stays.
            entry[3] = offset
            if budget <= 0 then break end
        else
            run.work[run.first] = nil
            run.first = run.first + 1
        end
    end
    return budget
end
