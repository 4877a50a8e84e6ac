"""Who holds what, how long it takes, and taking it back."""

from __future__ import annotations

import os
import pickle
from datetime import datetime, timedelta, timezone

import pytest
from support import Child, Server, eventually, in_thread

import distcoord


def test_holds_of_every_kind(server: Server, namespace: str) -> None:
    with distcoord.connect(server.url, namespace, label="ann") as client:
        assert client.holds() == []
        reading, writing = client.rwlock("r").read(), client.rwlock("w").write()
        semaphore, election = client.semaphore("s", 5), client.election("e")
        lock = client.lock("l", lease=30, owner="run-7")
        assert lock.acquire() and reading.acquire() and writing.acquire() and semaphore.acquire(count=3)
        assert election.campaign()
        holds = client.holds()
        kinds = [(hold.kind, hold.name, hold.permits, hold.owner) for hold in holds]
        assert kinds == [
            ("lock", "l", 1, "run-7"), ("read", "r", 1, ""), ("write", "w", 1, ""), ("semaphore", "s", 3, ""),
            ("election", "e", 1, "")]
        hold = holds[0]
        assert hold.holder == "ann" and hold.pid == os.getpid() and hold.host and hold.client == client.id
        assert hold.fence == lock.fence and holds[4].fence == election.term
        assert hold.since.tzinfo is timezone.utc
        assert abs(datetime.now(timezone.utc) - hold.since) < timedelta(minutes=1)
        assert 0 <= hold.held < 30 and 20 < hold.lease_left <= 30 and hold.waiters == 0 and hold.stale is False
        assert client.holds(stale=True) == []


def test_waiters_are_counted(client: distcoord.Client, other: distcoord.Client) -> None:
    with client.lock("x") as lock:
        waiting = in_thread(other.lock("x").acquire)
        eventually(lambda: [hold.waiters for hold in client.holds()] == [1], "it waits")
        assert lock.owned()
    assert waiting() is True


def test_the_silent_and_the_dead_are_stale(client: distcoord.Client, server: Server, namespace: str) -> None:
    program = "lock = client.lock('x', lease=30); lock.acquire(); say(client.id); input()"
    with client.lock("mine"), Child(server, namespace, program) as child:
        id = child.line()
        assert client.holds(stale=True) == []
        child.process.kill()
        child.finish()
        stale = eventually(lambda: client.holds(stale=True), "it is seen to be gone")
        assert [(hold.name, hold.client, hold.stale) for hold in stale] == [("x", id, True)]
        assert len(client.holds()) == 2
        assert client.release_dead_client(id) == 1
        assert client.holds(stale=True) == []
        assert client.lock("x").acquire(timeout=0)
        assert client.release_dead_client(id) == 0


def test_breaking_holds(client: distcoord.Client, other: distcoord.Client) -> None:
    lock, semaphore, election = client.lock("l"), client.semaphore("s", 1), client.election("e")
    writing = client.rwlock("w").write()
    assert lock.acquire() and semaphore.acquire() and election.campaign() and writing.acquire()
    waiting = in_thread(other.lock("l").acquire)
    eventually(lambda: (lock.inspect() or pytest.fail("free")).waiters == 1, "it waits")
    holds = {hold.kind: hold for hold in other.holds()}
    for hold in holds.values():
        assert other.break_hold(hold) is True
        assert other.break_hold(hold) is False, "that grant has ended"
    assert waiting() is True
    assert other.semaphore("s", 1).acquire(timeout=0) and other.election("e").campaign(timeout=0)
    for call in (lock.release, semaphore.release, writing.release, election.resign):
        with pytest.raises((distcoord.LockLost, distcoord.LeadershipLost)):
            call()


def test_a_hold_that_travelled_is_looked_up_again(client: distcoord.Client) -> None:
    lock = client.lock("x")
    assert lock.acquire()
    hold = client.holds()[0]
    copy = pickle.loads(pickle.dumps(hold))
    assert copy == hold and isinstance(copy, distcoord.Hold)
    assert client.break_hold(copy._replace(fence=copy.fence - 1)) is False
    assert client.break_hold(copy) is True
    assert client.break_hold(copy) is False
    assert not lock.locked()


def test_statistics(client: distcoord.Client, other: distcoord.Client) -> None:
    nobody = client.lock_statistics("x")
    assert (nobody.acquired, nobody.contended, nobody.timed_out, nobody.lost, nobody.released) == (0, 0, 0, 0, 0)
    assert nobody.mean_wait == nobody.mean_hold == nobody.wait_percentile(99) == nobody.hold_percentile(99) == 0
    lock = client.lock("x")
    for _ in range(9):
        with lock:
            pass
    with lock:
        assert client.lock("x").acquire(timeout=0) is False
        waiting = in_thread(lambda: client.lock("x").acquire(timeout=0.3))
        assert waiting() is False
    numbers = client.lock_statistics("x")
    assert (numbers.acquired, numbers.timed_out, numbers.released, numbers.lost) == (10, 2, 10, 0)
    assert 0 < numbers.mean_hold and 0 < numbers.mean_wait < 5
    assert 0.25 < numbers.hold_percentile(100) < 5 and numbers.hold_percentile(50) < numbers.hold_percentile(100)
    assert numbers.wait_percentile(0) <= numbers.wait_percentile(50) <= numbers.wait_percentile(100)
    assert "acquired 10" in repr(numbers)
    eventually(lambda: other.lock_statistics("x").acquired == 10, "others are told in time")
    with client.lock("y"):
        pass
    assert client.lock_statistics().acquired == 11


def test_statistics_of_contention_and_loss(client: distcoord.Client) -> None:
    with client.lock("x") as lock:
        waiting = in_thread(lambda: client.lock("x").acquire())
        eventually(lambda: (lock.inspect() or pytest.fail("free")).waiters == 1, "it waits")
    assert waiting() is True
    assert client.lock_statistics("x").contended == 1
    lost = client.lock("y", lease=0.2, renew=False)
    lost.acquire()
    assert lost.lost.wait(5)
    eventually(lambda: client.lock_statistics("y").lost == 1, "the loss is counted")


def test_statistics_of_other_kinds(client: distcoord.Client) -> None:
    with client.rwlock("x").read(), client.semaphore("x", 1):
        pass
    with client.rwlock("x").write():
        pass
    client.election("x").campaign()
    for kind in ("read", "write", "semaphore", "election"):
        assert client.lock_statistics("x", kind=kind).acquired == 1, kind
    assert client.lock_statistics("x").acquired == 0
    for call in (client.lock_statistics, client.reset_lock_statistics):
        with pytest.raises(distcoord.InvalidArgument, match="semaphore"):
            call("x", kind="barrier")


def test_resetting_statistics(client: distcoord.Client, other: distcoord.Client) -> None:
    for name in ("x", "y"):
        with client.lock(name):
            pass
    client.reset_lock_statistics("x")
    assert client.lock_statistics("x").acquired == 0
    assert client.lock_statistics("y").acquired == 1
    client.reset_lock_statistics()
    assert client.lock_statistics("y").acquired == 0
    for percent in (-1, 101, float("nan")):
        with pytest.raises(distcoord.InvalidArgument):
            client.lock_statistics("x").wait_percentile(percent)
    with pytest.raises(TypeError):
        pickle.dumps(client.lock_statistics("x"))
