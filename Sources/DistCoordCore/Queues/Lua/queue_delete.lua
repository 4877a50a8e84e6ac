-- Deletes dead jobs, or what is kept of jobs that have ended.
-- KEYS 1 see queue_keys.lua
-- ARGV 1 'z' dead, 'o' ended
--      2 only those that ended at least so many ms ago
--      3 id, '' for all; then 4 how many to leave out, 5 how many to look at
--      6 '1' when the call has been sent before
-- Returns {how many, how many were looked at}.
-- include clock
-- include queue_keys
local index = base .. (ARGV[1] == 'z' and 'z' or 'e')
local ids = {ARGV[3]}
if ARGV[3] == '' then ids = redis.call('ZRANGE', index, ARGV[4], ARGV[4] + ARGV[5] - 1) end
local count, latest = 0, now_ms - ARGV[2]
for _, id in ipairs(ids) do
    local ended
    if ARGV[1] == 'z' then
        ended = tonumber(redis.call('ZSCORE', base .. 'z', id) or nil)
    else
        local outcome = redis.call('HGET', base .. 'o', id)
        ended = outcome and (struct.unpack('<I6', outcome))
    end
    if ended and ended <= latest then
        count = count + 1
        if ARGV[1] == 'z' then
            redis.call('ZREM', base .. 'z', id)
            redis.call('HDEL', base .. 'j', id)
            redis.call('HDEL', base .. 'E', id)
            redis.call('DEL', base .. 'b:' .. id)
        end
        redis.call('HDEL', base .. 'o', id)
        redis.call('ZREM', base .. 'e', id)
    end
end
-- What is not there was deleted by the first sending.
if ARGV[6] == '1' and ARGV[3] ~= '' and count == 0 then count = 1 end
return {count, #ids}
