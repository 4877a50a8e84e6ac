-- The nodes of runs, as a script has them in hand; included by `graphs` in queue_jobs.lua.
--
-- A run lives in the slot of its queue:
-- R            sorted set of runs; score = ms of their start
-- R:<run>      hash: state (see distcoord/run.h), name, fingerprint, reason, started, ended, retention, flags,
--              nodes (how many were ever added), paused, stopping ('1', or '2': at once),
--              stopper ('f' the failure of a task, 'u' somebody's will), events (number of the last one), kept (when
--              the keys were last given their time), n0 to n7 leaves by state, w tokens of those who wait for the end,
--              token of who started it
-- T:<run>      hash: name -> state of a node, see `state_format`; that of "" is the run's own, as a group of all that
--              is in none
-- G:<run>      hash: name -> definition
-- O:<run>      hash: name -> outcome of a node that has ended; "<name>\n" -> what the next round of a loop begins with
-- H:<run>      list of events, "<kind> <ms> <state> <name>\n<text>"
-- M:<run>      list of work that is left to be done, "<what> <offset> <name>"; then "G<run>" stands in m
-- P:<run>      list of the nodes that a pause holds back
-- A:<job>      hash: "<claim> <part>" -> nodes that a running task wants added, packed
--
-- State:       kind (0 task, 1 group, 2 map, 3 item), state (0 waiting, 1 ready or running, 2 begun: of what has
--              children, 3 succeeded, 4 failed, 5 skipped, 6 cancelled, 7 blocked), flags (1 always, 2 held back, 4 a
--              need succeeded, 8 a need ended badly, 16 has needs of its own, 32 is given something by the loop, 64 its
--              own work is done, 128 its list is broken), policy (0 all, 1 best effort, 2 at least), needs that have
--              not ended, one more while its group has not begun; children that have not ended, have succeeded, have
--              ended badly; how many must succeed; order (of an item: its place in the list); ms when it became ready;
--              number of its job; ms when it ended; fence; attempts made; deaths forgiven; round. Of a map the number of
--              the job is how many items it has made; in the place of the number that must succeed stands for an item
--              where in the list it begins, for a task 1 when others need it. Behind all that the client that ended it.
-- Definition:  <B letter> <I4 length> value, ...: p group, n what it needs, s who needs it, c its members (names, each
--              with "\n"), h head of the job's record up to the ties, t ties, d delay in ms, a arguments, f the node
--              whose result is a map's list, x a map's own list, l of the last node of a loop: first node, how many
--              rounds, nodes of the loop, each with "\n"; o of an addition: those of n that were not added with it.
-- Outcome:     <B 0 result, 1 failure, 2 reason>, then the result, the failure, or text; none of an empty result.
local state_format = '<BBBBI4I4I4I4I4I4I6I8I6I8BBI2'
local unended_ms = 2592000000  -- how long a run that has not ended is known after its last change
local most_events = 10000
local most_items = 100000

-- The runs that this script has in hand.
local runs_in_hand = {}

local function unpack_state(name, text)
    local kind, state, flags, policy, open, left, good, bad, least, index, ready_ms, job, ended_ms, fence, attempts, lost,
        round = struct.unpack(state_format, text)
    -- All at once: a table that grows field by field is made five times.
    return {
        name = name, kind = kind, state = state, flags = flags, policy = policy, open = open, left = left, good = good,
        bad = bad, least = least, index = index, ready_ms = ready_ms, ended_ms = ended_ms, fence = fence, job = job,
        attempts = attempts, lost = lost, round = round, client = string.sub(text, 61),
    }
end

local function pack_state(node)
    return struct.pack(
        state_format, node.kind, node.state, node.flags, node.policy, node.open, node.left, node.good, node.bad, node.least,
        node.index, node.ready_ms, node.job, node.ended_ms, node.fence, node.attempts, node.lost, node.round) .. node.client
end

