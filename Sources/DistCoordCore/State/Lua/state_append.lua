-- Appends to a list; one that is not there is empty.
-- KEYS: base of the scope; the caller's lane.
-- ARGV: number of the call; key; time to live of the list (ms; 0 none, -1 that of what was there); how many items to
--   keep, 0 for all; the item.
-- Returns the number of items; "C" when a value is there.
-- include clock
-- include once
-- include state_keys
-- include state_sweep
-- include state_tell
-- include state_write
local key, limit = ARGV[2], tonumber(ARGV[4])
local items = base .. ':l:' .. key
local version, letter = look(key)
local is_refused = is_there(letter) and not is_list(letter)
local answer, count = 'C', 1
local expires, stays
if not is_refused then
    if is_list(letter) then count = redis.call('LLEN', items) + 1 end
    answer = decimal(limit > 0 and math.min(count, limit) or count)
    expires, stays = expiry(key, letter, ARGV[3])
end

local before = once(KEYS[2], ARGV[1], answer)
if before or is_refused then return before or answer end

if count == 1 then redis.call('UNLINK', items) end
redis.call('RPUSH', items, ARGV[5])
if limit > 0 and count > limit then redis.call('LTRIM', items, decimal(-limit), -1) end
local following = next_version(version)
write(key, following .. (expires and 'L' or 'l'), letter, expires, stays)
if expires and (not stays or count == 1) then
    redis.call('PEXPIREAT', items, decimal(expires))
elseif letter == 'L' and not expires then
    redis.call('PERSIST', items)
end
announce(key, following, 'l', expires, answer)
return answer
