-- Keeps a piece of a file that is being sent. Sent again it changes nothing.
-- KEYS 1 see queue_keys.lua
-- ARGV 1 run, 2 upload, 3 number of the piece from 0, 4 its bytes
-- Returns 1, or 0: the run is not known.
-- include clock
-- include queue_keys
-- include artifact_keys
if redis.call('EXISTS', base .. 'R:' .. ARGV[1]) == 0 then return 0 end
local key = base .. 'f:' .. ARGV[2]
redis.call('HSET', key, ARGV[3], ARGV[4])
redis.call('PEXPIRE', key, unfinished_ms)
return 1
