-- Who holds it, for a list of all that is held.
-- KEYS 1 state: see exclusive_state.lua
-- Returns {} when nobody does; else {fence, holder, since when in ms, held for ms, lease left in ms, how many are in
-- line, levels of an owner: token, lease left in ms, 1 when it was detached, ...}
-- include clock
-- include exclusive_state
-- include exclusive_levels
local lock = read(KEYS[1])
if lock.lease_end <= now_ms then return {} end
local levels = {}
if is_owned(lock) then
    local all = redis.call('HGETALL', lock.state .. ':levels')
    for index = 1, #all, 2 do
        local left_ms = level_end(all[index + 1]) - now_ms
        if left_ms > 0 then
            local count = #levels
            levels[count + 1], levels[count + 2] = all[index], left_ms
            levels[count + 3] = string.sub(all[index + 1], -1) == 'd' and 1 or 0
        end
    end
end
local since_ms = math.min(now_ms, math.floor(lock.fence / 1000))
return {
    lock.fence, lock.holder, since_ms, now_ms - since_ms, lock.lease_end - now_ms,
    redis.call('ZCARD', lock.state .. ':line'), levels,
}
