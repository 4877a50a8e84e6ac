-- Notes that a queue exists, for whoever looks for a job without knowing its queue, and into how many partitions it is split:
-- all who use it have to agree.
-- KEYS 1 set of the names of all queues
--      2 hash: name -> number of partitions, of those that have several
-- ARGV 1 name, 2 number of partitions
-- Returns the number that holds: of those who have used it first.
local is_new = redis.call('SADD', KEYS[1], ARGV[1]) == 1
local known = redis.call('HGET', KEYS[2], ARGV[1])
if not known and is_new and ARGV[2] ~= '1' then
    redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
    known = ARGV[2]
end
return tonumber(known or 1)
