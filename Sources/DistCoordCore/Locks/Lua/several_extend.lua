-- Sets the end of the lease of several locks that are held together.
-- KEYS 1... states: see exclusive_state.lua
-- ARGV 1 "<token>;m <what others see>", 2 fence, 3 lease from now, ms
-- Returns 1: extended. 0: one of them is not held any more, hence all are as good as lost; nothing was done.
-- include clock
-- include exclusive_retention
local announces = false
-- include exclusive_state
-- include exclusive_give
for _, state in ipairs(KEYS) do
    local lock = read(state)
    if lock.holder ~= ARGV[1] or lock.fence ~= ARGV[2] or lock.lease_end <= now_ms then return 0 end
end
for _, state in ipairs(KEYS) do
    redis.call('PEXPIRE', state, decimal(ARGV[3] + retention_ms))
    redis.call('HSET', state, 'u', decimal(now_ms + ARGV[3]))
end
return 1
