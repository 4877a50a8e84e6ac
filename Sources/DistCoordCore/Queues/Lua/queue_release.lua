-- Gives claimed jobs back untouched, to the front of their lists or for a while, and hands them to claimers that wait.
-- KEYS 1 see queue_keys.lua
-- ARGV 1 ms for which they are not to be claimed; '' for the front of their lists
--      then for each job, at most 1000: id, number of the claim
-- Returns a text with a digit per job: 1 given back, 0 not held any more.
-- include clock
-- include mailbox
-- include queue_keys
-- include queue_jobs
-- include queue_line
local ids, delay = {}, tonumber(ARGV[1])
for i = 2, #ARGV, 2 do ids[#ids + 1] = ARGV[i] end
local held_by = redis.call('HMGET', base .. 'x', unpack(ids))
local ends = redis.call('ZMSCORE', base .. 'a', unpack(ids))
local records = redis.call('HMGET', base .. 'j', unpack(ids))
local reasons = redis.call('HMGET', base .. 'X', unpack(ids))
local digits, held, its_records = {}, {}, {}
for i = 1, #ids do
    if records[i] and is_held(held_by[i], ends[i], ARGV[2 * i + 1]) then
        digits[i] = '1'
        if reasons[i] then
            -- Nobody wants it any more.
            let_go({ids[i]})
            local _, attempt = string.byte(records[i], 7, 8)
            rare().finish(ids[i], records[i], 2, attempt - 1, 0, reasons[i], true)
        else
            held[#held + 1] = ids[i]
            its_records[#held] = records[i]
        end
    else
        digits[i] = '0'
    end
end
if #held > 0 then
    if delay then
        let_go(held)
        for i = 1, #held do rare().again(held[i], its_records[i], delay) end
    else
        give_back(held, its_records)
    end
end
settle_line()
return table.concat(digits)
