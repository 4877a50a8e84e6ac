"""Read-write locks as their contract says."""

from __future__ import annotations

import threading

import pytest
from support import KEPT, eventually, in_thread

import distcoord


def line(lock: distcoord.RWLock) -> int:
    return lock.inspect().waiters


def test_many_readers_or_one_writer(client: distcoord.Client, other: distcoord.Client) -> None:
    here, there = client.rwlock("x"), other.rwlock("x")
    assert here.inspect() == (0, 0, 0)
    with here.read() as first, there.read() as second:
        assert first.owned() and second.owned() and first.fence > 0 and second.fence > 0
        assert here.inspect() == (2, 0, 0)
        assert in_thread(lambda: there.write().acquire(timeout=0))() is False
        assert here.read().locked() and not here.write().locked()
    with here.write() as hold:
        assert hold.fence > max(first.fence, second.fence)
        assert here.inspect() == (0, 1, 0)
        assert there.read().acquire(blocking=False) is False
        assert there.write().acquire(timeout=0.05) is False
        assert there.write().locked() and not there.read().locked()
    assert here.inspect() == (0, 0, 0)


def test_a_side_is_used_as_a_lock_is(client: distcoord.Client) -> None:
    lock = client.rwlock("x")
    reading, writing = lock.read(), lock.write()
    assert reading.hold is None
    assert reading.acquire() is True and reading.acquire(False) is True
    assert lock.inspect().readers == 2
    assert reading.hold is not None and reading.hold.owned()
    reading.release()
    reading.release()
    with pytest.raises(distcoord.NotOwner) as caught:
        reading.release()
    assert isinstance(caught.value, RuntimeError) and caught.value.name == "x"
    assert writing.acquire(timeout=1) is True
    assert in_thread(lambda: reading.acquire(timeout=0))() is False
    writing.release()
    with pytest.raises(distcoord.InvalidArgument):
        reading.acquire(blocking=False, timeout=1)
    for timeout in (-2, float("nan")):
        with pytest.raises(distcoord.InvalidArgument):
            reading.acquire(timeout=timeout)
        with pytest.raises(distcoord.InvalidArgument):
            lock.write(timeout=timeout)


def test_one_side_shared_by_threads(client: distcoord.Client) -> None:
    reading = client.rwlock("x").read()
    together = threading.Barrier(3)

    def read() -> None:
        with reading as hold:
            together.wait(10)
            assert hold.owned()
            together.wait(10)
        with pytest.raises(distcoord.NotOwner):
            reading.release()

    for wait in [in_thread(read) for _ in range(3)]:
        wait()


def test_a_thread_releases_only_what_it_has_acquired(client: distcoord.Client) -> None:
    writing = client.rwlock("x").write()
    with writing:
        with pytest.raises(RuntimeError):
            in_thread(writing.release)()
        assert writing.locked()


def test_a_waiting_writer_is_not_starved_by_readers(client: distcoord.Client, other: distcoord.Client) -> None:
    lock = client.rwlock("x")
    order: list[str] = []

    def enter(which: distcoord.Client, kind: str) -> None:
        with getattr(which.rwlock("x"), kind)():
            order.append(kind)

    with lock.read():
        writer = in_thread(lambda: enter(other, "write"))
        eventually(lambda: line(lock) == 1, "the writer waits")
        reader = in_thread(lambda: enter(client, "read"))
        eventually(lambda: line(lock) == 2, "the reader waits behind it")
    writer()
    reader()
    assert order == ["write", "read"]


def test_readers_at_the_front_are_let_in_together(client: distcoord.Client, other: distcoord.Client) -> None:
    lock = client.rwlock("x")
    together = threading.Barrier(3)

    def read() -> None:
        with other.rwlock("x").read():
            together.wait(10)

    with lock.write():
        waits = [in_thread(read) for _ in range(3)]
        eventually(lambda: line(lock) == 3, "all wait")
    for wait in waits:
        wait()


def test_the_owner_enters_again(client: distcoord.Client, other: distcoord.Client) -> None:
    lock, writing = client.rwlock("x"), other.rwlock("x").write()
    with lock.read():
        waiting = in_thread(writing.acquire)
        eventually(lambda: line(lock) == 1, "a writer waits")
        with lock.read(timeout=5):
            assert lock.inspect().readers == 2
    assert waiting() is True
    assert lock.inspect() == (0, 1, 0)


def test_a_writer_writes_and_reads_again(client: distcoord.Client) -> None:
    lock = client.rwlock("x")
    with lock.write(), lock.write(timeout=5), lock.read(timeout=5):
        info = lock.inspect()
        assert info.writers == 2 and info.readers == 1
    assert lock.inspect() == (0, 0, 0)


