-- Leaves a double barrier; whether all have left tells double_wait. Who leaves before all are in has withdrawn.
-- KEYS 1 state: see double_state.lua
-- ARGV 1 party, 2 number on arrival
-- Returns 1: left, or its round has ended. -1: it is not inside.
-- include clock
-- include mailbox
-- include double_state
local party = ARGV[1]
drop_dead()
if redis.call('ZREM', inside, party) == 1 then
    if is_open then
        redis.call('HSET', left, party, '')
    else
        withdraw(party)
    end
    keep()
    settle()
    return 1
end
return tonumber(ARGV[2]) <= earlier and 1 or -1
