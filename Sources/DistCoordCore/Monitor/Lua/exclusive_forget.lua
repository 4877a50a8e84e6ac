-- Gives back what a client held that has died.
-- KEYS 1 state: see exclusive_state.lua
-- ARGV 1 the client, 2 'a' to announce changes of the holder
-- Returns how many holds were given back: levels of an owner count each, but those that were left to others stay.
-- include clock
local announces = ARGV[2] == 'a'
-- include exclusive_state
local lock = read(KEYS[1])
if lock.lease_end <= now_ms then return 0 end
local prefix = ARGV[1] .. ':'
local function is_of_client(token)
    return string.sub(token, 1, #prefix) == prefix
end
-- include exclusive_retention
-- include exclusive_give
-- include exclusive_levels
-- include mailbox
-- include exclusive_grant
if not is_owned(lock) then
    if not is_of_client(lock.holder) then return 0 end
    let_go(lock)
    return 1
end
local all = redis.call('HGETALL', lock.state .. ':levels')
local count, is_free = 0, false
for index = 1, #all, 2 do
    if is_of_client(all[index]) and string.sub(all[index + 1], -1) ~= 'd' then
        if not drop_level(lock, all[index]) then is_free = true end
        count = count + 1
    end
end
if is_free then let_go(lock) end
return count
