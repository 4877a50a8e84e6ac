-- Writes a value.
-- KEYS: base of the scope; the caller's lane.
-- ARGV: number of the call; key; the value; and, of one that is to expire or to be written conditionally: time to live
--   (ms; 0 none, -1 that of what was there); the version that must be there, 0 for nothing, '' for any.
-- Returns the version; "C" and the version that is there, 0 for nothing, when that is another one.
-- include once
-- include state_tell
local key, value = ARGV[2], ARGV[3]
local what, content = 'v', value
if #value > told_bytes then what, content = 'b', '' end

-- A value that stays over another that does: the usual case. It does not need the index, and costs half of what follows,
-- much of which is the reading in of what this does not use. The version is put together from the texts that the server
-- has for its clock; where those are no 16 digits, or not greater, it is reckoned.
local place = KEYS[1] .. ':v:' .. key
local head = redis.call('GETRANGE', place, 0, 16)
if not ARGV[4] and string.sub(head, 17) == 'v' then
    local time = redis.call('TIME')
    local last, following = string.sub(head, 1, 16), time[1] .. string.sub('00000' .. time[2], -6)
    if #following ~= 16 or following <= last then
        following = string.format('%016.0f', math.max(following, last + 1))
    end
    local before = once(KEYS[2], ARGV[1], following)
    if before then return before end
    redis.call('SET', place, following .. 'v' .. value)
    announce(key, following, what, nil, content)
    return following
end

-- include clock
-- include state_keys
-- include state_sweep
-- include state_write
local version, letter = look(key)
local ttl, wanted = ARGV[4] or '0', ARGV[5] or ''
local answer
if wanted ~= '' then
    local present = is_there(letter) and version or 0
    if tonumber(wanted) ~= present then answer = 'C' .. decimal(present) end
end
local is_refused = answer ~= nil
local following = answer or next_version(version)
local expires, stays
if not is_refused then expires, stays = expiry(key, letter, ttl) end

-- A refusal is noted as well: sent again, a call that has written finds its own version.
local before = once(KEYS[2], ARGV[1], following)
if before or is_refused then return before or following end

if is_list(letter) then redis.call('UNLINK', base .. ':l:' .. key) end
write(key, following .. (expires and 'V' or 'v') .. value, letter, expires, stays)
announce(key, following, what, expires, content)
return following
