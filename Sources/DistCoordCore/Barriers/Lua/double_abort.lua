-- Breaks a double barrier for all who are of its round.
-- KEYS 1 state: see double_state.lua; 2 lane of the call
-- ARGV 1 number of the call
-- Returns 1.
-- include clock
-- include mailbox
-- include once
-- include double_state
if once(KEYS[2], ARGV[1], '') then return 1 end
if parties then end_round('b') end
return 1
