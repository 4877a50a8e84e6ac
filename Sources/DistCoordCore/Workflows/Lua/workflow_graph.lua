-- How nodes begin and end, and what that means for others; follows workflow_nodes.lua.
local close, settle

-- Whether what becomes of a node is of no matter to the run, because a group is content with less.
local function is_forgiven(run, node)
    local parent = parent_of(run, node)
    while parent and parent.name ~= '' do
        if parent.policy ~= 0 then return true end
        parent = parent_of(run, parent)
    end
    return false
end

-- Has all that waits be cancelled, and what runs be asked to stop. `stopping` '1', or '2' for what always runs, too.
local function stop_run(run, stopping, stopper, reason)
    if run.state >= 3 or (run.stopping or '') >= stopping then return end
    run.stopping, run.stopper = stopping, run.stopper or stopper
    run.state, run.paused = 2, nil
    redis.call('HDEL', run.key, 'paused')
    redis.call('HSET', run.key, 'state', 2, 'stopping', stopping, 'stopper', run.stopper)
    redis.call('HSETNX', run.key, 'reason', reason)
    note(run, 4, 2, '', reason)
    add_work(run, 'k', '')
    add_work(run, 'u', '')
end

-- The run has ended.
local function end_run(run, root)
    local state = root.bad == 0 and 3 or run.stopper == 'u' and 5 or 4
    run.state, run.is_ending = state, true
    redis.call('HSET', run.key, 'state', state, 'ended', decimal(now_ms))
    if state == 3 then redis.call('HDEL', run.key, 'reason') end
    note(run, 1, state, '', '')
end

-- A node ends in a state. `kind` and `text` are its outcome's, when there is one; `client` is who ended it.
function settle(run, node, state, kind, text, client)
    local was_waiting = node.state < 2
    set_state(run, node, state)
    node.ended_ms = now_ms
    if kind then
        node.client = client
        if kind ~= 0 or text ~= '' then run.outcomes[node.name] = string.char(kind) .. text end
    end
    if node.name == '' then return end_run(run, node) end
    local explained = ''
    if state ~= 3 and kind then explained = string.sub(kind == 1 and message_of(text) or text, 1, 400) end
    note(run, 5, state, node.name, explained)
    if (state == 4 or state == 6 and not run.stopping) and (node.kind == 0 or node.kind == 3)
        and not is_forgiven(run, node) then
        local reason = "task '" .. node.name .. (state == 4 and "' failed: " or "' was cancelled: ") .. explained
        redis.call('HSETNX', run.key, 'reason', reason)
        if state == 4 and run.fails_fast and not run.stopping then stop_run(run, '1', 'f', reason) end
    end
    -- A group that ends before it has begun takes its members along.
    if was_waiting and node.kind == 1 and node.left > 0 then add_work(run, 'b', node.name) end
    if node.kind ~= 3 and definition_of(run, node.name).s then add_work(run, 'e', node.name) end
    local parent = parent_of(run, node)
    parent.left = parent.left - 1
    if state == 3 then parent.good = parent.good + 1 elseif is_bad(state) then parent.bad = parent.bad + 1 end
    run.changed[parent.name] = parent
    -- Not at once: who ends by this may be the last of another, and that of another.
    if parent.left == 0 then add_work(run, 'c', parent.name) end
end

-- A node whose children have all ended has ended, too, unless it will get more.
function close(run, node)
    if node.state ~= 2 or node.left > 0 or (node.kind ~= 1 and not has(node, 64)) then return end
    local is_task = node.kind == 0 or node.kind == 3
    if node.name == '' then
        settle(run, node, node.bad == 0 and 3 or 4)
    elseif has(node, 128) then
        settle(run, node, 4, 2, 'its list is not a JSON array of at most ' .. most_items .. ' items', '')
    elseif node.policy == 1 then
        settle(run, node, 3)
    elseif node.policy == 2 and node.good < node.least then
        settle(run, node, 4, 2, node.good .. ' of its members succeeded, ' .. node.least .. ' were to', '')
    elseif node.policy == 0 and node.bad > 0 then
        -- The result of a task whose additions failed is kept: when the run is taken up again it does not run again.
        if is_task then return settle(run, node, 4) end
        settle(run, node, 4, 2, node.bad .. ' of its members did not succeed', '')
    elseif node.policy == 0 and node.good == 0 and not is_task
        and (node.kind == 2 and node.job > 0 or definition_of(run, node.name).c) then
        settle(run, node, 5, 2, 'all of its members were skipped', '')
    else
        settle(run, node, 3)
    end
end

-- Has a task that is ready wait for the end of the pause.
local function hold_back(run, node)
    mark(node, 2)
    run.changed[node.name] = node
    redis.call('RPUSH', base .. 'P:' .. run.id, node.name)
    redis.call('PEXPIRE', base .. 'P:' .. run.id, unended_ms)
end

-- A node begins: a task becomes a job, anything else has its members begin.
local function begin(run, node)
    if (node.kind == 0 or node.kind == 3) and not has(node, 64) then
        if node.state ~= 1 then set_state(run, node, 1) end
        node.ready_ms = now_ms
        run.changed[node.name] = node
        if run.paused then hold_back(run, node) else run.ready[#run.ready + 1] = node end
        return
    end
    set_state(run, node, 2)
    node.ready_ms = now_ms
    if node.kind == 2 and not has(node, 64) then
        add_work(run, 'x', node.name, 1)
    elseif node.left == 0 then
        close(run, node)
    else
        add_work(run, 'o', node.name)
    end
end

-- Nothing that a node waited for is left: it begins, or ends without having begun.
local function decide(run, node)
    local always = has(node, 1)
    if run.stopping and (not always or run.stopping == '2') then
        settle(run, node, 6, 2, 'the run was stopped', '')
    elseif always then
        begin(run, node)
    elseif has(node, 8) then
        settle(run, node, 7, 2, 'something that it needs did not succeed', '')
    elseif has(node, 16) and not has(node, 4) then
        settle(run, node, 5, 2, 'all that it needs was skipped', '')
    else
        begin(run, node)
    end
end

-- One thing less that a node waits for.
local function less_open(run, node)
    if node.state ~= 0 then return end
    node.open = node.open - 1
    run.changed[node.name] = node
    if node.open <= 0 then decide(run, node) end
end

-- What a node needs has ended in a state.
local function need_ended(run, node, state)
    if node.state ~= 0 then return end
    if state == 3 then mark(node, 4) elseif is_bad(state) then mark(node, 8) end
    less_open(run, node)
end
