-- Telling who watches shared state.
--
-- Who watches one key listens on <base>:w:<key>, and on <base>:w? so that it is known that somebody watches keys; who
-- watches many listens on <base>:w. Both listen before they read, and read again when their connection was restored:
-- what they do not read is told. Nobody has to be forgotten: the server knows who has gone. (Each node of a cluster
-- knows its own listeners alone: there, watches would have to listen on the node that has the keys.)
local watchers = redis.call('PUBSUB', 'NUMSUB', KEYS[1] .. ':w', KEYS[1] .. ':w?')

-- Values up to this many bytes are told; greater ones are fetched by who wants them.
local told_bytes = 2048

-- "<version><what><when it expires (ms), 0 never> <key>\n<content>". What: v a value, the content; b one that is too
-- big to tell; l a list, the number of its items; x nothing any more; e another expiry of the same version, since when
-- (us).
local function announce(key, version, what, expires, content)
    if watchers[2] == 0 and watchers[4] == 0 then return end
    local moment = expires and string.format('%.0f', expires) or '0'
    local message = version .. what .. moment .. ' ' .. key .. '\n' .. content
    if watchers[4] > 0 then redis.call('PUBLISH', watchers[1] .. ':' .. key, message) end
    if watchers[2] > 0 then redis.call('PUBLISH', watchers[1], message) end
end
