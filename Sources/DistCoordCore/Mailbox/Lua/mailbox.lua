-- Tells a waiter something. A token is "<client>:<number>"; the client's mailbox is the channel dc:mailbox:<client>
-- (Keys.mailbox in Keys.swift), on which it expects "<number> <message>".
-- Returns how many clients got it: 0 means that the waiter's client is gone.
local function tell(token, message)
    local client, number = string.match(token, '^([^:]*):(.*)$')
    return redis.call('PUBLISH', 'dc:mailbox:' .. client, number .. ' ' .. message)
end
