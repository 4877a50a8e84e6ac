-- Sets the end of a member's lease.
-- KEYS 1 state: see members_state.lua
-- ARGV 1 token, 2 number of the handle, 3 id, 4 fence, 5 lease from now, ms
-- Returns 1: renewed. 0: it is no member any more.
-- include clock
-- include members_state
local id = ARGV[3]
if not held_by(id, ARGV[1], ARGV[2], ARGV[4]) then return 0 end
if tonumber(redis.call('ZSCORE', leases, id) or 0) <= now_ms then return 0 end
-- First, so that a server that is out of memory allows what follows.
keep()
redis.call('ZADD', leases, decimal(now_ms + tonumber(ARGV[5])), id)
return 1
