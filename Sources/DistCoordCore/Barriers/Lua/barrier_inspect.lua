-- How a barrier stands.
-- KEYS 1 state, 2 present, 3 released, 4 acting: see barrier_state.lua
-- Returns {waiting, generation, 1 when broken}
-- include clock
local fields = redis.call('HMGET', KEYS[1], 'g', 'b', 'u')
-- An action whose party has died: nobody has come by who could break the barrier.
local is_over = fields[3] and now_ms >= tonumber(fields[3])
local waiting = is_over and 0 or redis.call('ZCARD', KEYS[2]) + redis.call('ZCARD', KEYS[4])
return {waiting, tonumber(fields[1] or 0), (fields[2] == '1' or is_over) and 1 or 0}
