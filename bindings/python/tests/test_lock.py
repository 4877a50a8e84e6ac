"""Locks as their contract says."""

from __future__ import annotations

import select
import time

import pytest
from support import KEPT, Server, eventually, in_thread

import distcoord


def waiters(lock: distcoord.Lock) -> int:
    info = lock.inspect()
    return 0 if info is None else info.waiters


def test_acquire_and_release(client: distcoord.Client, other: distcoord.Client) -> None:
    lock, rival = client.lock("x"), other.lock("x")
    assert not lock.locked() and not lock.owned() and lock.fence == 0 and lock.lease_left == 0
    assert lock.acquire() is True
    assert lock.owned() and lock.locked() and rival.locked() and not rival.owned()
    assert 5 < lock.lease_left <= 10
    assert rival.acquire(blocking=False) is False
    assert rival.acquire(timeout=0) is False
    lock.release()
    assert not lock.owned() and not lock.locked()
    assert rival.acquire(blocking=False) is True
    assert rival.fence > lock.fence > 0


def test_a_timed_wait_ends_in_time(client: distcoord.Client, other: distcoord.Client) -> None:
    with other.lock("x") as held:
        began = time.monotonic()
        assert client.lock("x").acquire(timeout=0.2) is False
        assert 0.19 <= time.monotonic() - began < 5
        assert waiters(held) == 0


def test_a_release_hands_over_in_order(client: distcoord.Client, other: distcoord.Client) -> None:
    held = client.lock("x")
    assert held.acquire()
    order: list[int] = []
    waits = []
    for number in range(4):
        lock = (client, other)[number % 2].lock("x")

        def take(lock: distcoord.Lock = lock, number: int = number) -> None:
            with lock:
                order.append(number)

        waits.append(in_thread(take))
        eventually(lambda: waiters(held) == number + 1, "the next one waits")
    held.release()
    for wait in waits:
        wait()
    assert order == [0, 1, 2, 3]


def test_with(client: distcoord.Client, other: distcoord.Client) -> None:
    with client.lock("x") as lock:
        assert lock.owned()
        with pytest.raises(distcoord.LockTimeout) as caught:
            with other.lock("x", timeout=0.1):
                pytest.fail("entered")
    assert isinstance(caught.value, TimeoutError) and isinstance(caught.value, distcoord.LockError)
    assert caught.value.name == "x" and caught.value.status == 1
    assert not lock.owned()


def test_with_releases_after_an_exception_and_lets_it_through(client: distcoord.Client) -> None:
    lock = client.lock("x")
    with pytest.raises(KeyError):
        with lock:
            raise KeyError
    assert not lock.locked()


def test_releasing_what_is_not_held(client: distcoord.Client, other: distcoord.Client) -> None:
    with other.lock("x"):
        lock = client.lock("x")
        for call in (lock.release, lock.extend):
            with pytest.raises(distcoord.NotOwner) as caught:
                call()
            assert isinstance(caught.value, RuntimeError) and caught.value.name == "x"
        assert lock.locked()


def test_released_twice(client: distcoord.Client) -> None:
    lock = client.lock("x")
    lock.acquire()
    lock.release()
    with pytest.raises(distcoord.NotOwner):
        lock.release()


def test_inspect(client: distcoord.Client) -> None:
    lock = client.lock("x", lease=30)
    assert lock.inspect() is None
    with lock:
        info = lock.inspect()
        assert info is not None
        assert info.fence == lock.fence and info.waiters == 0
        assert 0 <= info.held < 5 and 20 < info.lease_left <= 30


def test_a_held_lock_is_renewed(client: distcoord.Client, other: distcoord.Client) -> None:
    with client.lock("x", lease=KEPT) as lock:
        assert other.lock("x").acquire(timeout=KEPT * 7 / 6) is False
        assert lock.owned() and not lock.lost


def test_a_lease_without_renewal_ends_and_is_told(client: distcoord.Client, other: distcoord.Client) -> None:
    lock = client.lock("x", renew=False)
    assert lock.acquire()
    assert not lock.lost.is_set()
    lock.extend(0.3)
    assert lock.lost.wait(5) is True
    assert lock.lost and lock.lost.is_set() and not lock.owned() and lock.lease_left == 0
    readable, _, _ = select.select([lock.lost], [], [], 0)
    assert readable
    assert "lost" in repr(lock) and "set" in repr(lock.lost)
    rival = other.lock("x")
    assert rival.acquire(timeout=5)
    assert rival.fence > lock.fence
    with pytest.raises(distcoord.LockLost) as caught:
        lock.release()
    assert caught.value.name == "x"
    assert rival.owned()


def test_lost_is_raised_at_the_end_of_with(client: distcoord.Client) -> None:
    with pytest.raises(distcoord.LockLost):
        with client.lock("x", lease=0.2, renew=False) as lock:
            assert lock.lost.wait(5)


def test_lost_does_not_hide_the_blocks_own_exception(client: distcoord.Client) -> None:
    with pytest.raises(KeyError) as caught:
        with client.lock("x", lease=0.2, renew=False) as lock:
            assert lock.lost.wait(5)
            raise KeyError
    assert "LockLost" in "".join(getattr(caught.value, "__notes__", ["LockLost"]))


