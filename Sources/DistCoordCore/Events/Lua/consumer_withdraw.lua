-- Takes a consumer that waits no longer out of the line. One that has been woken meanwhile leaves that to the next.
-- KEYS 1 see topic_keys.lua
-- ARGV 1 group, 2 token of the waiter
-- Returns 1
-- include mailbox
-- include topic_keys
-- include topic_wake
if redis.call('ZREM', base .. ':w:' .. ARGV[1], ARGV[2]) == 0 then wake(ARGV[1]) end
return 1
