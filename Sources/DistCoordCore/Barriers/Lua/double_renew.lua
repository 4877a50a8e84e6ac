-- Sets the end of a party's lease.
-- KEYS 1 state: see double_state.lua
-- ARGV 1 party, 2 number on arrival, 3 lease from now, ms
-- Returns 1: it lives, or its round has ended and nobody waits for it. 0: it was taken for dead.
-- include clock
-- include mailbox
-- include double_state
local party = ARGV[1]
if tonumber(redis.call('ZSCORE', inside, party) or 0) <= now_ms then
    return tonumber(ARGV[2]) <= earlier and 1 or 0
end
-- First, so that a server that is out of memory allows what follows.
keep()
redis.call('ZADD', inside, decimal(now_ms + tonumber(ARGV[3])), party)
return 1
