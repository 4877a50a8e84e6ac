-- Writes a value that is to expire, or if the key has a certain version; state_put.lua writes all others.
-- KEYS: base of the scope; the caller's lane.
-- ARGV: number of the call; key; time to live (ms; 0 none, -1 that of what was there); the version that must be there,
--   0 for nothing, '' for any; the value.
-- Returns the version; "C" and the version that is there, 0 for nothing, when that is another one.
-- include clock
-- include once
-- include state_keys
-- include state_sweep
-- include state_tell
-- include state_write
local key, value = ARGV[2], ARGV[5]
local is_told = #value <= told_bytes
local version, letter = look(key)
local answer
if ARGV[4] ~= '' then
    local present = is_there(letter) and version or 0
    if tonumber(ARGV[4]) ~= present then answer = 'C' .. decimal(present) end
end
local is_refused = answer ~= nil
local following = answer or next_version(version)
local expires, stays
if not is_refused then expires, stays = expiry(key, letter, ARGV[3]) end

-- A refusal is noted as well: sent again, a call that has written finds its own version.
local before = once(KEYS[2], ARGV[1], following)
if before or is_refused then return before or following end

if is_list(letter) then redis.call('UNLINK', base .. ':l:' .. key) end
write(key, following .. (expires and 'V' or 'v') .. value, letter, expires, stays)
announce(key, following, is_told and 'v' or 'b', expires, is_told and value or '')
return following
