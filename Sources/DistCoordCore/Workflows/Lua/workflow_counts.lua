-- What is told of a run in few words; follows queue_keys.lua.
local function summary_of(key)
    local state, name, reason, started, ended, paused, n0, n1, n2, n3, n4, n5, n6, n7 = unpack(redis.call(
        'HMGET', key, 'state', 'name', 'reason', 'started', 'ended', 'paused', 'n0', 'n1', 'n2', 'n3', 'n4', 'n5', 'n6',
        'n7'))
    if not state then return nil end
    if paused and state == '0' then state = '1' end
    return {
        tonumber(state), name, tonumber(state) >= 2 and reason or '', tonumber(started), tonumber(ended or 0),
        tonumber(n0 or 0), (n1 or 0) + (n2 or 0), tonumber(n3 or 0), tonumber(n4 or 0), tonumber(n5 or 0), tonumber(n6 or 0),
        tonumber(n7 or 0),
    }
end
