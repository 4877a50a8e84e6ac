"""Locks, queues, workers and the like for asyncio: the same names, arguments and errors as without, with `await`.

    async with client.aio.lock("deploy", timeout=10) as lock:
        print("fence", lock.fence)
    id = await client.aio.queue("mail").push(b"hello")

A wait stands in the server's line in a thread of its own, up to 256 at a time in a process. Of more waiters the rest
stands in a line of this process, in order, and moves up; whatever many tasks wait for, one wait for each thing has a
thread, and releases never queue behind waits, so the bound cannot keep anybody from going on. What a task holds is
renewed by a thread of the library, whatever the event loop is busy with.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Optional, Union

from .._options import LockOptions
from ..push import comma_list
from ..queue import QueueOptions
from ..worker import Queues, WorkerOptions
from ._attempt import call
from ._hold import Hold, Lost
from .job import Job
from .lock import Lock, MultiLock, RLock, make
from .queue import Batch, Queue
from .rwlock import RWLock, RWLockHold, RWLockSide
from .semaphore import BoundedSemaphore, Permit, Semaphore
from .worker import Worker

if TYPE_CHECKING:
    from ..client import Client
    from ..workers import WorkerInfo


class Aio:
    """What `client.aio` is: makes handles for tasks. Nothing is sent before they are used, and they may be made outside
    of an event loop. Arguments are those of the client's methods of the same names.
    """

    __slots__ = ("_client",)

    def __init__(self, client: Client) -> None:
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

    def queue(
        self, name: str, lease: float = 30.0, capabilities: Union[str, Iterable[str], None] = None,
        worker: Optional[str] = None, steals: bool = False, partitions: int = 1,
    ) -> Queue:
        """A handle on the queue `name`."""
        given = None if capabilities is None else comma_list(capabilities, "capabilities")
        return Queue(self._client, name, QueueOptions(lease, given, worker, steals, partitions))

    def worker(
        self,
        queues: Queues,
        name: Optional[str] = None,
        concurrency: int = 1,
        prefetch: Optional[int] = None,
        lease: float = 30.0,
        capabilities: Union[str, Iterable[str], None] = None,
        pool: Optional[str] = None,
        own_queue: bool = False,
        steals: bool = False,
        grace: Optional[float] = 30.0,
        partitions: Union[int, Mapping[str, int]] = 1,
    ) -> Worker:
        """A worker for one or several queues, whose handlers are coroutine functions."""
        return Worker(self._client, WorkerOptions(
            queues, name, concurrency, prefetch, lease, capabilities, pool, own_queue, steals, grace, partitions))

    async def workers(self) -> list[WorkerInfo]:
        """The registered workers of the namespace, by name."""
        return await call(self._client.workers)


__all__ = [
    "Aio", "Batch", "BoundedSemaphore", "Hold", "Job", "Lock", "Lost", "MultiLock", "Permit", "Queue", "RLock",
    "RWLock", "RWLockHold", "RWLockSide", "Semaphore", "Worker",
]
