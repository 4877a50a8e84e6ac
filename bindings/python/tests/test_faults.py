"""Processes that die or stop, and servers that go away."""

from __future__ import annotations

import signal
import time

import pytest
from support import KEPT, Child, Server, eventually, in_thread, sees_renewal

import distcoord

LEASE = 0.5


def answers(client: distcoord.Client) -> bool:
    try:
        client.ping()
        return True
    except distcoord.ConnectionError:
        return False


def test_a_killed_lock_holder(client: distcoord.Client, server: Server, namespace: str) -> None:
    program = f"lock = client.lock('x', lease={KEPT}); lock.acquire(); say(str(lock.fence)); input()"
    with Child(server, namespace, program) as child:
        fence = int(child.line())
        assert client.lock("x").acquire(timeout=0) is False
        child.signal(signal.SIGKILL)
        lock = client.lock("x")
        assert lock.acquire(timeout=KEPT + 5)
        assert lock.fence > fence
        lock.release()


def test_a_killed_waiter_is_skipped(
    client: distcoord.Client, other: distcoord.Client, server: Server, namespace: str,
) -> None:
    lock = client.lock("x")
    lock.acquire()

    def waiters() -> int:
        info = lock.inspect()
        return -1 if info is None else info.waiters

    with Child(server, namespace, "say('waits'); client.lock('x').acquire()") as child:
        child.expect("waits")
        eventually(lambda: waiters() == 1, "the child waits")
        behind = in_thread(other.lock("x").acquire)
        eventually(lambda: waiters() == 2, "the next one waits behind it")
        child.signal(signal.SIGKILL)
        child.finish()
        lock.release()
        assert behind() is True


def test_a_killed_leader(client: distcoord.Client, server: Server, namespace: str) -> None:
    program = f"election = client.election('e', lease={LEASE}); election.campaign(); say(str(election.term)); input()"
    with Child(server, namespace, program) as child:
        term = int(child.line())
        child.signal(signal.SIGKILL)
        election = client.election("e")
        assert election.campaign(timeout=LEASE + 5)
        assert election.term > term
        election.resign()


def test_a_killed_party_frees_its_place(client: distcoord.Client, server: Server, namespace: str) -> None:
    barrier = client.barrier("b", 2)
    with Child(server, namespace, "say('waits'); client.barrier('b', 2).wait()") as child:
        child.expect("waits")
        eventually(lambda: barrier.n_waiting == 1, "the child waits")
        child.signal(signal.SIGKILL)
        child.finish()
    first = in_thread(lambda: barrier.wait(timeout=20))
    time.sleep(0.2)
    second = in_thread(lambda: barrier.wait(timeout=20))
    assert sorted((first(), second())) == [0, 1]


def test_the_job_of_a_killed_worker_runs_again(client: distcoord.Client, server: Server, namespace: str) -> None:
    queue = client.queue("q")
    id = queue.push("x", backoff=0)
    program = f"job = client.queue('q', lease={LEASE}).claim(); say(str(job.fence)); input()"
    with Child(server, namespace, program) as child:
        fence = int(child.line())
        child.signal(signal.SIGKILL)
        job = queue.claim(timeout=LEASE + 5)
        assert job is not None
        assert (job.id, job.attempt) == (id, 2) and job.fence > fence
        job.complete(b"by the second")
    assert queue.result(id) == b"by the second"


def test_a_claimer_that_was_killed_gets_nothing(client: distcoord.Client, server: Server, namespace: str) -> None:
    queue = client.queue("q")
    with Child(server, namespace, "say('waits'); client.queue('q').claim()") as child:
        child.expect("waits")
        eventually(lambda: queue.counts().claimers == 1, "the child waits")
        child.signal(signal.SIGKILL)
        child.finish()
    queue.push("x")
    job = queue.claim(timeout=5)
    assert job is not None and job.attempt == 1
    job.complete()


