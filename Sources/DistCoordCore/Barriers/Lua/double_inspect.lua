-- How a double barrier stands.
-- KEYS 1 state: see double_state.lua
-- ARGV 1 how many parties there are to be when nobody is there
-- Returns {inside, left, parties less those that have died, round}
-- include clock
-- include mailbox
-- include double_state
drop_dead()
return {
    redis.call('ZCARD', inside), redis.call('HLEN', left), (parties or tonumber(ARGV[1])) - deaths, round,
}
