-- Changes a member's value.
-- KEYS 1 state: see members_state.lua
-- ARGV 1 token, 2 number of the handle, 3 id, 4 fence, 5 value
-- Returns 1: changed. 0: it is no member any more.
-- include clock
-- include members_state
local id = ARGV[3]
local before = held_by(id, ARGV[1], ARGV[2], ARGV[4])
if not before or tonumber(redis.call('ZSCORE', leases, id) or 0) <= now_ms then return 0 end
local member = string.match(before, '^[^\n]*\n[^\n]*\n[^\n]*\n[^\n]*\n') .. ARGV[5]
if member ~= before then
    redis.call('HSET', data, id, member)
    tell_change(next_number(), ' + ' .. id .. '\n' .. member)
end
return 1
