-- How the end of a job goes on in its run, and writing down what has come of it; follows workflow_work.lua.
local budget = 400           -- nodes that one call deals with
local forgiven_deaths = 3    -- of the workers of a task whose attempts are used up

-- The run of a task and its node, by the tie of its job; nil when there is none.
local function place_in_run(tie)
    local run_id, name = string.match(tie, '^([^\n]*)\n([^\n]*)\n')
    local run = run_id and run_in_hand(run_id)
    if run then return run, node_of(run, name) end
end

-- As `place_in_run`, when the job is still the one by which the task is run.
local function task_of(tie, id)
    local run, node = place_in_run(tie)
    if node and node.state == 1 and node.job == tonumber(string.sub(id, 2)) then return run, node end
end

-- Of tasks whose jobs end, in order: run, name, what they belong to.
local runs_of_tasks, names_of_tasks, parents_of_tasks = {}, {}, {}

-- Reads what the ends of so many tasks will need, together: of each run its nodes, and the definitions of those that others
-- need.
local function prepare(ties, held_by, count)
    local names = {}
    for i = 1, count do
        local run_id, name, parent = string.match(
            held_by[i] and ties[i] or '', '^([^\n]*)\n([^\n]*)\n%d*\n[^\n]*\n([^\n]*)$')
        if run_id then
            local its = names[run_id]
            if not its then
                its = {}
                names[run_id] = its
            end
            its[#its + 1] = name
            runs_of_tasks[i], names_of_tasks[i], parents_of_tasks[i] = run_in_hand(run_id), name, parent
        end
    end
    for run_id, its in pairs(names) do
        local run = run_in_hand(run_id)
        if run then
            read_nodes(run, its)
            local needed = {}
            for i = 1, #its do
                local state = run.nodes[its[i]]
                if state and string.byte(state, 21) == 1 and string.byte(state) == 0 then needed[#needed + 1] = its[i] end
            end
            if #needed > 0 then read_definitions(run, needed) end
        end
    end
end

-- Whether a task was completed with that fence, by an earlier sending. That of a claim that was lost, or whose attempt
-- failed, stands there, too: only of a node that has succeeded, has done its own work, or is in another round, it is
-- that of a completion.
local function was_completed(tie, fence)
    local _, node = place_in_run(tie)
    if not node or node.fence ~= fence then return false end
    return node.state == 3 or has(node, 64) or node.round ~= tonumber(string.match(tie, '^[^\n]*\n[^\n]*\n(%d+)'))
end

-- The nodes for which nothing that a task adds may wait: those that wait for the task.
local function waiting_for(run, node)
    local seen, names, place = {[node.name] = true}, {node.name}, 1
    while names[place] do
        local current = node_of(run, names[place])
        place = place + 1
        if current then
            local behind = current.kind == 3 and {} or names_in(definition_of(run, current.name).s)
            local parent = parent_of(run, current)
            if parent and parent.name ~= '' then behind[#behind + 1] = parent.name end
            if current.kind == 1 and current.name ~= node.name then
                for _, member in ipairs(children_of(run, current)) do
                    -- Members of what waits wait, too; those of what has begun do not.
                    local child = node_of(run, member)
                    if current.state == 0 and child then behind[#behind + 1] = member end
                end
            end
            for _, other in ipairs(behind) do
                if not seen[other] then
                    seen[other] = true
                    names[#names + 1] = other
                end
            end
        end
    end
    return seen
end

-- The nodes that a task has staged to be added with claim number `claim`; nil when one of them cannot be.
local function additions_of(run, node, id, claim)
    local key = base .. 'A:' .. id
    local staged = redis.call('HGETALL', key)
    local parts, added, place_of = {}, {}, {}
    for i = 1, #staged, 2 do
        local its_claim, part = string.match(staged[i], '^(%d+) (%d+)$')
        if its_claim == claim then parts[#parts + 1] = {tonumber(part), staged[i + 1]} end
    end
    table.sort(parts, function(one, other) return one[1] < other[1] end)
    for _, part in ipairs(parts) do
        local text, at, name, state, definition = part[2], 1, nil, nil, nil
        while at <= #text do
            name, state, definition, at = struct.unpack('<I4c0I4c0I4c0', text, at)
            if place_of[name] then return nil end
            place_of[name] = #added + 1
            added[#added + 1] = {node = unpack_state(name, state), definition = parts_of(definition)}
        end
    end
    local names, needs, is_needed = {}, {}, {}
    for i = 1, #added do names[i] = added[i].node.name end
    read_nodes(run, names)
    for i = 1, #added do
        if run.nodes[names[i]] then return nil end
        for _, need in ipairs(names_in(added[i].definition.o)) do
            if place_of[need] then
                -- Of another call: of an earlier one, so that there are no circles over several.
                if place_of[need] > i then return nil end
            elseif not is_needed[need] then
                is_needed[need] = true
                needs[#needs + 1] = need
            end
        end
    end
    read_nodes(run, needs)
    local waiting
    for _, need in ipairs(needs) do
        local other = node_of(run, need)
        if not other then return nil end
        if not is_over(other) then
            waiting = waiting or waiting_for(run, node)
            if waiting[need] then return nil end
        end
    end
    for i = 1, #added do run.nodes[names[i]] = nil end
    return added
end

-- Has nodes that were added be told when a node ends, also one that has ended: it may run again. It may know their
-- names from an earlier round.
local function follow(run, node, names)
    local text = own_parts(run, node).s or ''
    local known, new = {}, {}
    for _, name in ipairs(names_in(text)) do known[name] = true end
    for _, name in ipairs(names) do
        if not known[name] then new[#new + 1] = name .. '\n' end
    end
    if #new == 0 then return end
    set_part(run, node, 's', text .. table.concat(new))
    if node.kind == 0 then
        node.least = 1
        run.changed[node.name] = node
    end
end

-- Adds nodes to the run, as children of a task that has done its own work.
local function add_nodes(run, node, added)
    local children, needs, followers = {}, {}, {}
    for _, addition in ipairs(added) do
        local new, definition = addition.node, addition.definition
        run.nodes[new.name] = new
        if not definition.p then definition = with_part(definition, 'p', node.name) end
        run.definitions[new.name] = definition
        if definition.p == node.name then children[#children + 1] = new.name end
        new.index = run.count
        run.count = run.count + 1
        for _, need in ipairs(names_in(definition.o)) do
            local other = node_of(run, need)
            if not is_over(other) then
                new.open = new.open + 1
            elseif other.state == 3 then
                mark(new, 4)
            elseif is_bad(other.state) then
                mark(new, 8)
            end
            if not followers[need] then
                followers[need] = {}
                needs[#needs + 1] = need
            end
            table.insert(followers[need], new.name)
        end
        if new.kind == 0 then run.counts[0] = (run.counts[0] or 0) + 1 end
        run.changed[new.name] = new
        redis.call('HSET', base .. 'G:' .. run.id, new.name, definition.text)
    end
    for _, need in ipairs(needs) do follow(run, node_of(run, need), followers[need]) end
    redis.call('HSET', run.key, 'nodes', run.count)
    node.left = node.left + #children
    set_part(run, node, 'c', (own_parts(run, node).c or '') .. table.concat(children, '\n') .. '\n')
    note(run, 7, 2, node.name, decimal(#added))
end

-- The task of job `id`, the i-th of those that `prepare` was told of, was completed; `said` is its outcome from the state on.
-- `marks`: 'r' asks for another round of a loop, 'a' says that additions are staged. False when they cannot be added: then
-- nothing has happened.
local function task_completed(i, tie, id, claim, client, said, marks)
    local run = runs_of_tasks[i]
    if not run then return true end
    if marks == '0' and complete_usual(run, names_of_tasks[i], parents_of_tasks[i], id, client, said) then return true end
    local node
    run, node = task_of(tie, id)
    if not run then return true end
    local _, fence, attempts, at = struct.unpack('<BI8B', said)
    local result = string.sub(said, at)
    local added
    if marks ~= '0' and string.find(marks, 'a', 1, true) then
        added = additions_of(run, node, id, claim)
        if not added then return false end
    end
    -- Also what an attempt before this one has staged.
    redis.call('DEL', base .. 'A:' .. id)
    node.fence, node.attempts = fence, attempts
    run.changed[node.name] = node
    if marks ~= '0' and string.find(marks, 'r', 1, true) and repeat_loop(run, node, result) then return true end
    if added and #added > 0 then
        mark(node, 64)
        run.outcomes[node.name], node.client = '\0' .. result, client
        set_state(run, node, 2)
        add_nodes(run, node, added)
        add_work(run, 'o', node.name)
        return true
    end
    settle(run, node, 3, 0, result, client)
    return true
end

-- A job of a run ended otherwise: 1 failed for good, 2 cancelled, 3 skipped.
local function task_ended(tie, id, state, attempts, fence, text, client)
    local run, node = task_of(tie, id)
    if not run then return end
    node.attempts, node.fence = attempts, fence
    run.changed[node.name] = node
    redis.call('DEL', base .. 'A:' .. id)
    if state == 1 and node.lost < forgiven_deaths and not run.stopping
        and string.sub(text, 3, 13) == 'worker lost' then
        node.lost = node.lost + 1
        note(run, 6, 1, node.name, message_of(text))
        begin(run, node)
    elseif state == 1 then
        settle(run, node, 4, 1, text, client)
    else
        settle(run, node, state == 2 and 6 or 5, 2, text, client)
    end
end

-- An attempt at a task failed, and there will be another.
local function task_retried(tie, id, failure)
    local run, node = task_of(tie, id)
    if not run then return end
    redis.call('DEL', base .. 'A:' .. id)
    note(run, 6, 1, node.name, string.sub(message_of(failure), 1, 400))
end

-- Writes a run down as it has become.
local function write_run(run)
    local id = run.id
    local outcomes, forgotten = {}, run.forgotten
    local written = run.written
    -- Behind those that were not taken apart: one that was taken apart after all is as it is now.
    for name, node in pairs(run.changed) do written[#written + 1], written[#written + 2] = name, pack_state(node) end
    for first = 1, #written, 1000 do
        redis.call('HSET', base .. 'T:' .. id, unpack(written, first, math.min(first + 999, #written)))
    end
    for first = 1, #forgotten, 1000 do
        local some = {unpack(forgotten, first, math.min(first + 999, #forgotten))}
        redis.call('HDEL', base .. 'T:' .. id, unpack(some))
        redis.call('HDEL', base .. 'G:' .. id, unpack(some))
        redis.call('HDEL', base .. 'O:' .. id, unpack(some))
    end
    for first = 1, #run.old_outcomes, 1000 do
        redis.call('HDEL', base .. 'O:' .. id, unpack(run.old_outcomes, first, math.min(first + 999, #run.old_outcomes)))
    end
    for name, outcome in pairs(run.outcomes) do
        outcomes[#outcomes + 1], outcomes[#outcomes + 2] = name, outcome
        if #outcomes == 1000 then
            redis.call('HSET', base .. 'O:' .. id, unpack(outcomes))
            outcomes = {}
        end
    end
    if #outcomes > 0 then redis.call('HSET', base .. 'O:' .. id, unpack(outcomes)) end
    if run.completed > 0 then
        run.counts[1], run.counts[3] = (run.counts[1] or 0) - run.completed, (run.counts[3] or 0) + run.completed
    end
    for state, change in pairs(run.counts) do
        if change ~= 0 then redis.call('HINCRBY', run.key, 'n' .. state, change) end
    end
    run.changed, run.written, run.completed, run.counts = {}, {}, 0, {}
    run.forgotten, run.outcomes, run.old_outcomes = {}, {}, {}
end

-- Tells what happened.
local function publish_news(run)
    local news = run.news
    if #news == 0 then return end
    run.news = {}
    local key = base .. 'H:' .. run.id
    local length = 0
    for first = 1, #news, 1000 do length = redis.call('RPUSH', key, unpack(news, first, math.min(first + 999, #news))) end
    if length > most_events + 1000 then redis.call('LTRIM', key, -most_events, -1) end
    run.events = run.events + #news
    redis.call('HSET', run.key, 'events', decimal(run.events))
    redis.call('PUBLISH', key .. ':changes', decimal(run.events))
end

-- Gives the keys of a run their time.
local function keep_run(run, ms)
    for _, letter in ipairs({'R:', 'T:', 'G:', 'O:', 'H:', 'M:', 'P:'}) do
        redis.call('PEXPIRE', base .. letter .. run.id, decimal(ms))
    end
    redis.call('HSET', run.key, 'kept', decimal(now_ms))
end

-- The run has ended: those who wait for that are told.
local function finish_run(run)
    run.is_ending = false
    local retention, waiters = unpack(redis.call('HMGET', run.key, 'retention', 'w'))
    redis.call('HDEL', run.key, 'w', 'paused')
    redis.call('DEL', base .. 'M:' .. run.id, base .. 'P:' .. run.id)
    run.work, run.first, run.last = {}, 1, 0
    keep_run(run, tonumber(retention))
-- include artifact_expire
    for token in string.gmatch(waiters or '', '%S+') do tell(token, 'B') end
end

-- Writes down what is left to be done.
local function write_work(run)
    local key, left = base .. 'M:' .. run.id, {}
    while run.work[run.first] do
        local what, name, offset = unpack(run.work[run.first])
        left[#left + 1] = what .. ' ' .. decimal(offset) .. ' ' .. name
        run.first = run.first + 1
        if #left == 1000 or not run.work[run.first] then
            redis.call('RPUSH', key, unpack(left))
            left = {}
        end
    end
    if redis.call('EXISTS', key) == 0 then return end
    redis.call('PEXPIRE', key, unended_ms)
    if not run.had_work then redis.call('RPUSH', base .. 'm', 'G' .. run.id) end
end

-- Does what there is to be done for the runs in hand, and writes them down.
local function write_runs()
    for id, run in pairs(runs_in_hand) do
        if run then
            -- First, so that a server that is out of memory allows what follows.
            if run.had_work then redis.call('DEL', base .. 'M:' .. id) end
            do_work(run, budget)
            make_jobs(run)
            write_run(run)
            write_work(run)
            publish_news(run)
            if run.is_ending then finish_run(run) elseif run.kept + 3600000 < now_ms then keep_run(run, unended_ms) end
        end
    end
    runs_in_hand = {}
end
