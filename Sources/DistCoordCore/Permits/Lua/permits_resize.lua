-- Changes how many permits there are, and serves those in line who can have theirs now.
-- KEYS 1 state: see permits_state.lua
-- ARGV 1 how many
-- Returns 1.
-- include clock
local state, member, owner = KEYS[1], '', ''
-- include permits_state
-- include permits_give
-- include mailbox
-- include permits_line
read()
limit = tonumber(ARGV[1])
redis.call('HSET', state, 's', limit)
keep(now_ms)
expire()
serve('', false)
return 1
