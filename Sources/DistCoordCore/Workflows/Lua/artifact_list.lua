-- Lists the artifacts of a run.
-- KEYS 1 see queue_keys.lua
-- ARGV 1 run
-- Returns {name, what is known of it, ...}
-- include clock
-- include queue_keys
return redis.call('HGETALL', base .. 'F:' .. ARGV[1])
