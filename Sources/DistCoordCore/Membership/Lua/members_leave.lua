-- Leaves a group.
-- KEYS 1 state: see members_state.lua
-- ARGV 1 token, 2 number of the handle, 3 id, 4 fence
-- Returns 1: left. -1: it was no member any more.
-- include clock
-- include members_state
if not held_by(ARGV[3], ARGV[1], ARGV[2], ARGV[4]) then return -1 end
remove(ARGV[3])
return 1
