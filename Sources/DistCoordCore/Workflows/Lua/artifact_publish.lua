-- Makes a file whose pieces are all there an artifact, in place of the one that had its name.
-- KEYS 1 see queue_keys.lua
-- ARGV 1 run, 2 name, 3 upload, 4 size, bytes, 5 permission bits, 6 number of pieces, 7 SHA-256 in hexadecimal
-- Returns 1: it is one, perhaps since the call was sent before. 0: the run is not known. 2: pieces are missing.
-- include clock
-- include queue_keys
-- include artifact_keys
local run, name, upload = ARGV[1], ARGV[2], ARGV[3]
local index, pieces = base .. 'F:' .. run, base .. 'f:' .. upload
local state = redis.call('HGET', base .. 'R:' .. run, 'state')
if not state then return 0 end
local before = redis.call('HGET', index, name)
if before and upload_of(before) == upload then return 1 end
if redis.call('HLEN', pieces) ~= tonumber(ARGV[6]) then return 2 end
if before then redis.call('PEXPIRE', base .. 'f:' .. upload_of(before), replaced_ms) end
redis.call('HSET', index, name, table.concat({ARGV[4], ARGV[5], decimal(now_ms), ARGV[6], ARGV[7], upload}, ' '))
-- As long as the run is kept; its end sets the time anew (artifact_expire.lua).
local left_ms = tonumber(state) >= 3 and redis.call('PTTL', base .. 'R:' .. run) or unended_ms
redis.call('PEXPIRE', pieces, decimal(left_ms))
redis.call('PEXPIRE', index, decimal(left_ms))
return 1
