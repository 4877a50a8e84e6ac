-- Who holds what, for monitoring: one part of the list.
-- KEYS 1 state: see permits_state.lua
-- ARGV 1 where the part begins, from 0, 2 how many
-- Returns {server's clock in ms, how many are in line, how many were looked at: fewer than asked for in the last
-- part; then, for each hold whose lease runs: member, "<weight> <fence>", end of the lease in ms}
-- include clock
local state, member, owner = KEYS[1], '', ''
-- include permits_state
local all = redis.call('ZRANGE', held, ARGV[1], decimal(ARGV[1] + ARGV[2] - 1), 'WITHSCORES')
local answer = {now_ms, redis.call('ZCARD', line), #all / 2}
for index = 1, #all, 2 do
    local grant = redis.call('HGET', state, all[index])
    if grant and tonumber(all[index + 1]) > now_ms then
        answer[#answer + 1] = all[index]
        answer[#answer + 1] = grant
        answer[#answer + 1] = all[index + 1]
    end
end
return answer
