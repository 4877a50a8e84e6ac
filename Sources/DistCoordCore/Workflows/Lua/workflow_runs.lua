-- The runs of a queue, the latest first; those that are forgotten are left out, and out of what follows.
-- KEYS 1 see queue_keys.lua
-- ARGV 1 how many to leave out, 2 how many at most
-- Returns {run, then as from workflow_summary.lua, run, ...}
-- include queue_keys
-- include workflow_counts
local offset, limit = tonumber(ARGV[1]), tonumber(ARGV[2])
local reply, old = {}, {}
for _, id in ipairs(redis.call('ZREVRANGE', base .. 'R', offset, offset + limit - 1)) do
    local summary = summary_of(base .. 'R:' .. id)
    if summary then
        reply[#reply + 1] = id
        for i = 1, 12 do reply[#reply + 1] = summary[i] end
    else
        old[#old + 1] = id
    end
end
if #old > 0 then redis.call('ZREM', base .. 'R', unpack(old)) end
return reply
