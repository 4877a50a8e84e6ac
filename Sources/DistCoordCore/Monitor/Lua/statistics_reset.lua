-- Sets sums to zero; see statistics_add.lua.
-- KEYS 1 sums of the kind, 2 sums of a name, if only that is meant
-- Returns 1.
if KEYS[2] then
    redis.call('DEL', KEYS[2])
    return 1
end
-- include clock
-- Sums of names are not looked for: what is older than this moment counts as zero. It is remembered for as long as
-- they are.
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'z', decimal(now_us))
redis.call('PEXPIRE', KEYS[1], '86400000')
return 1
