-- Lists the members of a group.
-- KEYS 1 state: see members_state.lua
-- Returns {number of the last change, and of each member: id, what is known of it, lease left in ms}
-- include clock
-- include members_state
repeat until not drop_dead()
local answer = {redis.call('HGET', state, 'n') or '0'}
local ids = redis.call('ZRANGE', leases, 0, -1, 'WITHSCORES')
for index = 1, #ids, 2 do
    local member = redis.call('HGET', data, ids[index])
    if member then
        answer[#answer + 1] = ids[index]
        answer[#answer + 1] = member
        answer[#answer + 1] = ids[index + 1] - now_ms
    end
end
return answer
