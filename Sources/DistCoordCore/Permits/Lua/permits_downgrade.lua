-- Turns a writer's hold into a reader's, and lets in the readers at the front of the line.
-- KEYS 1 state: see permits_state.lua
-- ARGV 1 member, 2 its owner, 3 fence
-- Returns 1: it reads, now or before. 0: it is not held any more. -3: the owner has another writer's hold.
-- include clock
local state, member, owner = KEYS[1], ARGV[1], ARGV[2]
-- include permits_state
-- include permits_give
read()
if grant_fence() ~= ARGV[3] or tonumber(redis.call('ZSCORE', held, member) or 0) <= now_ms then return 0 end
if string.sub(value, 1, 1) == 'r' then return 1 end
if writers > 1 then return -3 end
writers, used = 0, used + 1
-- First what a server that is out of memory still allows as the first write of a script.
redis.call('HDEL', state, 'x')
redis.call('HSET', state, 'p', used, member, 'r ' .. ARGV[3])
if not in_line then return 1 end
-- include mailbox
-- include permits_line
serve('', false)
return 1
