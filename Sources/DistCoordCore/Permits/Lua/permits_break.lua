-- Takes one hold away from its holder and serves those in line.
-- KEYS 1 state: see permits_state.lua
-- ARGV 1 member, 2 fence
-- Returns 1: taken away. 0: it was not held any more.
-- include clock
local state, member, owner = KEYS[1], ARGV[1], ''
-- include permits_state
-- include permits_give
-- include mailbox
-- include permits_line
read()
if grant_fence() ~= ARGV[2] or not take(member) then return 0 end
expire()
serve('', false)
return 1
