-- Looks at one hold.
-- KEYS 1 state: see permits_state.lua
-- ARGV 1 member, 2 fence
-- Returns what exclusive_inspect.lua does, without names of those in line.
-- include clock
local state, member, owner = KEYS[1], ARGV[1], ''
-- include permits_state
read()
local left_ms = (redis.call('ZSCORE', held, member) or 0) - now_ms
local in_line = redis.call('ZCARD', line)
if grant_fence() ~= ARGV[2] or left_ms <= 0 then return {0, 0, '', 0, 0, in_line, 0, {}} end
-- A fence is the moment of the grant, but for a burst of grants within one microsecond.
local since_ms = math.min(now_ms, math.floor(ARGV[2] / 1000))
return {1, ARGV[2], string.gsub(member, ';%w+', '', 1), now_ms - since_ms, left_ms, in_line, since_ms, {}}