-- The parts of a definition; each is looked for when it is asked for: most calls need one or two.
local definition_parts = {
    __index = function(parts, letter)
        local text, wanted, at = parts.text, string.byte(letter), 1
        while at < #text do
            local its, size, start = struct.unpack('<BI4', text, at)
            at = start + size
            if its == wanted then
                local value = string.sub(text, start, at - 1)
                parts[letter] = value
                return value
            end
        end
        return nil
    end,
}

local function parts_of(text)
    return setmetatable({text = text}, definition_parts)
end

-- A definition with one of its parts changed; nil takes it away.
local function with_part(parts, letter, value)
    local text, at, rest = parts.text, 1, {}
    while at < #text do
        local its, size, start = struct.unpack('<BI4', text, at)
        if its ~= string.byte(letter) then rest[#rest + 1] = string.sub(text, at, start + size - 1) end
        at = start + size
    end
    if value then rest[#rest + 1] = struct.pack('<BI4', string.byte(letter), #value) .. value end
    return parts_of(table.concat(rest))
end

-- Takes a run in hand; false when there is none.
local function run_in_hand(id)
    local run = runs_in_hand[id]
    if run ~= nil then return run end
    local key = base .. 'R:' .. id
    local state, flags, paused, stopping, stopper, events, kept, nodes = unpack(redis.call(
        'HMGET', key, 'state', 'flags', 'paused', 'stopping', 'stopper', 'events', 'kept', 'nodes'))
    run = state and {
        id = id, key = key, state = tonumber(state), fails_fast = flags == 'f', paused = paused, stopping = stopping,
        stopper = stopper, events = tonumber(events or 0), kept = tonumber(kept or 0), count = tonumber(nodes or 0),
        nodes = {}, definitions = {}, changed = {}, written = {}, completed = 0, outcomes = {}, forgotten = {},
        old_outcomes = {}, counts = {}, news = {}, ready = {},
        work = {}, first = 1, last = 0,
    }
    runs_in_hand[id] = run or false
    if not run then return false end
    local left = redis.call('LRANGE', base .. 'M:' .. id, 0, -1)
    run.had_work, run.last = #left > 0, #left
    for i = 1, #left do
        local what, offset, name = string.match(left[i], '^(%a) (%d+) (.*)$')
        run.work[i] = {what, name, tonumber(offset)}
    end
    return run
end

-- Reads nodes that are not in hand yet, as they are packed; names from `from` to `to`.
local function read_nodes(run, names, from, to)
    local missing = {}
    for i = from or 1, to or #names do
        if run.nodes[names[i]] == nil then
            missing[#missing + 1] = names[i]
            run.nodes[names[i]] = false
        end
    end
    for first = 1, #missing, 500 do
        local last = math.min(first + 499, #missing)
        local found = redis.call('HMGET', base .. 'T:' .. run.id, unpack(missing, first, last))
        for i = first, last do
            local text = found[i - first + 1]
            if text then run.nodes[missing[i]] = text end
        end
    end
end

-- A node; false when there is none.
local function node_of(run, name)
    local node = run.nodes[name]
    if node == nil then node = redis.call('HGET', base .. 'T:' .. run.id, name) end
    if type(node) == 'string' then node = unpack_state(name, node) end
    run.nodes[name] = node
    return node
end

-- Name of the map that made an item.
local function map_of(name)
    return string.byte(name, -1) == 93 and string.match(name, '^(.*)%[%d+%]$') or nil
end

-- The same of an item in hand, which is asked for several times.
local function map_of_item(item)
    if not item.map then item.map = map_of(item.name) end
    return item.map
end

local function read_definitions(run, names)
    local missing = {}
    for i = 1, #names do
        if run.definitions[names[i]] == nil then
            missing[#missing + 1] = names[i]
            run.definitions[names[i]] = parts_of('')
        end
    end
    for first = 1, #missing, 500 do
        local last = math.min(first + 499, #missing)
        local found = redis.call('HMGET', base .. 'G:' .. run.id, unpack(missing, first, last))
        for i = first, last do
            local text = found[i - first + 1]
            if text then run.definitions[missing[i]] = parts_of(text) end
        end
    end
end

-- The definition of a node by its parts; that of an item is its map's.
local function definition_of(run, name)
    name = map_of(name) or name
    if not run.definitions[name] then read_definitions(run, {name}) end
    return run.definitions[name]
end

-- The node that another belongs to; nil for the run's own.
local function parent_of(run, node)
    if node.name == '' then return nil end
    if node.kind == 3 then return node_of(run, map_of_item(node)) end
    return node_of(run, definition_of(run, node.name).p or '')
end

local function names_in(text)
    local names = {}
    for name in string.gmatch(text or '', '[^\n]+') do names[#names + 1] = name end
    return names
end

-- Up to `most` names of a text from `offset` on, and where to go on.
local function names_from(text, offset, most)
    local names, at = {}, offset + 1
    text = text or ''
    while at <= #text and #names < most do
        local stop = string.find(text, '\n', at, true) or #text + 1
        names[#names + 1] = string.sub(text, at, stop - 1)
        at = stop + 1
    end
    return names, at <= #text and at - 1 or nil
end

local function has(node, flag)
    return bit.band(node.flags, flag) ~= 0
end

local function mark(node, flag)
    node.flags = bit.bor(node.flags, flag)
end

local function unmark(node, flag)
    node.flags = bit.band(node.flags, 255 - flag)
end

-- The parts that are a node's own; an item has some only when it has added others.
local function own_parts(run, node)
    if not run.definitions[node.name] then read_definitions(run, {node.name}) end
    return run.definitions[node.name]
end

local function set_part(run, node, letter, value)
    local parts = with_part(own_parts(run, node), letter, value)
    run.definitions[node.name] = parts
    redis.call('HSET', base .. 'G:' .. run.id, node.name, parts.text)
end

-- Up to `most` children of a node, in order, from `offset` on, and where to go on, nil when these are the last. The
-- offset is an index for a
-- map, else a place in the text of their names.
local function children_from(run, node, offset, most)
    if node.kind == 2 then
        local names, last = {}, math.min(node.job, offset + most)
        for i = offset, last - 1 do names[#names + 1] = node.name .. '[' .. i .. ']' end
        return names, last < node.job and last or nil
    end
    return names_from(own_parts(run, node).c, offset, most)
end

-- All children of a node.
local function children_of(run, node)
    return (children_from(run, node, 0, math.huge))
end

local function is_over(node)
    return node.state >= 3
end

local function is_bad(state)
    return state == 4 or state >= 6
end

-- Gives a node a state; leaves are counted.
local function set_state(run, node, state)
    if node.kind == 0 or node.kind == 3 then
        run.counts[node.state] = (run.counts[node.state] or 0) - 1
        run.counts[state] = (run.counts[state] or 0) + 1
    end
    node.state = state
    run.changed[node.name] = node
end

local now_text = ' ' .. decimal(now_ms) .. ' '
-- Making a text of a number costs more than looking it up.
local digits_of = {[0] = '0', '1', '2', '3', '4', '5', '6', '7', '8'}

-- Takes note of an event.
local function note(run, kind, state, name, text)
    run.news[#run.news + 1] = digits_of[kind] .. now_text .. digits_of[state] .. ' ' .. name .. '\n' .. (text or '')
end

local function add_work(run, what, name, offset)
    -- A length would be ambiguous: what is done is taken from the front.
    run.last = run.last + 1
    run.work[run.last] = {what, name, offset or 0}
end

-- What an outcome says: its kind, and the rest.
local function outcome_of(text)
    return string.byte(text), string.sub(text, 2)
end

-- The message of a packed failure.
local function message_of(failure)
    local is_packed, kind, _, message = pcall(struct.unpack, '<I2c0I2c0I4c0', failure)
    return is_packed and (message ~= '' and message or kind) or ''
end
