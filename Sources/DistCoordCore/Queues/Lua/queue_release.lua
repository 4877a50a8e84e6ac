-- Gives claimed jobs back untouched, to the front of their lists, and hands them to claimers that wait.
-- KEYS 1 see queue_keys.lua
-- ARGV for each job, at most 1000: id, number of the claim, priority
-- Returns a text with a digit per job: 1 given back, 0 not held any more.
-- include clock
-- include mailbox
-- include queue_keys
-- include queue_jobs
local ids = {}
for i = 1, #ARGV, 3 do ids[#ids + 1] = ARGV[i] end
local held_by = redis.call('HMGET', base .. 'x', unpack(ids))
local ends = redis.call('ZMSCORE', base .. 'a', unpack(ids))
local digits, held, priorities = {}, {}, {}
for i = 1, #ids do
    if is_held(held_by[i], ends[i], ARGV[3 * i - 1]) then
        held[#held + 1] = ids[i]
        priorities[#priorities + 1] = ARGV[3 * i]
        digits[i] = '1'
    else
        digits[i] = '0'
    end
end
if #held > 0 then
    give_back(held, priorities)
    hand_out()
end
return table.concat(digits)
