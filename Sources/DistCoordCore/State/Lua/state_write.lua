-- How shared state is changed; follows state_keys.lua, state_sweep.lua and state_tell.lua.

-- When what is written over something with that letter is to expire (ms; nil for never), and whether that stays as it
-- was. `ttl`: milliseconds as text, '0' for never, '-1' as what was there before, more below zero the same, or so long
-- when nothing was there.
local function expiry(key, letter, ttl)
    local keeps = string.sub(ttl, 1, 1) == '-'
    if ttl ~= '0' and not keeps then return now_ms + ttl, false end
    if keeps and ttl ~= '-1' and not is_there(letter) then return now_ms - ttl, false end
    if not keeps or letter ~= 'V' and letter ~= 'L' then return nil, false end
    -- Good enough to tell; it is not written again, which would move it a little each time.
    return now_ms + redis.call('PTTL', base .. ':v:' .. key), true
end

-- Where all keys expire, their names go with the last of them.
local function settle()
    if redis.call('ZCARD', names) > redis.call('ZCARD', ends) then return end
    local last = redis.call('ZRANGE', ends, -1, -1, 'WITHSCORES')
    if last[2] then
        redis.call('PEXPIREAT', names, last[2])
        redis.call('PEXPIREAT', ends, last[2])
    end
end

-- Where one key stays, so do the names.
local function unsettle()
    if redis.call('PERSIST', names) == 1 then redis.call('PERSIST', ends) end
end

-- Enters a key that has been written, over something with that letter.
local function enter(key, letter, expires)
    if expires then
        if not is_there(letter) then redis.call('ZADD', names, 0, key) end
        redis.call('ZADD', ends, decimal(expires), key)
        sweep(3)
        settle()
    elseif not is_there(letter) then
        -- A name that is there is of a key that has expired, and so may be its end.
        if redis.call('ZADD', names, 0, key) == 0 then redis.call('ZREM', ends, key) end
        unsettle()
    elseif letter == 'V' or letter == 'L' then
        redis.call('ZREM', ends, key)
        unsettle()
    end
end

-- Writes a key's text: version, letter and value.
local function write(key, text, letter, expires, stays)
    local place = base .. ':v:' .. key
    if stays then
        redis.call('SET', place, text, 'KEEPTTL')
    else
        if expires then
            redis.call('SET', place, text, 'PXAT', decimal(expires))
        else
            redis.call('SET', place, text)
        end
        enter(key, letter, expires)
    end
end

-- Deletes what is under a key, which has that version and letter.
local function remove(key, version, letter)
    local following = next_version(version)
    redis.call('SET', base .. ':v:' .. key, following .. 'x', 'PX', remembered_ms)
    if is_list(letter) then redis.call('UNLINK', base .. ':l:' .. key) end
    redis.call('ZREM', names, key)
    if letter == 'V' or letter == 'L' then redis.call('ZREM', ends, key) end
    announce(key, following, 'x', nil, '')
end
