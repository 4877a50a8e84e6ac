-- Releases what a token holds and hands it to the next in line.
-- KEYS 1 state: see exclusive_state.lua
-- ARGV 1 "<token> <what others see>", 2 fence, 3 '1' to announce changes of the holder
-- Returns 1: released, now or by an earlier sending of this very call; also when the lease had ended but nobody has had it
--         since. -1: it was not held any more.
local state, announces = KEYS[1], ARGV[3] == '1'
-- include exclusive_state
if holder ~= ARGV[1] or fence ~= ARGV[2] then return -1 end
if lease_end == 0 then return 1 end
if not fields[4] and not announces then
    redis.call('HDEL', state, 'u') -- which a server that is out of memory still allows
    return 1
end
-- include clock
-- include exclusive_give
-- include mailbox
-- include exclusive_grant
let_go()
return 1
