-- Takes an attempt to join back whose answer was lost.
-- KEYS 1 state: see members_state.lua
-- ARGV 1 token of the attempt, 2 id
-- Returns {0}.
-- include clock
-- include members_state
local member = redis.call('HGET', data, ARGV[2])
if member then
    local _, _, _, token = parts(member)
    if token == ARGV[1] then remove(ARGV[2]) end
end
return {0}
