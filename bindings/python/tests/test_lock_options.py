"""What a lock can be asked for by name: an owner, unfair service, lingering, tracing; and taking it away."""

from __future__ import annotations

import time

import pytest
from support import KEPT, Child, Server, eventually, in_thread

import distcoord


def in_line(lock: distcoord.Lock) -> int:
    info = lock.inspect()
    return 0 if info is None else info.waiters


# ---------------------------------------------------------------- owners


def test_another_handle_of_the_owner_releases(client: distcoord.Client, other: distcoord.Client) -> None:
    here, there = client.lock("x", owner="run-7"), other.lock("x", owner="run-7")
    assert here.acquire()
    assert there.acquire(timeout=0) is False, "handles of one owner exclude each other too"
    there.release()
    assert not there.locked()
    assert here.lost.wait(5), "the first handle is told at its next renewal"


def test_adopting_keeps_the_fence(client: distcoord.Client, other: distcoord.Client) -> None:
    here, there = client.lock("x", lease=KEPT, owner="run-7"), other.lock("x", lease=KEPT, owner="run-7")
    assert here.acquire()
    there.adopt()
    assert there.owned() and there.fence == here.fence
    assert here.lost.wait(5)
    with pytest.raises(distcoord.LockLost):
        here.release()
    assert there.owned() and there.locked()
    there.release()
    assert not there.locked()


def test_extending_adopts(client: distcoord.Client, other: distcoord.Client) -> None:
    here, there = client.lock("x", owner="run-7"), other.lock("x", owner="run-7")
    assert here.acquire()
    there.extend(60)
    assert there.owned() and there.lease_left > 30
    there.release()


def test_detaching_leaves_the_lock_to_another_process(
    client: distcoord.Client, server: Server, namespace: str,
) -> None:
    lock = client.lock("x", lease=30, owner="run-7")
    with lock:
        fence = lock.fence
        lock.detach()
        assert not lock.owned() and lock.locked() and not lock.lost
        program = """
lock = client.lock("x", owner="run-7")
lock.adopt()
say(str(lock.fence))
input()
lock.release()
say("released")
"""
        with Child(server, namespace, program) as child:
            child.expect(str(fence))
            assert client.lock("x").acquire(timeout=0) is False
            child.tell()
            child.expect("released")
            assert child.finish() == 0
        assert lock.acquire(timeout=5) and lock.fence > fence


def test_a_strangers_owner_id_does_nothing(client: distcoord.Client, other: distcoord.Client) -> None:
    stranger = other.lock("x", owner="run-8")
    with client.lock("x", owner="run-7") as lock:
        for call in (stranger.release, stranger.extend, stranger.adopt):
            with pytest.raises(distcoord.NotOwner) as caught:
                call()
            assert isinstance(caught.value, RuntimeError) and caught.value.name == "x"
        assert lock.owned() and lock.locked()


def test_without_an_owner_nothing_can_be_handed_over(client: distcoord.Client) -> None:
    with client.lock("x") as lock:
        for call in (lock.adopt, lock.detach):
            with pytest.raises(distcoord.InvalidArgument):
                call()
        assert lock.owned()


def test_the_owner_and_the_line_are_seen(client: distcoord.Client, server: Server, namespace: str) -> None:
    with client.lock("x", owner="run-7") as lock:
        with distcoord.connect(server.url, namespace, label="ann") as ann:
            with distcoord.connect(server.url, namespace, label="bob") as bob:
                waits = []
                for number, waiting in enumerate((ann, bob)):
                    waits.append(in_thread(waiting.lock("x").acquire))
                    eventually(lambda: in_line(lock) == number + 1, "the next one waits")
                info = lock.inspect()
                assert info is not None
                assert info.owner == "run-7" and info.line == ("ann", "bob") and info.waiters == 2
                ann.cancel()
                bob.cancel()
        for wait in waits:
            with pytest.raises(distcoord.Cancelled):
                wait()
    with client.lock("x") as lock:
        info = lock.inspect()
        assert info is not None and info.owner == "" and info.line == ()


@pytest.mark.parametrize("owner", ["", "x" * 257, "a\0b", "\ud800"])
def test_bad_owners(client: distcoord.Client, owner: str) -> None:
    with pytest.raises(distcoord.InvalidArgument):
        client.lock("x", owner=owner)


# ---------------------------------------------------------------- depth


def test_depth(client: distcoord.Client) -> None:
    lock = client.lock("x")
    assert lock.depth == 0
    with lock:
        assert lock.depth == 1
    assert lock.depth == 0


