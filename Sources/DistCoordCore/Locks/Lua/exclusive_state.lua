-- Shared by the scripts of locks and elections: one owner at a time, waiters in order of arrival.
--
-- state    hash: o the holder as "<token>[;<extra>] <what others see of it>", f its fence, u end of its lease (ms; absent when
--          it was released), x the holder's extra (absent when it has none), w set while anybody may be in line, n number of
--          the last arrival; for unfair handles k until when nobody else is woken (ms), m fence of the grant that a woken waiter
--          was too late for; v what a leader publishes in place of the value it won with, as "<fence> <value>";
--          r in a quorum "<fence> <fence of the whole>", once that is settled; z see silence.lua
-- :line    sorted set: those in line, written as the holder is, score = number on arrival
-- :levels  hash, of an owner: token of each level -> end of its lease (ms, followed by 'd' when it was detached)
--
-- token  "<client>:<number>" of one attempt, see mailbox.lua
-- extra  'o<owner>': held by an owner, whose levels are in :levels. 'g': lingers, hence to be recalled when somebody waits.
--        'm': one of several that are held together; those waited for are listed in dc:several:<token>
-- What others see is a label, on a line of its own the lease in ms and whether it is renewed (1 or 0), and, on the lines
-- after that, the value of a leader.
--
-- Numbers are the larger of the last one plus one and the server's microseconds: they go on growing when the keys have
-- expired, and when a failover has lost the last writes.
--
-- Every call costs half a microsecond and more, which a lock's round trip notices: few calls, strings rather than numbers
-- as their arguments, and what is rarely needed after the common case has returned. Those two that are called most often
-- look at the fields themselves first, without this function.
local function read(state, fields)
    fields = fields or redis.call('HMGET', state, 'o', 'f', 'u', 'w', 'x')
    return {
        state = state, holder = fields[1], fence = fields[2], lease_end = tonumber(fields[3] or 0), in_line = fields[4],
        extra = fields[5],
    }
end
