-- Deletes some of the keys that begin with a prefix.
-- KEYS: base of the scope; the caller's lane.
-- ARGV: number of the call; the prefix; the key after which to go on, or ''; how many to look at.
-- Returns how many were deleted, and behind a space the key after which to go on, '' at the end.
-- include clock
-- include once
-- include state_keys
-- include state_sweep
-- include state_tell
-- include state_write
local limit = tonumber(ARGV[4])
-- Keys are UTF-8, in which there is no byte 255.
local first = ARGV[3] ~= '' and '(' .. ARGV[3] or '[' .. ARGV[2]
local keys = redis.call('ZRANGEBYLEX', names, first, '(' .. ARGV[2] .. '\255', 'LIMIT', 0, limit)
local count, versions, letters = 0, {}, {}
for index, key in ipairs(keys) do
    versions[index], letters[index] = look(key)
    if is_there(letters[index]) then count = count + 1 end
end
local answer = count .. ' ' .. (#keys == limit and keys[#keys] or '')
-- Changes nothing, and is allowed on a server that is out of memory; what follows then is, too.
redis.call('PERSIST', KEYS[2])
local before = once(KEYS[2], ARGV[1], answer)
if before then return before end

for index, key in ipairs(keys) do
    if is_there(letters[index]) then
        remove(key, versions[index], letters[index])
    else
        redis.call('ZREM', names, key)
        redis.call('ZREM', ends, key)
    end
end
settle()
return answer
