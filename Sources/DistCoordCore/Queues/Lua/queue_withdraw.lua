-- A claimer leaves the line, or takes back a claim whose answer it never saw.
-- KEYS 1 see queue_keys.lua
-- ARGV 1 token, or '' of a claimer that did not wait, 2 slot, 3 request, 4 number of jobs: as it asked in queue_claim.lua
--      5 '1' to give back at once what was claimed
--      6 lease of what is kept, ms
--      7 profile
-- Returns {0}: it waits no more and has claimed nothing.
--         {number of the claim, id, record, ...} as queue_claim.lua: it was handed these, and has them.
-- include clock
-- include mailbox
-- include queue_keys
-- include queue_jobs
-- include queue_line
local was_waiting = ARGV[1] ~= ''
    and redis.call('ZREM', base .. 'w:' .. ARGV[7], ARGV[1] .. ' ' .. ARGV[2] .. ' ' .. ARGV[3] .. ' ' .. ARGV[4]) == 1
if was_waiting then
    -- It may have been the one that would have looked when time makes a job ready.
    local event = next_event()
    if event then
        redis.call('HDEL', base .. 'c', 't')
        watch(math.max(event, now_ms))
    end
    return {0}
end
local claim, ids, records = last_claim(ARGV[2], ARGV[3])
if not claim then return {0} end
if ARGV[5] == '1' then
    local held, its_records = {}, {}
    for i = 1, #ids do
        if ids[i] then
            held[#held + 1] = ids[i]
            its_records[#held] = records[i]
        end
    end
    give_back(held, its_records)
    hand_out()
    return {0}
end
lease_again(claim, ids, tonumber(ARGV[6]), ARGV[2])
return claimed(claim, ids, records)
