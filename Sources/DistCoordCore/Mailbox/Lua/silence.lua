-- Telling the dead from those who are away for a moment; follows clock.lua.
local patience_ms = 1000

-- Whether the client of a waiter, the first in the line of `state`, is gone for good. One that does not listen may be about
-- to, as all are when the server was started again: it is gone when it did not listen a second before either.
-- Field z of the state: since when (ms) which client has been silent.
local function is_gone(state, token)
    local client = string.match(token, '^[^:]*')
    local since, silent = string.match(redis.call('HGET', state, 'z') or '', '^(%d+) (.*)$')
    local is_silent = redis.call('PUBSUB', 'NUMSUB', 'dc:mailbox:' .. client)[2] == 0
    if is_silent and silent == client then return now_ms - since >= patience_ms end
    -- HDEL first, which a server that is out of memory still allows.
    if is_silent or silent then redis.call('HDEL', state, 'z') end
    if is_silent then redis.call('HSET', state, 'z', decimal(now_ms) .. ' ' .. client) end
    return false
end