def test_a_holder_stopped_past_its_lease_is_told(client: distcoord.Client, server: Server, namespace: str) -> None:
    program = f"""
lock = client.lock('x', lease={LEASE})
lock.acquire()
say(str(lock.fence))
input()
assert lock.lost.wait(5) and not lock.owned()
try:
    lock.release()
except distcoord.LockLost:
    say("lost")
"""
    with Child(server, namespace, program) as child:
        fence = int(child.line())
        child.signal(signal.SIGSTOP)
        lock = client.lock("x")
        eventually(lambda: lock.acquire(timeout=0), "the lease has ended")
        assert lock.fence > fence
        child.tell()
        child.signal(signal.SIGCONT)
        child.expect("lost")
        assert child.finish() == 0
        assert lock.owned()
        lock.release()


def test_a_leader_stopped_past_its_lease_is_told(client: distcoord.Client, server: Server, namespace: str) -> None:
    program = f"""
election = client.election('e', lease={LEASE})
election.campaign()
say("leads")
input()
assert election.lost.wait(5) and not election.is_leader and election.lost
try:
    election.resign()
except distcoord.LeadershipLost as error:
    say(f"lost {{error.name}}")
"""
    with Child(server, namespace, program) as child:
        child.expect("leads")
        child.signal(signal.SIGSTOP)
        election = client.election("e")
        eventually(lambda: election.campaign(timeout=0), "the lease has ended")
        child.tell()
        child.signal(signal.SIGCONT)
        child.expect("lost e")
        election.resign()


def test_a_worker_stopped_past_its_lease_cannot_complete(
    client: distcoord.Client, server: Server, namespace: str,
) -> None:
    program = f"""
queue = client.queue('q', lease={LEASE})
jobs = queue.claim_many(2)
say("claimed")
input()
assert jobs[0].lost.wait(5) and jobs[0].lost
try:
    jobs[0].complete(b"too late")
except distcoord.JobLost as error:
    say(f"lost {{error.id == jobs[0].id}}")
say(str(queue.complete_many(jobs[1:])))
"""
    queue = client.queue("q")
    ids = queue.push_many([{"payload": "a", "backoff": 0}, {"payload": "b", "backoff": 0}])
    with Child(server, namespace, program) as child:
        child.expect("claimed")
        child.signal(signal.SIGSTOP)
        for _ in ids:
            job = queue.claim(timeout=LEASE + 5)
            assert job is not None and job.attempt == 2
            job.complete(b"in time")
        child.tell()
        child.signal(signal.SIGCONT)
        child.expect("lost True")
        child.expect("[False]")
        assert child.finish() == 0
    assert [queue.result(id) for id in ids] == [b"in time", b"in time"]


def test_leases_are_kept_while_python_is_busy(client: distcoord.Client, server: Server, namespace: str) -> None:
    """The C call holds the interpreter lock for longer than the lease: no Python thread runs meanwhile."""
    program = f"""
import ctypes
lock = client.lock('x', lease={KEPT})
lock.acquire()
say("held")
ctypes.PyDLL(None).usleep({int(KEPT * 4e6 / 3)})
say(str(lock.owned()))
lock.release()
"""
    with Child(server, namespace, program) as child:
        child.expect("held")
        assert client.lock("x").acquire(timeout=KEPT * 7 / 6) is False
        child.expect("True")
        assert child.finish() == 0


def test_what_a_program_holds_is_free_at_once_when_it_ends(
    client: distcoord.Client, server: Server, namespace: str,
) -> None:
    queue = client.queue("q")
    queue.push("x")
    program = """
locks = [client.lock('x', lease=600)]
locks[0].acquire()
jobs = client.queue('q', lease=600).claim_many(1)
say("held")
"""
    with Child(server, namespace, program) as child:
        child.expect("held")
        assert child.finish() == 0
    assert client.lock("x").acquire(timeout=20)
    job = queue.claim(timeout=20)
    assert job is not None and job.attempt == 1


