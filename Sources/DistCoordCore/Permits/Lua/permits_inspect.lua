-- How it stands.
-- KEYS 1 state: see permits_state.lua
-- Returns {permits in use or holds that read, holds that write, how many permits there are or 0 when nobody has said,
-- how many are in line}
-- include clock
local state, member, owner = KEYS[1], '', ''
-- include permits_state
-- include permits_give
-- include mailbox
-- include permits_line
read()
if expire() then serve('', false) end
return {used, writers, limit or 0, redis.call('ZCARD', line)}
