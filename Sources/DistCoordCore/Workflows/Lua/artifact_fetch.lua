-- Reads a piece of an artifact.
-- KEYS 1 see queue_keys.lua
-- ARGV 1 run, 2 name, 3 upload of which the piece is; '' for the present one, 4 number of the piece from 0
-- Returns {what is known of the artifact, the piece, or '' when there is none: it was replaced a while ago}.
--         0: the run is not known. 1: it has no such artifact.
-- include clock
-- include queue_keys
-- include artifact_keys
if redis.call('EXISTS', base .. 'R:' .. ARGV[1]) == 0 then return 0 end
local meta = redis.call('HGET', base .. 'F:' .. ARGV[1], ARGV[2])
if not meta then return 1 end
local upload = ARGV[3] ~= '' and ARGV[3] or upload_of(meta)
return {meta, redis.call('HGET', base .. 'f:' .. upload, ARGV[4]) or ''}
