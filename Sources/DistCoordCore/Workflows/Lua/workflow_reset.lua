-- Having nodes run again; follows workflow_graph.lua.

-- Counts anew what a node that waits again waits for, once all that are to wait do.
local function count_anew(run, node)
    node.open, node.flags = 0, bit.band(node.flags, 113)  -- always, has needs, has an input, work is done
    if node.kind ~= 3 then
        local needs = names_in(definition_of(run, node.name).n)
        read_nodes(run, needs)
        for _, name in ipairs(needs) do
            local need = node_of(run, name)
            if need and not is_over(need) then
                node.open = node.open + 1
            elseif need and need.state == 3 then
                mark(node, 4)
            elseif need and is_bad(need.state) then
                mark(node, 8)
            end
        end
    end
    local parent = parent_of(run, node)
    if parent and parent.state ~= 2 then node.open = node.open + 1 end
    if node.kind == 1 or has(node, 64) then
        local children = children_of(run, node)
        read_nodes(run, children)
        node.left, node.good, node.bad = 0, 0, 0
        for _, name in ipairs(children) do
            local child = node_of(run, name)
            if child and not is_over(child) then
                node.left = node.left + 1
            elseif child and child.state == 3 then
                node.good = node.good + 1
            elseif child and is_bad(child.state) then
                node.bad = node.bad + 1
            end
        end
    end
    run.changed[node.name] = node
end

-- Has a node wait again, as if it had never begun.
local function wait_again(run, node)
    local parent = parent_of(run, node)
    if parent and is_over(node) then
        -- Of a parent that is in the set, too, this is counted anew.
        parent.left = parent.left + 1
        if node.state == 3 then parent.good = parent.good - 1 elseif is_bad(node.state) then parent.bad = parent.bad - 1 end
        parent.good, parent.bad = math.max(parent.good, 0), math.max(parent.bad, 0)
        run.changed[parent.name] = parent
        if node.kind ~= 3 then
            -- Who still waits for others waits for this one again; in the set that is counted anew.
            local followers = names_in(definition_of(run, node.name).s)
            read_nodes(run, followers)
            for _, name in ipairs(followers) do
                local other = node_of(run, name)
                if other and other.state == 0 then
                    other.open = other.open + 1
                    run.changed[name] = other
                end
            end
        end
    end
    set_state(run, node, 0)
    node.ready_ms, node.ended_ms, node.attempts, node.lost, node.client = 0, 0, 0, 0, ''
    if node.kind == 0 or node.kind == 3 then node.job = 0 end
end

-- Forgets nodes that a map or a task has made.
local function forget(run, node)
    for _, name in ipairs(children_of(run, node)) do
        local child = node_of(run, name)
        if child then
            if child.kind ~= 0 or has(child, 64) then forget(run, child) end
            if child.kind == 0 or child.kind == 3 then
                run.counts[child.state] = (run.counts[child.state] or 0) - 1
            end
            run.nodes[name], run.changed[name], run.outcomes[name] = false, nil, nil
            run.definitions[name] = parts_of('')
            run.forgotten[#run.forgotten + 1] = name
        end
    end
    unmark(node, 192)
    node.left, node.good, node.bad = 0, 0, 0
    if node.kind == 2 then
        node.job = 0
    else
        set_part(run, node, 'c', nil)
    end
end

local function forget_outcome(run, name)
    run.outcomes[name] = nil
    run.old_outcomes[#run.old_outcomes + 1] = name
end

local function first_round(run, node)
    node.round = 0
    if node.kind ~= 1 then return end
    for _, name in ipairs(children_of(run, node)) do first_round(run, node_of(run, name)) end
end

-- Has nodes, and all that is within them, wait for another round of the loop that ends with `last`.
local function rewind(run, names, round, set, last)
    read_nodes(run, names)
    read_definitions(run, names)
    for _, name in ipairs(names) do
        local node = node_of(run, name)
        if node then
            if node.kind == 2 or ((node.kind == 0 or node.kind == 3) and has(node, 64)) then
                forget(run, node)
            elseif node.kind == 1 then
                rewind(run, children_of(run, node), round, set)
            end
            wait_again(run, node)
            set[#set + 1] = node
            node.round = round
            forget_outcome(run, name)
            if has(node, 32) then
                unmark(node, 32)
                forget_outcome(run, name .. '\n')
            end
        end
    end
    -- Loops within this one begin anew.
    for _, name in ipairs(names) do
        local loop = name ~= last and definition_of(run, name).l
        for _, inner in ipairs(loop and names_in((string.match(loop, '^[^\n]*\n%d+\n(.*)$'))) or {}) do
            first_round(run, node_of(run, inner))
        end
    end
end

-- The last task of a loop asks for another round. Returns whether there is one.
local function repeat_loop(run, node, input)
    local loop = definition_of(run, node.name).l
    if not loop then return false end
    local first, at_most, body = string.match(loop, '^([^\n]*)\n(%d+)\n(.*)$')
    if not first or node.round + 1 >= tonumber(at_most) then return false end
    local set, round = {}, node.round + 1
    note(run, 8, 1, node.name, decimal(round))
    rewind(run, names_in(body), round, set, node.name)
    mark(node_of(run, first), 32)
    run.outcomes[first .. '\n'] = '\0' .. input
    for _, one in ipairs(set) do count_anew(run, one) end
    for _, one in ipairs(set) do
        if one.open == 0 and one.state == 0 then decide(run, one) end
    end
    return true
end

-- Whether a node is within something that has succeeded or was skipped, and therefore stays as it is.
local function is_settled(run, node)
    local parent = parent_of(run, node)
    while parent and parent.name ~= '' do
        if parent.state == 3 or parent.state == 5 then return true end
        parent = parent_of(run, parent)
    end
    return false
end

-- Takes up again a run that has ended badly: what succeeded or was skipped stays. Nothing begins before all that is to wait
-- does, and what it waits for is counted.
local function take_up(run)
    local root = node_of(run, '')
    root.state, root.ended_ms = 2, 0
    run.changed[''] = root
    add_work(run, 'r', '')
    add_work(run, 'n', '')
    add_work(run, 't', '')
end
