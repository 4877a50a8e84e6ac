-- What a task is given of those that it needs, some at a time.
-- KEYS 1 see queue_keys.lua
-- ARGV 1 run, 2 name of the task, 3 which of its needs, from 0, 4 where in what that one gives, '0' at first
-- Returns 0: no such run or task. Otherwise {next need, where in it, '-1' at the end, then for each: need, task, '1'
--      when the need gives any number, state, outcome}; one that gives any number, and has given none, is one with the
--      task ''.
-- include clock
-- include mailbox
-- include queue_keys
-- include queue_jobs
local most, most_bytes = 2000, 1048576
local read = graphs()
local run, name = read.run(ARGV[1]), ARGV[2]
if not run or not read.node(run, name) then return 0 end
local node, definition = read.node(run, name), read.definition(run, name)
local needs = {}
if bit.band(node.flags, 32) ~= 0 then needs[1] = '' end
for need in string.gmatch(definition.n or '', '[^\n]+') do
    if need ~= definition.f then needs[#needs + 1] = need end
end

local index, entries, bytes = tonumber(ARGV[3]), {}, 0
local function is_full() return #entries >= 5 * most or bytes >= most_bytes end

local function add(need, task, is_many, state, outcome)
    bytes = bytes + #outcome
    for _, value in ipairs({need, task, is_many and '1' or '0', state, outcome}) do entries[#entries + 1] = value end
end

local function outcome_of(task) return redis.call('HGET', base .. 'O:' .. run.id, task) or '' end

-- Where to go on: which child of the need, which child of that one, ...; from 1.
local path = {}
for number in string.gmatch(ARGV[4], '%d+') do
    if number ~= '0' then path[#path + 1] = tonumber(number) end
end

-- Adds the tasks within a group or a map, in order, from the path on. Returns whether there are more.
local function add_within(need, its, level)
    local children, read_to, names = its.kind == 1 and read.children(run, its), 0, {}
    local count = children and #children or its.job
    for i = path[level] or 1, count do
        if is_full() then
            path[level] = i
            return true
        end
        if i > read_to then
            read_to, names = math.min(i + 499, count), {}
            -- The names of items are made, not listed.
            for k = i, read_to do names[k - i + 1] = children and children[k] or its.name .. '[' .. (k - 1) .. ']' end
            read.nodes(run, names)
        end
        local task = names[#names - (read_to - i)]
        local child = read.node(run, task)
        if child and (child.kind == 1 or child.kind == 2) then
            if add_within(need, child, level + 1) then
                path[level] = i
                return true
            end
        elseif child then
            add(need, task, true, child.state, outcome_of(task))
        end
        -- Only the first child was begun before.
        for deeper = #path, level + 1, -1 do path[deeper] = nil end
    end
    return false
end

while index < #needs and not is_full() do
    local need = needs[index + 1]
    local its = need ~= '' and read.node(run, need)
    if its and (its.kind == 1 or its.kind == 2) then
        local before, is_begun = #entries, path[1] ~= nil
        if add_within(need, its, 1) then break end
        if #entries == before and not is_begun then add(need, '', true, its.state, '') end
    else
        local state = need == '' and 3 or its and its.state or 0
        add(need, need, false, state, outcome_of(need == '' and name .. '\n' or need))
    end
    index, path = index + 1, {}
end
local reply = {tostring(index), index >= #needs and '-1' or path[1] and table.concat(path, '.') or '0'}
for i = 1, #entries do reply[#reply + 1] = entries[i] end
return reply
