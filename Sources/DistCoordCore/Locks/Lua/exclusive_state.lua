-- Shared by the scripts of locks and elections: one holder at a time, waiters in order of arrival.
--
-- state  hash: o the holder as "<token> <what others see of it>" (its label; for elections a newline and the value follow),
--        f its fence, u end of its lease (ms; absent when it was released), w set while anybody may be in line, n number of the
--        last arrival
-- queue  sorted set: those in line, written as the holder is, score = number on arrival
--
-- Numbers are the larger of the last one plus one and the server's microseconds: they go on growing when the keys have
-- expired, and when a failover has lost the last writes.
--
-- Every call costs half a microsecond and more, which a lock's round trip notices: few calls, strings rather than numbers
-- as their arguments, and what is rarely needed after the common case has returned.
local fields = redis.call('HMGET', state, 'o', 'f', 'u', 'w')
local holder, fence, lease_end = fields[1], fields[2], tonumber(fields[3] or 0)
