-- Deletes what is under a key.
-- KEYS: base of the scope; the caller's lane.
-- ARGV: number of the call; key; the version that must be there, 0 for any.
-- Returns "D"; "N" when nothing is there; "C" when another version is.
-- include clock
-- include once
-- include state_keys
-- include state_sweep
-- include state_tell
-- include state_write
local key = ARGV[2]
local version, letter = look(key)
local answer = 'D'
if not is_there(letter) then
    answer = 'N'
elseif ARGV[3] ~= '0' and tonumber(ARGV[3]) ~= version then
    answer = 'C'
end
-- Changes nothing, and is allowed on a server that is out of memory; what follows then is, too, so that room can be
-- made.
redis.call('PERSIST', KEYS[2])
local before = once(KEYS[2], ARGV[1], answer)
if before or answer ~= 'D' then return before or answer end

remove(key, version, letter)
settle()
return answer
