-- Has the artifacts of a run that has ended expire with it; in finish_run of workflow_settle.lua.
local artifacts = base .. 'F:' .. run.id
for _, meta in ipairs(redis.call('HVALS', artifacts)) do
    redis.call('PEXPIRE', base .. 'f:' .. string.match(meta, '%S+$'), retention)
end
redis.call('PEXPIRE', artifacts, retention)
