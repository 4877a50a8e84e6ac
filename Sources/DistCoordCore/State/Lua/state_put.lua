-- Writes values that are to stay, whatever was there: the usual writing, as cheap as it can be.
-- KEYS: base of the scope; the caller's lane.
-- ARGV: number of the call; then the key and the value of each, in order. A key may come more than once.
-- Returns the version that all of them have, or the version of each, with a space between two.
-- include once
-- include state_tell

-- Put together from the texts that the server has for its clock, which costs less than to reckon it.
local time = redis.call('TIME')
local now = time[1] .. string.sub('00000' .. time[2], -6)
if #now ~= 16 then now = string.format('%016.0f', now) end

local before = once(KEYS[2], ARGV[1], now)
if before then return before end

local places = KEYS[1] .. ':v:'
-- Writes over anything else than a value that stays; made when it is first needed, because functions take time to make.
local write_over
-- The versions, by their places among the arguments, that are not the usual one.
local others
for index = 2, #ARGV, 2 do
    local key, value, version = ARGV[index], ARGV[index + 1], now
    local head = redis.call('GETRANGE', places .. key, 0, 16)
    local last, letter = string.sub(head, 1, 16), string.sub(head, 17)
    -- Both have 16 digits, or there is none.
    if last >= now then
        version = string.format('%016.0f', last + 1)
        others = others or {}
        others[index] = version
    end
    local text = version .. 'v' .. value
    if letter == 'v' then
        redis.call('SET', places .. key, text)
    else
        if not write_over then
            -- include clock
            -- include state_keys
            -- include state_sweep
            -- include state_write
            function write_over(key, text, letter)
                if is_list(letter) then redis.call('UNLINK', base .. ':l:' .. key) end
                write(key, text, letter)
            end
        end
        write_over(key, text, letter)
    end
    local is_told = #value <= told_bytes
    announce(key, version, is_told and 'v' or 'b', nil, is_told and value or '')
end
if not others then return now end

local versions = {}
for index = 2, #ARGV, 2 do versions[index / 2] = others[index] or now end
local answer = table.concat(versions, ' ')
redis.call('SET', KEYS[2], ARGV[1] .. ' ' .. answer, 'PX', lane_ms)
return answer
