-- Writes a value.
-- KEYS: base of the scope; the caller's lane.
-- ARGV: number of the call; key; time to live (ms; 0 none, -1 that of what was there); the version that must be there,
--   0 for nothing, '' for any; the value.
-- Returns the version; "C" and the version that is there, 0 for nothing, when that is another one.
-- include clock
-- include once
-- include state_tell
local key, value = ARGV[2], ARGV[5]
local is_told = #value <= told_bytes

-- A value that stays over another that does: the usual case. It does not need the index, and is a quarter cheaper than
-- what follows, much of which is the reading in of what this does not use.
local usual = redis.call('GETRANGE', KEYS[1] .. ':v:' .. key, 0, 16)
if string.sub(usual, 17) == 'v' and ARGV[3] == '0' and ARGV[4] == '' then
    local following = string.format('%016.0f', math.max(now_us, string.sub(usual, 1, 16) + 1))
    local before = once(KEYS[2], ARGV[1], following)
    if before then return before end
    redis.call('SET', KEYS[1] .. ':v:' .. key, following .. 'v' .. value)
    announce(key, following, is_told and 'v' or 'b', nil, is_told and value or '')
    return following
end

-- include state_keys
-- include state_sweep
-- include state_write
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
