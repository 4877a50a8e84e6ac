-- Notes that a queue exists, for whoever looks for a job without knowing its queue.
-- KEYS 1 set of the names of all queues
-- ARGV 1 name
-- Returns 1.
redis.call('SADD', KEYS[1], ARGV[1])
return 1
