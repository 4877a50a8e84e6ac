-- Changes when a key expires.
-- KEYS: base of the scope; the caller's lane.
-- ARGV: number of the call; key; time to live (ms; 0 none).
-- Returns "D"; "N" when nothing is there.
-- include clock
-- include once
-- include state_keys
-- include state_sweep
-- include state_tell
-- include state_write
local key = ARGV[2]
local version, letter = look(key)
local answer = is_there(letter) and 'D' or 'N'
local before = once(KEYS[2], ARGV[1], answer)
if before or answer == 'N' then return before or answer end

local expires = expiry(key, letter, ARGV[3])
local places = {base .. ':v:' .. key}
if is_list(letter) then places[2] = base .. ':l:' .. key end
local kind = is_list(letter) and 'l' or 'v'
redis.call('SETRANGE', places[1], 16, expires and string.upper(kind) or kind)
for _, place in ipairs(places) do
    if expires then
        redis.call('PEXPIREAT', place, decimal(expires))
    else
        redis.call('PERSIST', place)
    end
end
enter(key, letter, expires)
announce(key, string.format('%016.0f', version), 'e', expires, decimal(now_us))
return answer
