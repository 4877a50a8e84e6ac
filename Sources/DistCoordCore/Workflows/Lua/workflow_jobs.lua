-- Tasks become jobs; follows workflow_graph.lua.
local inline_inputs, inline_input_bytes = 8, 4096

-- What a task is given of those that it needs, as job.h's payload carries it.
local function inputs_block(run, node, definition)
    local needs = names_in(definition.n)
    if definition.f then
        -- The list itself is not passed on: each has its item.
        for i = #needs, 1, -1 do
            if needs[i] == definition.f then table.remove(needs, i) end
        end
    end
    local input = has(node, 32) and (run.outcomes[node.name .. '\n']
        or redis.call('HGET', base .. 'O:' .. run.id, node.name .. '\n'))
    if #needs == 0 and not input then return '\0' end
    if node.kind == 3 or #needs > inline_inputs then return '\1' end
    read_nodes(run, needs)
    for i = 1, #needs do
        local need = node_of(run, needs[i])
        if not need or need.kind ~= 0 then return '\1' end
    end
    local parts, bytes = {'\2'}, 0
    local function add(need, state, text)
        bytes = bytes + #text
        parts[#parts + 1] = struct.pack('<I2', #need) .. need .. struct.pack('<I2', #need) .. need
            .. struct.pack('<BBI4', 0, state, #text) .. text
    end
    if input then
        local _, text = outcome_of(input)
        add('', 3, text)
    end
    local outcomes = #needs > 0 and redis.call('HMGET', base .. 'O:' .. run.id, unpack(needs)) or {}
    for i = 1, #needs do
        local outcome, text = run.outcomes[needs[i]] or outcomes[i], ''
        if outcome then
            local kind, said = outcome_of(outcome)
            text = kind == 1 and message_of(said) or said
        end
        add(needs[i], node_of(run, needs[i]).state, text)
        if bytes > inline_input_bytes then return '\1' end
    end
    return table.concat(parts)
end

-- The item that a node of a map was made for.
local function item_of(run, node)
    if node.text then return node.text end
    local map = node_of(run, map_of_item(node))
    local text = run.lists[map.name]
    if not text then
        text = list_of(run, map) or ''
        run.lists[map.name] = text
    end
    local stop = item_end(text, node.least)
    return string.sub(text, node.least, stop or node.least - 1)
end

-- What the jobs of a task, or of all tasks of a map, have in common.
local function template_of(definition)
    local template = rawget(definition, 'template')
    if template then return template end
    -- All parts in one go: each is needed.
    local text, at, parts = definition.text, 1, {}
    while at < #text do
        local letter, size, start = struct.unpack('<BI4', text, at)
        at = start + size
        parts[letter] = string.sub(text, start, at - 1)
    end
    local head, ties, arguments = parts[104], parts[116] or '', parts[97] or ''
    local flags, _, attempts = string.byte(head, 1, 3)
    template = {
        flags = flags, attempts = attempts, rest = string.sub(head, 4), ties = ties, delay = tonumber(parts[100] or 0),
        arguments = struct.pack('<I4', #arguments) .. arguments, group = parts[112] or '',
        -- Those that need capabilities, have a key or belong to a worker find their place by their ties.
        is_plain = not parts[100] and (ties == '' or not string.find(ties, '^[CWK]')),
        priority = bit.band(flags, 8) == 0 and '0' or decimal((struct.unpack('<i4', head, 4))), needs = parts[110] ~= nil,
    }
    rawset(definition, 'template', template)
    return template
end

-- Makes the jobs of all tasks that have become ready.
local function make_jobs(run)
    local ready = run.ready
    run.ready, run.lists = {}, {}
    local names, fields, at_once, priority = {}, {}, {}, nil
    for i = 1, #ready do names[i] = ready[i].kind == 3 and map_of_item(ready[i]) or ready[i].name end
    read_definitions(run, names)
    local stamp = struct.pack('<I6', now_ms)
    local function flush()
        for first = 1, #at_once, 500 do
            put_run('RPUSH', priority, '', {unpack(at_once, first, math.min(first + 499, #at_once))})
        end
        at_once = {}
    end
    local function write()
        if #fields > 0 then redis.call('HSET', base .. 'j', unpack(fields)) end
        fields = {}
    end
    for i = 1, #ready do
        local node, definition = ready[i], run.definitions[names[i]]
        -- It may have been ended since.
        if node.state == 1 and definition.text ~= '' then
            local template = template_of(definition)
            local number = next_number()
            last_number = number
            local id, parent = 'w' .. decimal(number), template.group
            node.job = number
            run.changed[node.name] = node
            local item, index = '\255\255\255\255', '-1'
            if node.kind == 3 then
                local text = item_of(run, node)
                item, index, parent = struct.pack('<I4', #text) .. text, node.index, names[i]
            end
            local tie = table.concat({run.id, node.name, node.round, index, parent}, '\n')
            local inputs = '\0'
            if template.needs or has(node, 32) then inputs = inputs_block(run, node, definition) end
            local payload, flags = template.arguments .. item .. inputs, template.flags
            if #payload > 65536 then
                flags = flags + 4
                redis.call('SET', base .. 'b:' .. id, payload)
                payload = ''
            end
            local record = stamp .. string.char(flags, math.min(node.attempts + 1, template.attempts), template.attempts)
                .. template.rest .. struct.pack('<I2', #template.ties + 3 + #tie) .. template.ties
                .. struct.pack('<BI2', 71, #tie) .. tie .. payload
            fields[#fields + 1], fields[#fields + 2] = id, record
            if template.is_plain then
                if template.priority ~= priority then flush() end
                priority = template.priority
                at_once[#at_once + 1] = id
                if #fields >= 1000 then write() end
            else
                write()
                local due = template.delay > 0 and now_ms + template.delay or nil
                rare().enter(id, record, due)
                if due then watch(due) end
            end
        end
    end
    write()
    flush()
    if #ready > 0 then redis.call('HSET', base .. 'c', 'n', decimal(last_number)) end
end

-- Takes the job of a task back that nobody has claimed.
local function withdraw(run, node)
    local id = 'w' .. decimal(node.job)
    local record = redis.call('HGET', base .. 'j', id)
    if not record or record == '' then return end
    node.attempts = math.max(string.byte(record, 8) - 1, 0)
-- include queue_remove
    take_away(id, record)
end
