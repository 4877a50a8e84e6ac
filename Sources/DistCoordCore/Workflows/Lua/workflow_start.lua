-- Starts a run; a large one comes in several calls, of which the last starts it.
-- KEYS 1 see queue_keys.lua
-- ARGV 1 run, 2 token of this start, the same in all its calls, 3 '1' in the last call
--      4 name of the workflow, 5 its fingerprint, 6 for how long the run is kept after its end, ms, 7 'f' when a
--      failure stops it, else ''
--      8 how many nodes are outside groups
--      then for each node, in order: name, state, definition; see workflow_nodes.lua
-- Returns 1 started, also when it was by an earlier sending; 0 there is such a run of the same workflow, 2 of another
-- one; 3 go on with the next
--      call.
-- include clock
-- include mailbox
-- include queue_keys
-- include queue_jobs
-- include queue_line
local id, token = ARGV[1], ARGV[2]
local fingerprint, its_token = unpack(redis.call('HMGET', base .. 'R:' .. id, 'fingerprint', 'token'))
if fingerprint then
    if its_token == token then return 1 end
    redis.call('DEL', base .. 'T:~' .. token, base .. 'G:~' .. token, base .. 'O:~' .. token)
    return fingerprint == ARGV[5] and 0 or 2
end
local states, definitions, names = base .. 'T:~' .. token, base .. 'G:~' .. token, base .. 'O:~' .. token
local count, leaves, top = 0, 0, {}
for first = 9, #ARGV, 600 do
    local its_states, its_definitions = {}, {}
    for i = first, math.min(first + 599, #ARGV), 3 do
        its_states[#its_states + 1], its_states[#its_states + 2] = ARGV[i], ARGV[i + 1]
        its_definitions[#its_definitions + 1], its_definitions[#its_definitions + 2] = ARGV[i], ARGV[i + 2]
        count = count + 1
        if string.byte(ARGV[i + 1]) == 0 then leaves = leaves + 1 end
        -- The first part of a definition is the group, when there is one.
        if string.byte(ARGV[i + 2]) ~= 112 then top[#top + 1] = ARGV[i] end
    end
    redis.call('HSET', states, unpack(its_states))
    redis.call('HSET', definitions, unpack(its_definitions))
end
-- Sent again, a part finds itself written; the names it adds are in a field of their own.
redis.call('HSET', names, #ARGV > 8 and ARGV[9] or '', count .. ' ' .. leaves .. '\n' .. table.concat(top, '\n'))
for _, key in ipairs({states, definitions, names}) do redis.call('PEXPIRE', key, 600000) end
if ARGV[3] ~= '1' then
    redis.call('RPUSH', base .. 'M:~' .. token, #ARGV > 8 and ARGV[9] or '')
    redis.call('PEXPIRE', base .. 'M:~' .. token, 600000)
    return 3
end
local order, seen = redis.call('LRANGE', base .. 'M:~' .. token, 0, -1), {}
order[#order + 1] = #ARGV > 8 and ARGV[9] or ''
count, leaves, top = 0, 0, {}
for _, part in ipairs(order) do
    if not seen[part] then
        seen[part] = true
        local its_count, its_leaves, its_top = string.match(redis.call('HGET', names, part) or '', '^(%d+) (%d+)\n(.*)$')
        if its_count then
            count, leaves = count + its_count, leaves + its_leaves
            if its_top ~= '' then top[#top + 1] = its_top end
        end
    end
end
redis.call('DEL', names, base .. 'M:~' .. token)
if count > 0 then
    redis.call('RENAME', states, base .. 'T:' .. id)
    redis.call('RENAME', definitions, base .. 'G:' .. id)
else
    redis.call('DEL', base .. 'T:' .. id, base .. 'G:' .. id)
end
redis.call('DEL', base .. 'O:' .. id, base .. 'H:' .. id, base .. 'M:' .. id, base .. 'P:' .. id)
local text = table.concat(top, '\n')
redis.call('HSET', base .. 'G:' .. id, '', text ~= '' and struct.pack('<BI4', 99, #text + 1) .. text .. '\n' or '')
redis.call('HSET', base .. 'T:' .. id, '', struct.pack(
    '<BBBBI4I4I4I4I4I4I6I8I6I8BBI2', 1, 2, 0, 0, 0, tonumber(ARGV[8]), 0, 0, 0, 0, now_ms, 0, 0, 0, 0, 0, 0))
redis.call('HSET', base .. 'O:' .. id, '', '')
redis.call('HSET', base .. 'R:' .. id, 'state', 0, 'name', ARGV[4], 'fingerprint', ARGV[5], 'started', decimal(now_ms),
    'retention', ARGV[6], 'flags', ARGV[7], 'token', token, 'nodes', count, 'n0', leaves)
redis.call('ZADD', base .. 'R', decimal(now_ms), id)
redis.call('ZREMRANGEBYRANK', base .. 'R', 0, -10001)
redis.call('PEXPIRE', base .. 'R', 31536000000)
local run = graphs().run(id)
graphs().note(run, 0, 0, '', '')
if ARGV[8] == '0' then graphs().close(run) else graphs().add_work(run, 'o', '') end
settle_line()
return 1
