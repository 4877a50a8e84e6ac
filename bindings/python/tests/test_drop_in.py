"""What is named as in `threading` behaves as there: Python's own tests of its locks, run on ours, and the differences.

A test of theirs that is set to None asks for something that is not promised; beside it stands why not.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from itertools import count
from typing import Optional

import pytest
from support import in_thread

import distcoord

lock_tests = pytest.importorskip("test.lock_tests", reason="this Python comes without its own tests")

_names = count()


class _Connected:
    """Gives the tests a client, and each object that they make a name of its own."""

    client: distcoord.Client

    @pytest.fixture(autouse=True)
    def _connect(self, client: distcoord.Client) -> Iterator[None]:
        type(self).client = client
        yield
        del type(self).client

    # Our texts show the name and the fence.
    test_repr = test_locked_repr = None
    # What a parent holds stays the parent's after fork.
    test_at_fork_reinit = None

    @classmethod
    def name(cls) -> str:
        return f"object-{next(_names)}"


class TestLock(_Connected, lock_tests.LockTests):  # type: ignore[misc, name-defined]
    # A wait that is too long for a C long is one without end here, not an OverflowError; else see below.
    test_timeout = None

    def locktype(self) -> distcoord.Lock:
        return self.client.lock(self.name())


class TestRLock(_Connected, lock_tests.RLockTests):  # type: ignore[misc, name-defined]
    test_timeout = None
    # A private method of theirs that only the C implementation has.
    test_recursion_count = None

    def locktype(self) -> distcoord.RLock:
        return self.client.rlock(self.name())


class TestConditionOnLock(_Connected, lock_tests.ConditionTests):  # type: ignore[misc, name-defined]
    def condtype(self, lock: object = None) -> threading.Condition:
        return threading.Condition(lock or self.client.rlock(self.name()))  # type: ignore[arg-type]


class TestSemaphore(_Connected, lock_tests.SemaphoreTests):  # type: ignore[misc, name-defined]
    # Permits are leased: nobody can give back one that nobody has taken.
    test_release_unacquired = None

    def semtype(self, value: int = 1) -> distcoord.Semaphore:
        return self.client.semaphore(self.name(), value)


class TestBoundedSemaphore(_Connected, lock_tests.BoundedSemaphoreTests):  # type: ignore[misc, name-defined]
    def semtype(self, value: int = 1) -> distcoord.BoundedSemaphore:
        return self.client.bounded_semaphore(self.name(), value)


class TestEvent(_Connected, lock_tests.EventTests):  # type: ignore[misc, name-defined]
    # They look into theirs.
    test_reset_internal_locks = None

    def eventtype(self) -> distcoord.Event:
        return self.client.event(self.name())


class TestBarrier(_Connected, lock_tests.BarrierTests):  # type: ignore[misc, name-defined]
    def barriertype(self, parties: int, action: object = None, timeout: Optional[float] = -1) -> distcoord.Barrier:
        return self.client.barrier(self.name(), parties, action, timeout)  # type: ignore[arg-type]


def theirs_and_ours(kind: str, client: distcoord.Client) -> tuple[object, object]:
    return {
        "Lock": (threading.Lock(), client.lock("x")),
        "RLock": (threading.RLock(), client.rlock("x")),
        "Semaphore": (threading.Semaphore(1), client.semaphore("x", 1)),
        "BoundedSemaphore": (threading.BoundedSemaphore(1), client.bounded_semaphore("x", 1)),
    }[kind]


KINDS = ["Lock", "RLock", "Semaphore", "BoundedSemaphore"]


def outcome(call: object, *arguments: object, **named: object) -> object:
    """What a call answers, or the kind of what it raises."""
    try:
        return call(*arguments, **named)  # type: ignore[operator]
    except (ValueError, RuntimeError, TypeError) as error:
        return next(kind for kind in (ValueError, RuntimeError, TypeError) if isinstance(error, kind))


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_answers(kind: str, client: distcoord.Client) -> None:
    calls = [
        ("acquire", (), {}), ("release", (), {}),
        ("acquire", (False,), {}), ("release", (), {}),
        ("acquire", (), {"blocking": False}), ("release", (), {}),
        ("acquire", (True, 1), {}), ("release", (), {}),
        ("acquire", (True, 0), {}), ("release", (), {}),
        ("acquire", (), {"timeout": 2.5}), ("release", (), {}),
        ("acquire", (False, 1), {}), ("acquire", (), {"blocking": False, "timeout": 0}),
        ("__enter__", (), {}), ("__exit__", (None, None, None), {}),
    ]
    if kind != "Semaphore":
        calls.append(("release", (), {}))
    if "Semaphore" not in kind:
        calls += [("acquire", (), {"timeout": -2}), ("acquire", (), {"timeout": "1"})]
    theirs, ours = theirs_and_ours(kind, client)
    for method, arguments, named in calls:
        expected = outcome(getattr(theirs, method), *arguments, **named)
        got = outcome(getattr(ours, method), *arguments, **named)
        if method == "__enter__":
            assert bool(got) is bool(expected)  # ours gives the lock, or the permit
        else:
            assert got == expected, (method, arguments, named)


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_answers_while_another_thread_has_it(kind: str, client: distcoord.Client) -> None:
    for each in theirs_and_ours(kind, client):
        with each:  # type: ignore[attr-defined]
            tries = [((False,), {}), ((True, 0.05), {}), ((), {"timeout": 0}), ((), {"blocking": False})]
            answers = [in_thread(lambda a=a, n=n: each.acquire(*a, **n))() for a, n in tries]
            assert answers == [False] * 4


def test_a_library_that_wants_a_lock_of_threading(client: distcoord.Client) -> None:
    """logging takes its handlers' locks to be RLocks."""
    import logging

    handler = logging.NullHandler()
    handler.lock = client.rlock("log")
    handler.acquire()
    assert client.lock("log").locked()
    handler.release()
    assert not client.lock("log").locked()
    handler.lock = None
    handler.close()
