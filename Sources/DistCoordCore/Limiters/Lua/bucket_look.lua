-- How many tokens are in a bucket.
-- KEYS 1 bucket
-- ARGV see bucket_state.lua
-- Returns {how many, after how many us there is one}
-- include clock
-- include bucket_state
local missing = ((full_us - now_us) * limit + full_rest) / period_us
local tokens = math.max(math.floor(burst - missing), 0)
-- That is not exact; this is.
while tokens > 0 and wait_for(tokens) > 0 do tokens = tokens - 1 end
while tokens < burst and wait_for(tokens + 1) == 0 do tokens = tokens + 1 end
return {decimal(tokens), decimal(wait_for(1))}
