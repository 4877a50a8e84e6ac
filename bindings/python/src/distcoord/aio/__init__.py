"""Locks, read-write locks and semaphores for asyncio: the same names, arguments and errors as without, with `await`.

    async with client.aio.lock("deploy", timeout=10) as lock:
        print("fence", lock.fence)

A wait stands in the server's line in a thread of its own, up to 256 at a time in a process. Of more waiters the rest
stands in a line of this process, in order, and moves up; whatever many tasks wait for, one wait for each thing has a
thread, and releases never queue behind waits, so the bound cannot keep anybody from going on. What a task holds is
renewed by a thread of the library, whatever the event loop is busy with.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Optional

from .._handles import Handle
from .._options import LockOptions
from ._hold import Hold, Lost
from .lock import Lock, MultiLock, RLock, make
from .rwlock import RWLock, RWLockHold, RWLockSide
from .semaphore import BoundedSemaphore, Permit, Semaphore


class Aio:
    """What `client.aio` is: makes handles for tasks. Nothing is sent before they are used, and they may be made outside
    of an event loop. Arguments are those of the client's methods of the same names.
    """

    __slots__ = ("_client",)

    def __init__(self, client: Handle) -> None:
        self._client = client

    def lock(
        self, name: str, lease: float = 10.0, renew: bool = True, timeout: Optional[float] = -1, *,
        owner: Optional[str] = None, fair: bool = True, linger: float = 0, reentrant: bool = False,
        tracing: bool = False,
    ) -> Lock:
        """A handle on the lock `name`. With `reentrant` its owner is the task: see `rlock`."""
        options = LockOptions(lease, renew, timeout, owner, fair, linger, reentrant, tracing)
        return make(self._client, name, options)

    def rlock(
        self, name: str, lease: float = 10.0, renew: bool = True, timeout: Optional[float] = -1, *,
        owner: Optional[str] = None, fair: bool = True, tracing: bool = False,
    ) -> RLock:
        """A handle on the lock `name` that the task which holds it may acquire again."""
        options = LockOptions(lease, renew, timeout, owner, fair, reentrant=True, tracing=tracing)
        return RLock(self._client, name, options)

    def multilock(
        self, names: Iterable[str], lease: float = 10.0, renew: bool = True, timeout: Optional[float] = -1, *,
        fair: bool = True, tracing: bool = False,
    ) -> MultiLock:
        """A handle on up to 64 locks, which it takes in one step, all or none."""
        return MultiLock(self._client, names, LockOptions(lease, renew, timeout, fair=fair, tracing=tracing))

    def rwlock(
        self, name: str, lease: float = 10.0, renew: bool = True, *, owner: Optional[str] = None, tracing: bool = False,
    ) -> RWLock:
        """The read-write lock `name`: use `.read()` and `.write()` of it."""
        return RWLock(self._client, name, LockOptions(lease, renew, owner=owner, tracing=tracing))

    def semaphore(
        self, name: str, permits: int, lease: float = 10.0, renew: bool = True, timeout: Optional[float] = -1, *,
        tracing: bool = False,
    ) -> Semaphore:
        """The semaphore `name`."""
        return Semaphore(self._client, name, permits, LockOptions(lease, renew, timeout, tracing=tracing))

    def bounded_semaphore(
        self, name: str, permits: int, lease: float = 10.0, renew: bool = True, timeout: Optional[float] = -1, *,
        tracing: bool = False,
    ) -> BoundedSemaphore:
        """The semaphore `name`, whose over-release is a ValueError."""
        return BoundedSemaphore(self._client, name, permits, LockOptions(lease, renew, timeout, tracing=tracing))


__all__ = [
    "Aio", "BoundedSemaphore", "Hold", "Lock", "Lost", "MultiLock", "Permit", "RLock", "RWLock", "RWLockHold",
    "RWLockSide", "Semaphore",
]
