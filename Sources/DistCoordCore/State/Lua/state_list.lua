-- Lists keys with their values, by their bytes.
-- KEYS: base of the scope.
-- ARGV: what the keys begin with; the key after which to go on, or ''; how many at most.
-- Returns the key after which to go on, '' at the end; the server's time (us); and four for each key, see
--   state_entries.lua.
-- include clock
-- include state_keys
-- include state_sweep
-- include state_entries
sweep(20)
local limit = tonumber(ARGV[3])
-- Keys are UTF-8, in which there is no byte 255.
local first = ARGV[2] ~= '' and '(' .. ARGV[2] or '[' .. ARGV[1]
local keys = redis.call('ZRANGEBYLEX', names, first, '(' .. ARGV[1] .. '\255', 'LIMIT', 0, limit)
local answer = {'', decimal(now_us)}
-- Of a value so many bytes, in an answer so many: others are waiting for theirs.
local most, room = 65536, 262144
local last
for _, key in ipairs(keys) do
    local at = #answer
    add_entry(answer, key, most)
    if #answer[at + 2] < 17 then
        -- Expired, and its name not swept yet.
        for index = at + 4, at + 1, -1 do answer[index] = nil end
        redis.call('ZREM', names, key)
        redis.call('ZREM', ends, key)
    else
        room = room - #key - #answer[at + 2]
    end
    last = key
    if room <= 0 then break end
end
if last and (#keys == limit or last ~= keys[#keys]) then answer[1] = last end
return answer
