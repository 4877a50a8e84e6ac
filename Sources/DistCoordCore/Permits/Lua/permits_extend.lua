-- Sets the end of a lease.
-- KEYS 1 state: see permits_state.lua
-- ARGV 1 member, 2 fence, 3 lease from now, ms
-- Returns 1: extended. 0: it is not held any more.
-- include clock
local state, member, owner, lease_ms = KEYS[1], ARGV[1], '', tonumber(ARGV[3])
-- include permits_state
-- include permits_give
read()
if grant_fence() ~= ARGV[2] or tonumber(redis.call('ZSCORE', held, member) or 0) <= now_ms then return 0 end
-- In this order: a server that is out of memory refuses ZADD as the first write of a script, but not as the second.
redis.call('PEXPIREAT', held, decimal(kept_until))
redis.call('ZADD', held, decimal(now_ms + lease_ms), member)
keep(now_ms + lease_ms)
return 1
