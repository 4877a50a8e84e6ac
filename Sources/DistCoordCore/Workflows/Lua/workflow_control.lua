-- Pauses, stops, takes up or deletes a run.
-- KEYS 1 see queue_keys.lua
-- ARGV 1 run, 2 'pause', 'resume', 'stop', 'delete', or 'go' to go on with what an earlier call began
--      3 why it is stopped, 4 '1' to stop also what always runs
-- Returns 0: no such run. 1: done. 2: there is more to do, by 'go'. 3: it has ended (of 'resume': well). 4: it has not
-- ended.
-- include clock
-- include mailbox
-- include queue_keys
-- include queue_jobs
-- include queue_line
-- include queue_time
local id, verb = ARGV[1], ARGV[2]
local run = graphs().run(id)
if not run then return verb == 'delete' and 1 or 0 end
local has_ended = run.state >= 3
if verb == 'delete' then
    if not has_ended then return 4 end
    graphs().drop()
    for _, letter in ipairs({'R:', 'T:', 'G:', 'O:', 'H:', 'M:', 'P:'}) do redis.call('UNLINK', base .. letter .. id) end
    redis.call('ZREM', base .. 'R', id)
-- include artifact_delete
    return 1
end
if verb == 'pause' then
    if has_ended then return 3 end
    if not run.paused and run.state == 0 then
        run.paused = '1'
        redis.call('HSET', run.key, 'paused', '1')
        graphs().note(run, 2, 1, '', '')
        graphs().add_work(run, 'p', '')
    end
elseif verb == 'stop' then
    if has_ended then return 3 end
    graphs().stop(run, ARGV[4] == '1' and '2' or '1', 'u', ARGV[3])
elseif verb == 'resume' then
    if run.state == 3 then return 3 end
    if has_ended then
        run.state, run.stopping, run.stopper = 0, nil, nil
        redis.call('HSET', run.key, 'state', 0)
        redis.call('HDEL', run.key, 'stopping', 'stopper', 'reason', 'ended')
        graphs().keep(run)
        graphs().note(run, 0, 0, '', '')
        graphs().take_up(run)
    elseif run.paused then
        run.paused = nil
        redis.call('HDEL', run.key, 'paused')
        graphs().note(run, 3, 0, '', '')
        graphs().add_work(run, 'u', '')
    end
end
settle_line()
return redis.call('EXISTS', base .. 'M:' .. id) == 1 and 2 or 1
