-- Releases what a member holds and serves those in line.
-- KEYS 1 state: see permits_state.lua
-- ARGV 1 member, 2 its owner, '' for permits, 3 fence
-- Returns 1: released; also when the lease had ended but nobody needed it since. -1: it was not held any more.
local state, member, owner = KEYS[1], ARGV[1], ARGV[2]
-- include permits_state
read()
if grant_fence() ~= ARGV[3] then return -1 end
redis.call('ZREM', held, member)
forget(member, string.match(value, '^%w+'), owner, own)
if not in_line then return 1 end
-- include clock
-- include permits_give
-- include mailbox
-- include permits_line
expire()
serve('', false)
return 1
