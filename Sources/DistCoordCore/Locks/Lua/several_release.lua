-- Releases several locks that are held together, each to the next in its line.
-- KEYS 1... states: see exclusive_state.lua
-- ARGV 1 "<token>;m <what others see>", 2 fence
-- Returns 1: all released, now or by an earlier sending of this very call. -1: one was not held any more; the others are released.
-- include clock
-- include exclusive_retention
local announces = false
-- include exclusive_state
-- include exclusive_give
-- include mailbox
-- include exclusive_grant
local result = 1
for _, state in ipairs(KEYS) do
    local lock = read(state)
    if lock.holder ~= ARGV[1] or lock.fence ~= ARGV[2] then
        result = -1
    elseif lock.lease_end ~= 0 then
        let_go(lock)
    end
end
return result
