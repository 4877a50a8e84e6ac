-- Joins a group.
-- KEYS 1 state: see members_state.lua
-- ARGV 1 token of the attempt, 2 number of the handle, 3 id, 4 lease, ms, 5 label, 6 value
-- Returns fence: joined. {1, fence, lease left in ms}: this handle is in. {0, 0, 0, 0, 0}: another has the id.
-- include clock
-- include members_state
local token, handle, id, lease_ms = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
drop_dead()
local number = next_number()
local fence, since_ms, before = decimal(number), decimal(now_ms), redis.call('HGET', data, id)
if before then
    local owner, its_fence, its_since_ms = parts(before)
    if owner ~= whose(token, handle) then return {0, 0, 0, 0, 0} end
    fence, since_ms = its_fence, its_since_ms
end
local terms = fence .. ' ' .. since_ms .. ' ' .. lease_ms
local member = table.concat({whose(token, handle), terms, token, ARGV[5], ARGV[6]}, '\n')
redis.call('ZADD', leases, decimal(now_ms + lease_ms), id)
redis.call('HSET', data, id, member)
tell_change(number, ' + ' .. id .. '\n' .. member)
keep()
return before and {1, fence, lease_ms} or number