def test_upgrading_is_refused(client: distcoord.Client) -> None:
    lock = client.rwlock("x")
    with lock.read():
        for call in (lock.write().acquire, lock.write().__enter__):
            with pytest.raises(distcoord.UpgradeRefused) as caught:
                call()
            assert isinstance(caught.value, RuntimeError) and isinstance(caught.value, distcoord.Conflict)
            assert caught.value.name == "x" and str(caught.value)
        assert lock.inspect() == (1, 0, 0)


def test_downgrading(client: distcoord.Client, other: distcoord.Client) -> None:
    lock, there = client.rwlock("x"), other.rwlock("x")
    reading = there.read()
    with lock.write() as hold:
        waiting = in_thread(reading.acquire)
        eventually(lambda: line(lock) == 1, "a reader waits")
        fence = hold.fence
        hold.downgrade()
        assert waiting() is True, "it is let in"
        assert hold.fence == fence and hold.owned()
        assert in_thread(lambda: there.write().acquire(timeout=0))() is False
        hold.downgrade()
    with pytest.raises(distcoord.NotOwner):
        hold.downgrade()


def test_downgrading_one_of_two(client: distcoord.Client) -> None:
    lock = client.rwlock("x")
    with lock.write() as outer:
        with lock.write():
            with pytest.raises(distcoord.Conflict):
                outer.downgrade()
        outer.downgrade()
    assert lock.inspect() == (0, 0, 0)


def test_in_time(client: distcoord.Client, other: distcoord.Client) -> None:
    with other.rwlock("x").write():
        for kind in ("read", "write"):
            with pytest.raises(distcoord.LockTimeout) as caught:
                with getattr(client.rwlock("x"), kind)(timeout=0.1):
                    pytest.fail("entered")
            assert isinstance(caught.value, TimeoutError) and caught.value.name == "x"
        assert line(client.rwlock("x")) == 0


@pytest.mark.parametrize("kind", ["read", "write"])
def test_a_lost_hold_is_told(kind: str, client: distcoord.Client, other: distcoord.Client) -> None:
    lock = client.rwlock("x", lease=0.3, renew=False)
    with pytest.raises(distcoord.LockLost) as caught:
        with getattr(lock, kind)() as hold:
            assert hold.lost.wait(5) is True
            assert hold.lost and not hold.owned() and hold.lease_left == 0
    assert caught.value.name == "x"
    with pytest.raises(KeyError):
        with getattr(lock, kind)() as hold:
            assert hold.lost.wait(5)
            raise KeyError
    with other.rwlock("x").write(timeout=5) as after:
        assert after.fence > hold.fence


def test_who_has_lost_reading_may_write(client: distcoord.Client) -> None:
    """It does not wait for itself, as one that reads would."""
    lock = client.rwlock("x", lease=0.3, renew=False)
    with pytest.raises(distcoord.LockLost):
        with lock.read() as hold:
            assert hold.lost.wait(5)
    assert lock.write().acquire(timeout=5) is True


def test_a_hold_by_itself(client: distcoord.Client) -> None:
    side = client.rwlock("x", renew=False).write()
    hold = side.__enter__()
    hold.extend(60)
    assert hold.lease_left > 30 and hold.name == "x"
    hold.release()
    assert not side.locked()
    with pytest.raises(distcoord.NotOwner):
        side.release()


def test_a_held_side_is_renewed(client: distcoord.Client, other: distcoord.Client) -> None:
    with client.rwlock("x", lease=KEPT).write() as hold:
        assert other.rwlock("x").read().acquire(timeout=KEPT * 7 / 6) is False
        assert hold.owned() and not hold.lost


def test_a_dropped_hold_is_given_back(client: distcoord.Client, other: distcoord.Client) -> None:
    side = client.rwlock("x", lease=60).write()
    assert side.acquire()
    del side
    with other.rwlock("x").read(timeout=5):
        pass


def test_cancel(client: distcoord.Client, other: distcoord.Client) -> None:
    with other.rwlock("x").write():
        lock = client.rwlock("x")
        waits = [in_thread(lock.read().acquire), in_thread(lock.write().acquire)]
        eventually(lambda: line(lock) == 2, "both wait")
        lock.cancel()
        for wait in waits:
            with pytest.raises(distcoord.Cancelled):
                wait()
        assert line(lock) == 0


def test_an_explicit_owner_is_one_in_all_threads_and_processes(
    client: distcoord.Client, other: distcoord.Client,
) -> None:
    here, there = client.rwlock("x", owner="run-7"), other.rwlock("x", owner="run-7")
    writing = here.write()
    assert writing.acquire()
    assert in_thread(lambda: there.write().acquire(timeout=0))() is True
    assert in_thread(here.read().acquire)() is True
    in_thread(writing.release)()


def test_it_is_another_thing_than_a_lock_of_the_name(client: distcoord.Client) -> None:
    with client.lock("x"), client.rwlock("x").write(timeout=5):
        pass
