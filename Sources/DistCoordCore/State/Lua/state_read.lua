-- Reads keys.
-- KEYS: base of the scope.
-- ARGV: how many bytes of a value to answer, -1 for all; the keys.
-- Returns '', the server's time (us), and four for each key, see state_entries.lua.
-- include clock
-- include state_keys
-- include state_entries
local answer = {'', decimal(now_us)}
for index = 2, #ARGV do add_entry(answer, ARGV[index], tonumber(ARGV[1])) end
return answer
