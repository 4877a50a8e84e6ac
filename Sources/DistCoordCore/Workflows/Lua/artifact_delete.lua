-- Forgets the artifacts of a run that is deleted; in workflow_control.lua.
local artifacts = base .. 'F:' .. id
for _, meta in ipairs(redis.call('HVALS', artifacts)) do
    redis.call('UNLINK', base .. 'f:' .. string.match(meta, '%S+$'))
end
redis.call('UNLINK', artifacts)
