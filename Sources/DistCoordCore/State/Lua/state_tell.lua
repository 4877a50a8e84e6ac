-- Telling who watches shared state.

-- Values up to this many bytes are told; greater ones are fetched by who wants them.
local told_bytes = 2048

-- "<version><what><when it expires (ms), 0 never> <key>\n<content>". What: v a value, the content; b one that is too
-- big to tell; l a list, the number of its items; x nothing any more; e another expiry of the same version, since when
-- (us).
local function announce(key, version, what, expires, content)
    local place = KEYS[1] .. ':w'
    local moment = expires and string.format('%.0f', expires) or '0'
    local message = version .. what .. moment .. ' ' .. key .. '\n' .. content
    redis.call('PUBLISH', place .. ':' .. key, message)
    redis.call('PUBLISH', place, message)
end