def test_a_block_that_lost_does_not_release_another_threads_lock(client: distcoord.Client) -> None:
    """Both have the same handle: what its holder loses, another thread acquires."""
    lock = client.lock("x", renew=False)
    with pytest.raises(distcoord.LockLost):
        with lock:
            lock.extend(0.3)
            assert lock.lost.wait(5)
            assert in_thread(lambda: lock.acquire(timeout=10))()
    assert lock.owned() and lock.locked()
    lock.release()


def test_released_and_acquired_again_within_the_block(client: distcoord.Client) -> None:
    lock = client.lock("x", timeout=5)
    with lock:
        lock.release()
        assert not lock.locked()
        assert lock.acquire()
    assert not lock.locked()
    with pytest.raises(distcoord.NotOwner):
        with lock:
            lock.release()
    with lock:
        pass
    assert not lock.locked()


def test_waiting_for_the_loss(client: distcoord.Client) -> None:
    lock = client.lock("x")
    assert lock.lost.wait(1) is False
    with lock:
        assert lock.lost.wait(0) is False
        began = time.monotonic()
        assert lock.lost.wait(0.1) is False
        assert time.monotonic() - began >= 0.09
        waiting = in_thread(lambda: lock.lost.wait(None))
        time.sleep(0.05)
    assert waiting() is False


def test_lost_is_clear_after_acquiring_again(client: distcoord.Client) -> None:
    lock = client.lock("x", renew=False)
    lock.acquire()
    lock.extend(0.2)
    assert lock.lost.wait(5)
    assert lock.acquire(timeout=5)
    assert not lock.lost.is_set()
    readable, _, _ = select.select([lock.lost.fileno()], [], [], 0)
    assert not readable


def test_extend(client: distcoord.Client) -> None:
    with client.lock("x", lease=KEPT, renew=False) as lock:
        lock.extend(60)
        assert lock.lease_left > 30
        lock.extend()
        assert lock.lease_left <= KEPT
        lock.extend(20)


def test_extending_what_was_lost(client: distcoord.Client) -> None:
    lock = client.lock("x", lease=0.2, renew=False)
    lock.acquire()
    assert lock.lost.wait(5)
    with pytest.raises(distcoord.LockLost):
        lock.extend()


def test_a_handle_is_a_mutex_for_its_own_process_too(client: distcoord.Client) -> None:
    lock = client.lock("x")
    assert lock.acquire()
    assert lock.acquire(timeout=0.05) is False
    waiting = in_thread(lock.acquire)
    eventually(lambda: waiters(lock) == 1, "the second acquire waits")
    lock.release()
    assert waiting() is True
    lock.release()


def test_cancel(client: distcoord.Client, other: distcoord.Client) -> None:
    with other.lock("x") as held:
        lock = client.lock("x")
        waiting = in_thread(lock.acquire)
        eventually(lambda: waiters(held) == 1, "it waits")
        lock.cancel()
        with pytest.raises(distcoord.Cancelled):
            waiting()
        assert waiters(held) == 0


def test_a_dropped_handle_gives_its_lock_back(client: distcoord.Client, other: distcoord.Client) -> None:
    lock = client.lock("x", lease=60)
    assert lock.acquire()
    del lock
    assert other.lock("x").acquire(timeout=5)


def test_a_lock_keeps_its_client(server: Server, namespace: str) -> None:
    lock = distcoord.connect(server.url, namespace).lock("x")
    with lock:
        assert lock.owned()


def test_a_lock_and_its_client_dropped_at_once(server: Server, namespace: str) -> None:
    """The library's threads still know of both for a while; they must not trip over each other."""
    for _ in range(150):
        lock = distcoord.connect(server.url, namespace).lock("x", lease=KEPT)
        with lock:
            pass
        del lock
        held = distcoord.connect(server.url, namespace).lock("y", lease=60)
        assert held.acquire(timeout=5), "the one before was given back"
        del held


@pytest.mark.parametrize("arguments", [
    {"lease": 0.05}, {"lease": 86_401}, {"lease": -1}, {"lease": float("nan")}, {"lease": float("inf")},
    {"timeout": -2},
])
def test_bad_arguments(client: distcoord.Client, arguments: dict[str, float]) -> None:
    with pytest.raises(distcoord.InvalidArgument):
        client.lock("x", **arguments)  # type: ignore[arg-type]


def test_bad_waits(client: distcoord.Client) -> None:
    lock = client.lock("x")
    for timeout in (-2, -0.5, float("nan")):
        with pytest.raises(distcoord.InvalidArgument):
            lock.acquire(timeout=timeout)
    with pytest.raises(distcoord.InvalidArgument):
        lock.acquire(blocking=False, timeout=1)
    with pytest.raises(TypeError):
        lock.acquire(timeout="soon")  # type: ignore[arg-type]
    assert not lock.locked()


def test_long_waits_are_for_ever(client: distcoord.Client) -> None:
    for timeout in (None, float("inf"), 1e30, -1):
        lock = client.lock("x")
        assert lock.acquire(timeout=timeout)
        lock.release()
