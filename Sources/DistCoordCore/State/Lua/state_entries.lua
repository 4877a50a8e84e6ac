-- How shared state is read; follows state_keys.lua.

-- Adds what is under a key to an answer: the key; its version, letter and as many bytes of the value as `most` allows
-- (-1 for all), '' when nothing was ever there; milliseconds it still lives, negative for ever; number of a list's
-- items, or of the value's bytes when it was cut, else -1.
local function add_entry(answer, key, most)
    local place = base .. ':v:' .. key
    local text = redis.call('GETRANGE', place, 0, most < 0 and -1 or 16 + most)
    local letter = string.sub(text, 17, 17)
    local lives, number = -1, -1
    if letter == 'V' or letter == 'L' then lives = redis.call('PTTL', place) end
    if is_list(letter) then
        number = redis.call('LLEN', base .. ':l:' .. key)
    elseif most >= 0 and #text == 17 + most then
        local length = redis.call('STRLEN', place) - 17
        if length > most then number = length end
    end
    local at = #answer
    answer[at + 1], answer[at + 2], answer[at + 3], answer[at + 4] = key, text, lives, number
end
