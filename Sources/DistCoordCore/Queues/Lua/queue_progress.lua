-- Notes how far a job is.
-- KEYS 1 see queue_keys.lua
-- ARGV 1 id, 2 number of the claim, 3 "<percent> <text>"
-- Returns 1, or 0: not held any more.
-- include clock
-- include mailbox
-- include queue_keys
-- include queue_jobs
local holder = redis.call('HGET', base .. 'x', ARGV[1])
if not is_held(holder, redis.call('ZSCORE', base .. 'a', ARGV[1]), ARGV[2]) then return 0 end
redis.call('HSET', base .. 'P', ARGV[1], ARGV[3])
-- So that whoever completes the job sees that there is something to clear away.
if string.sub(holder, -2) ~= ' p' then redis.call('HSET', base .. 'x', ARGV[1], holder .. ' p') end
return 1
