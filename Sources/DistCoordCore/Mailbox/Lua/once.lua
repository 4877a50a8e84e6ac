-- Makes a call that changes something safe to send twice: a lost answer is no reason to do it again.
--
-- A client numbers its calls in lanes, one call at a time in each (CallLanes.swift). The lane's key, named by Keys.lane,
-- holds "<number> <answer>" of its last call, for longer than anybody sends a call again.
local lane_ms = '120000'

-- To be called after everything is read and checked, before the first write: a server that is out of memory then refuses
-- the whole.
-- Returns nil for a call that is new; it is now noted, with its answer. Else nothing is to be written, and this is the
-- answer noted for this very call, or '' when the lane has gone on, so that nobody waits for this one.
-- `ms`: for how long to note it, if not for as long as above: where very many keys have lanes.
local function once(lane, number, answer, ms)
    local before = redis.call('SET', lane, number .. ' ' .. answer, 'PX', ms or lane_ms, 'GET')
    if not before then return nil end
    local last = string.match(before, '^%d+')
    if tonumber(last) < tonumber(number) then return nil end
    redis.call('SET', lane, before, 'PX', ms or lane_ms)
    return last == number and string.sub(before, #last + 2) or ''
end
