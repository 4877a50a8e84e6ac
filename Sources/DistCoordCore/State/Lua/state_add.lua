-- Adds to a counter; one that is not there is 0.
-- KEYS: base of the scope; the caller's lane.
-- ARGV: number of the call; key; time to live (ms; 0 none, -1 that of what was there); what to add, a decimal number of
--   64 bits; 0 only reads.
-- Returns the sum; "N" when what is there is no number, "O" when the sum is beyond 64 bits.
-- include clock
-- include once
-- include state_keys
-- include state_sweep
-- include state_tell
-- include state_write
local key, delta = ARGV[2], ARGV[4]
-- A number of 64 bits has at most 20 characters; one more is read to know that there are no more.
local version, letter, old = look(key, 37)
if not is_there(letter) then old = '0' end

-- Lua's numbers are exact below 2^53. Beyond that the server's own addition is taken, which also knows an overflow.
local function sum()
    local limit = 9007199254740992
    local left, right = tonumber(old), tonumber(delta)
    if math.abs(left) < limit and math.abs(right) < limit and math.abs(left + right) < limit then
        return decimal(left + right)
    end
    local scratch = base .. ':n'
    redis.call('SET', scratch, old, 'PX', 1000)
    local failure = redis.pcall('INCRBY', scratch, delta)
    local result = redis.call('GET', scratch)
    redis.call('DEL', scratch)
    if type(failure) ~= 'table' then return result end
    return string.find(failure.err, 'overflow') and 'O' or 'N'
end

local is_number = #old <= 20 and (old == '0' or string.find(old, '^-?[1-9]%d*$'))
local answer = (is_list(letter) or not is_number) and 'N' or delta == '0' and old or sum()
local is_written = delta ~= '0' and answer ~= 'N' and answer ~= 'O'
local expires, stays
if is_written then expires, stays = expiry(key, letter, ARGV[3]) end

local before = once(KEYS[2], ARGV[1], answer)
if before or not is_written then return before or answer end

local following = next_version(version)
write(key, following .. (expires and 'V' or 'v') .. answer, letter, expires, stays)
announce(key, following, 'v', expires, answer)
return answer
