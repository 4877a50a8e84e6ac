-- Whether an event is set.
-- KEYS 1 state: see event_change.lua
-- Returns 1 or 0.
return redis.call('HGET', KEYS[1], 'f') == '1' and 1 or 0
