-- Publishes a message on a channel.
-- KEYS 1 number of the channel's last message: an epoch above the lower 32 bits, another one whenever the key is made
--        anew, and below it a count. The channel is called as the key without its ":n"
--      2 lane, see once.lua
-- ARGV 1 number of the call in its lane, 2 payload
-- Returns how many clients got it
-- The message is "<number> <payload>": a subscriber whose connection was lost sees how many it missed.
-- include clock
-- include once
local channel = string.sub(KEYS[1], 1, -3)
if once(KEYS[2], ARGV[1], '') then return redis.call('PUBSUB', 'NUMSUB', channel)[2] end
local number = redis.call('INCR', KEYS[1])
if number == 1 then
    -- 20 bits, so that numbers stay below 2^53; never 0.
    number = (now_us % 1048575 + 1) * 4294967296 + 1
    redis.call('SET', KEYS[1], decimal(number))
end
redis.call('PEXPIRE', KEYS[1], 86400000)
return redis.call('PUBLISH', channel, decimal(number) .. ' ' .. ARGV[2])
