"""Reentrant locks: owned by a thread, shaped like threading.RLock."""

from __future__ import annotations

import threading

import pytest
from support import eventually, in_thread

import distcoord


def test_the_owner_acquires_again(client: distcoord.Client, other: distcoord.Client) -> None:
    lock, rival = client.rlock("x"), other.rlock("x")
    for depth in (1, 2, 3):
        assert lock.acquire() is True
        assert lock.depth == depth
    assert lock.acquire(blocking=False) is True
    for depth in (3, 2, 1):
        lock.release()
        assert lock.depth == depth
        assert rival.acquire(timeout=0) is False
    lock.release()
    assert lock.depth == 0 and not lock.owned()
    assert rival.acquire(timeout=0) is True


def test_all_levels_share_a_fence(client: distcoord.Client) -> None:
    lock = client.rlock("x")
    with lock:
        fence = lock.fence
        with lock:
            assert lock.fence == fence
    with lock:
        assert lock.fence > fence


def test_another_thread_is_another_owner(client: distcoord.Client) -> None:
    lock = client.rlock("x")
    with lock:
        assert in_thread(lambda: lock.acquire(blocking=False))() is False
        with pytest.raises(RuntimeError) as caught:
            in_thread(lock.release)()
        assert isinstance(caught.value, distcoord.NotOwner) and "this thread" in str(caught.value)
        assert lock.owned() and lock.depth == 1
        waiting = in_thread(lambda: (lock.acquire(), lock.release()))
        eventually(lambda: (lock.inspect() or pytest.fail("free")).waiters == 1, "the other thread waits")
    assert waiting() == (True, None)


def test_another_handle_is_another_owner(client: distcoord.Client) -> None:
    with client.rlock("x"):
        assert client.rlock("x").acquire(blocking=False) is False


def test_an_explicit_owner_is_one_in_all_threads_and_processes(
    client: distcoord.Client, other: distcoord.Client,
) -> None:
    lock, same = client.rlock("x", owner="run-7"), other.rlock("x", owner="run-7")
    with lock:
        assert same.acquire(timeout=0) is True
        assert in_thread(lambda: lock.acquire(timeout=0))() is True
        lock.release()
    assert other.lock("x").acquire(timeout=0) is False, "one level is left"
    same.release()
    assert other.lock("x").acquire(timeout=5) is True


def test_releasing_what_is_not_held(client: distcoord.Client) -> None:
    lock = client.rlock("x")
    with pytest.raises(RuntimeError):
        lock.release()
    with lock:
        pass
    with pytest.raises(distcoord.NotOwner):
        lock.release()


def test_a_lost_lock_is_told_at_each_level(client: distcoord.Client) -> None:
    lock = client.rlock("x", lease=0.3, renew=False)
    with pytest.raises(distcoord.LockLost):
        with lock:
            with pytest.raises((distcoord.LockLost, distcoord.NotOwner)):
                with lock:
                    assert lock.lost.wait(5)
            lock.extend()


def test_a_condition_on_it(client: distcoord.Client) -> None:
    """threading.Condition releases all levels to wait, and has them again after."""
    lock = client.rlock("x")
    condition = threading.Condition(lock)  # type: ignore[arg-type]
    said: list[str] = []

    def answer() -> None:
        with condition:
            condition.wait_for(lambda: "question" in said)
            said.append("answer")
            condition.notify_all()

    answering = in_thread(answer)
    with condition, condition:
        assert lock.depth == 2
        said.append("question")
        condition.notify_all()
        assert condition.wait_for(lambda: "answer" in said, 10)
        assert lock.depth == 2
    answering()
    assert not lock.locked()
    with pytest.raises(RuntimeError):
        condition.notify()


def test_it_excludes_threads_that_nest(client: distcoord.Client) -> None:
    lock = client.rlock("x")
    total = 0

    def work() -> None:
        nonlocal total
        for _ in range(10):
            with lock:
                before = total
                with lock:
                    total = before + 1

    for wait in [in_thread(work) for _ in range(6)]:
        wait()
    assert total == 60
