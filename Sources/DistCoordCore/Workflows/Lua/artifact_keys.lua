-- Shared by the scripts of artifacts; follows clock.lua and queue_keys.lua.
-- F:<run>     hash: name of an artifact -> "<size> <mode> <published, ms> <pieces> <SHA-256> <upload>"
-- f:<upload>  hash: number of a piece from 0 -> its bytes; all of 256 KiB but the last
local unfinished_ms = 3600000  -- how long what is not published stays
local replaced_ms = 60000      -- how long what was replaced stays for those who read it
local unended_ms = 2592000000  -- how long what belongs to a run that has not ended stays

-- Upload of an artifact.
local function upload_of(meta)
    return string.match(meta, '%S+$')
end
