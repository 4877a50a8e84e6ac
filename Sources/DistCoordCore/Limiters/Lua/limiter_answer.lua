-- What a taking that was made before is answered when it is sent again; follows clock.lua. Its note begins with the
-- moment (us) from which what it took is there.
-- Returns nil for one that was not made.
local function answered(note)
    if not note then return nil end
    local due_us = tonumber(string.match(note, '^%d+') or 0)
    return {1, decimal(math.max(due_us - now_us, 0))}
end
