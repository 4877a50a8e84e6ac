-- A waiter leaves the line. It may have been granted meanwhile.
-- KEYS 1 state: see permits_state.lua
-- ARGV 1 member, 2 its owner, '' for permits, 3 '1' to give back at once what was granted
-- Returns {0}: it waits no more and holds nothing. {1, fence, lease left in ms}: it was granted, and holds it.
-- include clock
local state, member, owner = KEYS[1], ARGV[1], ARGV[2]
-- include permits_state
-- include permits_give
-- include mailbox
-- include permits_line
redis.call('ZREM', line, member)
read()
if value and ARGV[3] == '0' then
    local left_ms = (redis.call('ZSCORE', held, member) or 0) - now_ms
    if left_ms > 0 then return {1, grant_fence(), left_ms} end
end
take(member)
expire()
serve('', false)
return {0}