def test_waits_ride_out_a_restart_of_the_server(own_server: Server, namespace: str) -> None:
    with distcoord.connect(own_server.url, namespace) as client, distcoord.connect(own_server.url, namespace) as other:
        lock = other.lock("x", lease=30)
        lock.acquire()
        queue = client.queue("q")
        id = queue.push("result", delay=600)
        waits = [
            in_thread(lambda: client.lock("x").acquire(timeout=15)),
            in_thread(lambda: client.queue("jobs").claim(timeout=15)),
        ]
        eventually(lambda: (lock.inspect() or pytest.fail()).waiters == 1, "one waits for the lock")
        eventually(lambda: client.queue("jobs").counts().claimers == 1, "one waits for a job")
        own_server.kill()
        time.sleep(0.3)
        own_server.start()
        assert client.ping() >= 0
        lock.release()
        other.queue("jobs").push("after the restart")
        assert waits[0]() is True
        job = waits[1]()
        assert job is not None and job.payload == b"after the restart"
        with pytest.raises(distcoord.ResultTimeout):
            queue.result(id, timeout=0)


def test_calls_end_in_time_while_the_server_is_away(own_server: Server, namespace: str) -> None:
    with distcoord.connect(own_server.url, namespace, timeout=0.5, connect_timeout=0.5) as client:
        lock = client.lock("x", lease=0.5)
        eventually(lambda: answers(client) and _takes(lock), "it is held")
        own_server.kill()
        for call in (client.ping, lambda: client.queue("q").push("x"), client.queue("q").counts):
            began = time.monotonic()
            with pytest.raises(distcoord.ConnectionError) as caught:
                call()
            assert time.monotonic() - began < 5, "not the 10 seconds that others have"
            assert caught.value.retriable
        assert lock.lost.wait(5), "a lease that could not be renewed is told to be lost"
        own_server.start()
        eventually(lambda: answers(client), "the client has reconnected")
        eventually(lambda: _takes(lock), "it can be held again")


def _takes(lock: distcoord.Lock) -> bool:
    """Unless the machine stood still for longer than the client waits for an answer."""
    try:
        return lock.acquire(timeout=5)
    except distcoord.ConnectionError:
        return False


def test_a_server_that_does_not_answer(own_server: Server, namespace: str) -> None:
    assert own_server.process is not None
    with distcoord.connect(own_server.url, namespace, timeout=0.5) as client:
        eventually(lambda: answers(client), "the client is connected")
        own_server.process.send_signal(signal.SIGSTOP)
        try:
            with pytest.raises(distcoord.ConnectionError) as caught:
                client.ping()
            assert isinstance(caught.value, (distcoord.NoReply, distcoord.ConnectionError))
        finally:
            own_server.process.send_signal(signal.SIGCONT)
        eventually(lambda: answers(client), "the client has reconnected")


def test_scripts_forgotten_by_the_server(client: distcoord.Client, server: Server) -> None:
    with client.lock("x") as lock:
        server.redis("SCRIPT", "FLUSH")
        lock.extend()
        server.redis("SCRIPT", "FLUSH")
    client.queue("q").push("x")
    server.redis("SCRIPT", "FLUSH")
    job = client.queue("q").claim(timeout=0)
    assert job is not None
    server.redis("SCRIPT", "FLUSH")
    job.complete()


def test_a_full_server(own_server: Server, namespace: str) -> None:
    with distcoord.connect(own_server.url, namespace) as client:
        client.ping()
        own_server.redis("CONFIG", "SET", "maxmemory", "1")
        with pytest.raises(distcoord.ServerFull) as caught:
            client.queue("q").push("x")
        assert "maxmemory" in caught.value.server_text and caught.value.retriable
        assert "raise its maxmemory" in str(caught.value)
        own_server.redis("CONFIG", "SET", "maxmemory", "0")
        client.queue("q").push("x")


def test_a_full_server_lets_locks_be_kept_and_released(own_server: Server, namespace: str) -> None:
    with distcoord.connect(own_server.url, namespace) as client:
        lock = client.lock("x", lease=KEPT)
        assert lock.acquire()
        own_server.redis("CONFIG", "SET", "maxmemory", "1")
        sees_renewal(lambda: lock.lease_left)
        assert not lock.lost
        lock.release()
        with pytest.raises(distcoord.ServerFull):
            client.lock("y").acquire()
        own_server.redis("CONFIG", "SET", "maxmemory", "0")
        assert client.lock("x").acquire(timeout=0)
