-- What the scripts of shared state have in common; follows clock.lua.
--
-- KEYS[1] is what all keys of a scope begin with, <base>. They are
--   <base>:v:<key>  16 digits of version, a letter, and the value. The letter: v a value, l a list, in upper case when
--                   it expires; x there is nothing any more, kept for a while because versions must grow
--   <base>:l:<key>  the items of a list
--   <base>:k        sorted set of the keys that are there, by their bytes; of those that have expired it loses the last
--                   ones later
--   <base>:t        sorted set of those in <base>:k that expire, by when (ms)
-- and the channels that state_tell.lua describes.
local base = KEYS[1]
local names, ends = base .. ':k', base .. ':t'

-- How long the version of what was deleted is remembered (ms). Later the clock alone makes versions grow.
local remembered_ms = '3600000'

-- What is remembered of a key: its version as a number, its letter ('' when there is none), and as much of the value as
-- `last` allows, which counts from the 16 digits on.
local function look(key, last)
    local text = redis.call('GETRANGE', base .. ':v:' .. key, 0, last or 16)
    return tonumber(string.sub(text, 1, 16)) or 0, string.sub(text, 17, 17), string.sub(text, 18)
end

local function is_there(letter)
    return letter ~= '' and letter ~= 'x'
end

local function is_list(letter)
    return letter == 'l' or letter == 'L'
end

-- Version of what is written now over something of that version. By the clock, so that it is a new one even when the
-- server was started again and has lost the last ones that it gave.
local function next_version(version)
    return string.format('%016.0f', math.max(now_us, version + 1))
end
