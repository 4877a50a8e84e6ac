-- The usual tasks, of which a group or a map has ten thousand: one that waited for its group alone becomes ready, an item
-- is made, one that is ready is completed. Their states are not taken apart for that, and no tables are made of them. What
-- is done here is what `less_open`, `make_jobs` and `settle` would do; all else is left to these. Follows workflow_jobs.lua.

-- What is the same in all that one call deals with.
local now_packed = struct.pack('<I6', now_ms)
local no_item, no_inputs, inputs_apart = '\255\255\255\255', '\0', '\1'
local completed_note = '5' .. now_text .. '3 '

-- What the job of a task has behind its stamp and before its ties, and its arguments with their length; nil when it is more
-- than its definition's first parts that make the job: then it is not a usual one.
local function job_parts_of(definition)
    local letter, size, at = struct.unpack('<BI4', definition)
    -- First the group and what it needs, when there are any.
    if letter == 112 then letter, size, at = struct.unpack('<BI4', definition, at + size) end
    if letter == 110 then letter, size, at = struct.unpack('<BI4', definition, at + size) end
    if letter ~= 104 then return nil end
    local stop = at + size
    local flags, behind = string.byte(definition, at), string.byte(definition, stop)
    -- It has a priority; it has ties, or a delay, which would follow.
    if flags % 16 >= 8 or behind == 116 or behind == 100 then return nil end
    local head, arguments = string.sub(definition, at, stop - 1), '\0\0\0\0'
    if behind == 97 then
        size = struct.unpack('<I4', definition, stop + 1)
        -- Kept apart.
        if size > 60000 then return nil end
        arguments = string.sub(definition, stop + 1, stop + 4 + size)
    end
    return head, arguments
end

-- Puts the jobs of usual tasks where they are claimed; `number` is the next one.
local function enter_usual(run, ids, fields, number)
    if #ids == 0 then return end
    last_number = number - 1
    redis.call('HSET', base .. 'c', 'n', decimal(last_number))
    for first = 1, #fields, 1000 do
        redis.call('HSET', base .. 'j', unpack(fields, first, math.min(first + 999, #fields)))
    end
    put_run('RPUSH', '0', '', ids)
    run.counts[1] = (run.counts[1] or 0) + #ids
end

-- Has the members of a node that has begun become ready, as far as they are usual tasks: their states begin with
-- `waits_for`. Returns the names of the others.
local function open_usual(run, parent, names, waits_for)
    if #names == 0 then return names end
    -- Those that became ready before stay before these.
    if #run.ready > 0 then make_jobs(run) end
    local nodes, written, others = run.nodes, run.written, {}
    local states = redis.call('HMGET', base .. 'T:' .. run.id, unpack(names))
    local definitions = redis.call('HMGET', base .. 'G:' .. run.id, unpack(names))
    local fields, ids, number = {}, {}, next_number()
    local tie_begin, tie_end = run.id .. '\n', '\n0\n-1\n' .. parent
    for i = 1, #names do
        local name, head, arguments = names[i], nil, nil
        local state, definition = nodes[name], definitions[i]
        if state == nil then
            state = states[i]
            nodes[name] = state
        end
        if definition and type(state) == 'string' and string.sub(state, 1, 8) == waits_for
            and string.sub(state, 57, 60) == '\0\0\0\0' then
            head, arguments = job_parts_of(definition)
        end
        if head then
            state = '\0\1\0\0\0\0\0\0' .. string.sub(state, 9, 28) .. now_packed .. struct.pack('<I8', number)
                .. string.sub(state, 43)
            nodes[name] = state
            written[#written + 1], written[#written + 2] = name, state
            local id, tie = 'w' .. decimal(number), tie_begin .. name .. tie_end
            ids[#ids + 1] = id
            fields[#fields + 1], fields[#fields + 2] = id, now_packed .. head
                .. struct.pack('<I2BI2', #tie + 3, 71, #tie) .. tie .. arguments .. no_item .. no_inputs
            number = number + 1
        else
            others[#others + 1] = name
        end
    end
    enter_usual(run, ids, fields, number)
    run.counts[0] = (run.counts[0] or 0) - #ids
    return others
end

-- Makes usual tasks of the next items of a map; `items` has for each its text and where in the list it begins. False when
-- they are not usual ones.
function make_usual_items(run, map, items)
    local definition = definition_of(run, map.name)
    local head, arguments = job_parts_of(definition.text)
    if not head or run.stopping or run.paused then return false end
    for i = 1, #items, 2 do
        -- With its arguments it would be kept apart.
        if #items[i] + #arguments > 60000 then return false end
    end
    if #run.ready > 0 then make_jobs(run) end
    -- What it needs besides its list is fetched.
    local inputs = (definition.n or '') == (definition.f and definition.f .. '\n' or '') and no_inputs or inputs_apart
    local nodes, written = run.nodes, run.written
    local fields, ids, number, index, flags = {}, {}, next_number(), map.job, map.flags % 2
    local tie_begin, tie_middle, tie_end = run.id .. '\n', '\n' .. map.round .. '\n', '\n' .. map.name
    for i = 1, #items, 2 do
        local name, text = map.name .. '[' .. index .. ']', items[i]
        local state = struct.pack('<BBI2I4I4I4I4I4I4I6I8I6I8I2I2', 3, 1, flags, 0, 0, 0, 0, items[i + 1], index, now_ms, number,
            0, 0, 0, map.round)
        nodes[name] = state
        written[#written + 1], written[#written + 2] = name, state
        local id, tie = 'w' .. decimal(number), tie_begin .. name .. tie_middle .. index .. tie_end
        ids[#ids + 1] = id
        fields[#fields + 1], fields[#fields + 2] = id, now_packed .. head
            .. struct.pack('<I2BI2', #tie + 3, 71, #tie) .. tie .. arguments .. struct.pack('<I4', #text) .. text .. inputs
        number, index = number + 1, index + 1
    end
    enter_usual(run, ids, fields, number)
    map.job, map.left = index, map.left + #ids
    return true
end

-- Job `id` completes a task that belongs to `parent`; `said` is its outcome from the state on. False when it is not a usual
-- one.
local function complete_usual(run, name, parent, id, client, said)
    local text = run.nodes[name]
    if type(text) ~= 'string' then return false end
    local kind, state = string.byte(text, 1, 2)
    if state ~= 1 or struct.unpack('<I8', text, 35) ~= tonumber(string.sub(id, 2)) then return false end
    -- Fence and number of the attempt are in both one behind the other.
    local ended = (kind == 3 and '\3\3' or '\0\3') .. string.sub(text, 3, 42) .. now_packed .. string.sub(said, 2, 10)
        .. string.sub(text, 58, 60) .. client
    local written = run.written
    run.nodes[name] = ended
    written[#written + 1], written[#written + 2] = name, ended
    run.completed = run.completed + 1
    if #said > 10 then run.outcomes[name] = '\0' .. string.sub(said, 11) end
    run.news[#run.news + 1] = completed_note .. name .. '\n'
    -- Somebody needs it.
    if kind == 0 and string.byte(text, 21) == 1 then add_work(run, 'e', name) end
    local its = node_of(run, parent)
    its.left, its.good = its.left - 1, its.good + 1
    run.changed[parent] = its
    if its.left == 0 then add_work(run, 'c', parent) end
    return true
end
