-- Forgets what was sent of a file that will not be published.
-- KEYS 1 see queue_keys.lua
-- ARGV 1 run, 2 name, 3 upload
-- Returns 1, or 0: it is published, after all.
-- include clock
-- include queue_keys
-- include artifact_keys
local meta = redis.call('HGET', base .. 'F:' .. ARGV[1], ARGV[2])
if meta and upload_of(meta) == ARGV[3] then return 0 end
redis.call('UNLINK', base .. 'f:' .. ARGV[3])
return 1
