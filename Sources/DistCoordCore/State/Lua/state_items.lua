-- Reads items of a list.
-- KEYS: base of the scope.
-- ARGV: key; index of the first, negative from the end; how many at most; how many bytes to answer at most; 1 to answer
--   fewer items than wanted when those are more bytes (but at least one).
-- Returns the list's version and letter, '' when nothing is there; milliseconds it still lives, negative for ever; 1
--   when the items would be more bytes and are not here; the items.
-- include state_keys
local key, first, count = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local place, items = base .. ':v:' .. key, base .. ':l:' .. key
local head = redis.call('GETRANGE', place, 0, 16)
local answer = {head, redis.call('PTTL', place), 0}
if not is_list(string.sub(head, 17)) then return answer end

local length = redis.call('LLEN', items)
if first < 0 then first = math.max(length + first, 0) end
local last = math.min(first + count, length) - 1
local room, step = tonumber(ARGV[4]), 16
-- In growing steps: nobody knows how big they are before they are here.
while first <= last do
    for _, item in ipairs(redis.call('LRANGE', items, first, math.min(first + step - 1, last))) do
        room = room - #item
        if room < 0 then
            if ARGV[5] ~= '1' then return {head, answer[2], 1} end
            if #answer > 3 then return answer end
        end
        answer[#answer + 1] = item
    end
    first = first + step
    if room > 65536 then step = step * 2 end
end
return answer
