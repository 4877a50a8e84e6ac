-- Some nodes of a run.
-- KEYS 1 see queue_keys.lua
-- ARGV 1 run, 2 cursor, '0' at first
-- Returns 0: no such run. Otherwise {next cursor, '0' at the end, then for each node: name, state, group, needs, ties,
-- who has claimed it
--      as in x, outcome cut short}
-- include queue_keys
local id = ARGV[1]
if redis.call('EXISTS', base .. 'R:' .. id) == 0 then return 0 end
local page = redis.call('HSCAN', base .. 'T:' .. id, ARGV[2], 'COUNT', 200)
local reply, found = {page[1]}, page[2]
local names, plain = {}, {}
for i = 1, #found, 2 do
    names[#names + 1] = found[i]
    plain[#plain + 1] = string.match(found[i], '^(.*)%[%d+%]$') or found[i]
end
if #names == 0 then return reply end
local definitions, outcomes = {}, {}
for first = 1, #names, 500 do
    local last = math.min(first + 499, #names)
    local some = redis.call('HMGET', base .. 'G:' .. id, unpack(plain, first, last))
    for i = 1, #some do definitions[#definitions + 1] = some[i] end
    some = redis.call('HMGET', base .. 'O:' .. id, unpack(names, first, last))
    for i = 1, #some do outcomes[#outcomes + 1] = some[i] end
end

-- Parts of a definition by their letters, without those that may be long.
local parsed = {}
local function parts_of(name, text)
    if parsed[name] then return parsed[name] end
    local parts, at = {}, 1
    while text and at < #text do
        local letter, size
        letter, size, at = struct.unpack('<BI4', text, at)
        letter = string.char(letter)
        if letter == 'p' or letter == 'n' or letter == 't' then parts[letter] = string.sub(text, at, at + size - 1) end
        at = at + size
    end
    parsed[name] = parts
    return parts
end

for i = 1, #names do
    if names[i] ~= '' then
        local state = found[2 * i]
        local is_item = string.byte(state) == 3
        local parts = parts_of(plain[i], definitions[i])
        local holder = ''
        if string.byte(state, 2) == 1 then
            local job = struct.unpack('<I8', state, 35)
            if job > 0 then holder = redis.call('HGET', base .. 'x', 'w' .. string.format('%.0f', job)) or '' end
        end
        local outcome = outcomes[i] or ''
        for _, value in ipairs({
            names[i], state, is_item and plain[i] or parts.p or '', parts.n or '', parts.t or '', holder,
            string.sub(outcome, 1, 4096),
        }) do
            reply[#reply + 1] = value
        end
    end
end
return reply