def test_a_lock_asked_to_be_reentrant_is_an_rlock(client: distcoord.Client) -> None:
    lock = client.lock("x", reentrant=True)
    assert isinstance(lock, distcoord.RLock)
    with lock, lock:
        assert lock.depth == 2


# ---------------------------------------------------------------- forced release


def test_a_forced_release_gives_the_lock_to_the_next(client: distcoord.Client, other: distcoord.Client) -> None:
    lock, rival = client.lock("x", lease=KEPT), other.lock("x")
    assert lock.acquire()
    waiting = in_thread(rival.acquire)
    eventually(lambda: in_line(lock) == 1, "it waits")
    assert other.lock("x").force_release() is True
    assert waiting() is True
    assert rival.fence > lock.fence
    assert lock.lost.wait(5)
    with pytest.raises(distcoord.LockLost):
        lock.release()
    assert rival.owned() and rival.locked()
    rival.release()


def test_a_forced_release_of_one_grant_only(client: distcoord.Client) -> None:
    lock = client.lock("x")
    assert lock.force_release() is False
    with lock:
        assert lock.force_release(lock.fence - 1) is False
        assert lock.locked()
        breaker = client.lock("x")
        assert breaker.force_release(lock.fence) is True
        assert not breaker.locked()
        assert breaker.force_release(lock.fence) is False
        with pytest.raises(distcoord.LockLost):
            lock.extend()
        assert lock.lost
        assert lock.acquire(timeout=5)
    for fence in (0, -1):
        with pytest.raises(distcoord.InvalidArgument):
            lock.force_release(fence)


# ---------------------------------------------------------------- unfair, lingering, traced


def test_an_unfair_handle_overtakes(client: distcoord.Client, other: distcoord.Client) -> None:
    """While the one that was woken is on its way the lock is free, and an unfair handle just takes it: now and then,
    for it is a race."""
    lock = client.lock("x", fair=False)
    overtook = 0
    for _ in range(50):
        assert lock.acquire()
        waiting = in_thread(lambda: other.lock("x", fair=False).acquire())
        eventually(lambda: in_line(lock) == 1, "it waits")
        lock.release()
        overtook += lock.acquire(timeout=0)
        if lock.owned():
            lock.release()
        assert waiting() is True  # its handle is dropped, which gives the lock back
        if overtook:
            break
    assert overtook > 0


def test_a_lingering_lock_is_taken_again_without_a_round_trip(own_server: Server, namespace: str) -> None:
    with distcoord.connect(own_server.url, namespace) as lone:
        lock = lone.lock("x", linger=60)
        with lock:
            fence = lock.fence
        calls = commands(own_server)
        for _ in range(20):
            with lock:
                assert lock.fence == fence
        assert commands(own_server) - calls < 20


def commands(server: Server) -> int:
    """How many scripts the server has run for clients."""
    lines = server.redis("INFO", "commandstats").splitlines()
    counted = [line for line in lines if line.startswith(("cmdstat_evalsha:", "cmdstat_fcall:", "cmdstat_eval:"))]
    return sum(int(line.split("calls=")[1].split(",")[0]) for line in counted)


def test_a_lingering_lock_is_recalled(client: distcoord.Client, other: distcoord.Client) -> None:
    lock, rival = client.lock("x", linger=60), other.lock("x")
    with lock:
        pass
    began = time.monotonic()
    assert rival.acquire(timeout=10)
    assert time.monotonic() - began < 5
    assert rival.fence > lock.fence
    assert lock.acquire(timeout=0) is False
    rival.release()


def test_a_recall_waits_for_who_is_inside(client: distcoord.Client, other: distcoord.Client) -> None:
    lock, rival = client.lock("x", linger=60), other.lock("x")
    with lock:
        pass
    with lock:
        waiting = in_thread(rival.acquire)
        eventually(lambda: in_line(rival) == 1, "it waits")
        assert lock.owned() and not rival.owned()
    assert waiting() is True
    rival.release()


def test_tracing_writes_a_line_for_each_acquire_and_release(server: Server, namespace: str) -> None:
    lines: list[str] = []
    with distcoord.connect(server.url, namespace, log=lambda level, line: lines.append(line)) as traced:
        with traced.lock("plain"):
            pass
        with traced.lock("followed", tracing=True) as lock:
            assert traced.lock("followed", tracing=True).acquire(timeout=0) is False
    told = [line for line in lines if "followed" in line]
    assert len(told) == 3 and any(str(lock.fence) in line for line in told), lines
    assert not [line for line in lines if "plain" in line]


def test_bad_lingers(client: distcoord.Client) -> None:
    for linger in (-1, 86_401, float("nan")):
        with pytest.raises(distcoord.InvalidArgument):
            client.lock("x", linger=linger)
