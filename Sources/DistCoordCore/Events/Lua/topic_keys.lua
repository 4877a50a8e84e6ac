-- Shared by the scripts of topics. KEYS[1] is what every key of a topic begins with,
-- "dc:{<namespace>:topic:<name>}". What follows it:
--
-- :x          stream of the messages. An id is "<ms>-<sequence>": when it was published by the server's clock, and
--             which one it is of all messages of the topic; so a gap tells how many a reader missed. One field, d: the
--             payload
-- :m          hash: n id of the last message; f fence of the last consumer; b bytes of the largest payload, when it is
--             above 64 KiB; a how long messages are kept, ms, 0 for ever; w set while consumers may be waiting;
--             r until when somebody may read what is announced, ms; ~<lane> "<number> <id>" of the last publishing call
--             of a lane, see once.lua
-- :c          channel on which messages are announced to who reads: "<id> <payload>", or "<id>" when it is large or one
--             of several
-- :W          set of the groups in which consumers wait
-- :o:<lane>   see once.lua
-- Of a group:
-- :w:<group>  sorted set of the tokens of consumers that wait, by their arrival
-- :i:<group>  hash: s sequence of the last message that the group has read; m how many it missed;
--             @<name>: "<fence> <token>" of a consumer
-- :l:<group>  sorted set of the names of consumers; score = end of the lease, ms
-- :d:<group>  sorted set of the ids of messages that were given back; score = when they are due, ms
-- :a:<group>  sorted set of the ids of held messages that have a time limit; score = when it ends, ms
--
-- Who holds what is said by the stream's own list of pending messages. Its consumers are called "<fence>:<name>"; the
-- one called "-" has what was given back.
local base = KEYS[1]
local stream, meta = base .. ':x', base .. ':m'
-- The two numbers of an id.
local function numbers(id)
    local ms, sequence = string.match(id, '^(%d+)%-(%d+)$')
    return tonumber(ms), tonumber(sequence)
end
