-- Times that the scripts of locks and elections share, apart from the rest because the shortest ways need only them.
local retention_ms = 900000 -- how long unused keys stay
local first_lease_ms = 1000 -- of a grant by message, which its receiver may never see
