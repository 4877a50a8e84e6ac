-- Forgets what was taken.
-- KEYS 1 bucket or window, 2 lane of the call
-- ARGV 1 number of the call, 2 for how long to note it (ms)
-- Returns 1
-- include once
if not once(KEYS[2], ARGV[1], '', ARGV[2]) then redis.call('DEL', KEYS[1]) end
return 1
