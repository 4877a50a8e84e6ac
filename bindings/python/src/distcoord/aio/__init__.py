"""Locks, queues, workers and all the rest for asyncio: the same names, arguments and errors as without, with `await`.

    async with client.aio.lock("deploy", timeout=10) as lock:
        print("fence", lock.fence)
    id = await client.aio.queue("mail").push(b"hello")

A wait stands in the server's line in a thread of its own, up to 256 at a time in a process. Of more waiters the rest
stands in a line of this process, in order, and moves up; whatever many tasks wait for, one wait for each thing has a
thread, and releases never queue behind waits, so the bound cannot keep anybody from going on. What a task holds is
renewed by a thread of the library, whatever the event loop is busy with. Parties of barriers have a thread each while
they wait; watches and subscriptions have none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Optional, Union

from .._default import OF_CLIENT, default_client
from .._options import LockOptions
from ..queues.push import comma_list
from ..queues.queue import QueueOptions
from ..queues.worker import Queues, WorkerOptions
from ._attempt import call
from ._hold import Hold, Lost
from ._making import Making
from ._stream import Watch
from .barriers import Barrier, DoubleBarrier, Event, Latch, Membership
from .consumer import Consumer, Delivery
from .elections import Election, Leadership
from .instances import Instance
from .jobs import Job
from .locks import Lock, MultiLock, RLock, make
from .messaging import Subscription, Topic
from .queues import Batch, Queue
from .resilience import Breaker, Limiter
from .runs import Artifacts, Run, RunEvents
from .rwlocks import RWLock, RWLockHold, RWLockSide
from .semaphores import BoundedSemaphore, Permit, Semaphore
from .shared import State
from .tasks import RunTask
from .workers import Worker

if TYPE_CHECKING:
    from ..client import Client
    from ..queues.workers import WorkerInfo
    from ..workflows.workflow import Workflow


class Aio(Making):
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

    async def join_run(
        self, workflow: Workflow, identity: Optional[str] = None, *, index: Optional[int] = None,
        total: Optional[int] = None, capabilities: Union[str, Iterable[str], None] = None, lease: float = 10.0,
        expiry: float = 3600.0, prefix: Optional[str] = None, with_attempt: bool = False, fail_fast: bool = False,
        index_variable: Optional[str] = None, total_variable: Optional[str] = None,
    ) -> Instance:
        """Joins a distributed run as one of several instances of a program."""
        return Instance(await call(lambda: self._client.join_run(
            workflow, identity, index=index, total=total, capabilities=capabilities, lease=lease, expiry=expiry,
            prefix=prefix, with_attempt=with_attempt, fail_fast=fail_fast, index_variable=index_variable,
            total_variable=total_variable)))

    async def workers(self) -> list[WorkerInfo]:
        """The registered workers of the namespace, by name."""
        return await call(self._client.workers)


_OF_AIO = OF_CLIENT - {"locked"}

if TYPE_CHECKING:
    _default: Aio
    barrier = _default.barrier
    bounded_semaphore = _default.bounded_semaphore
    breaker = _default.breaker
    double_barrier = _default.double_barrier
    election = _default.election
    event = _default.event
    latch = _default.latch
    limiter = _default.limiter
    lock = _default.lock
    membership = _default.membership
    multilock = _default.multilock
    publish = _default.publish
    queue = _default.queue
    rlock = _default.rlock
    rwlock = _default.rwlock
    semaphore = _default.semaphore
    state = _default.state
    subscribe = _default.subscribe
    topic = _default.topic
    worker = _default.worker


def __getattr__(name: str) -> Any:
    """The default client is made when a function of it is first asked for."""
    if name in _OF_AIO:
        return getattr(default_client().aio, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "Aio", "Artifacts", "Barrier", "Batch", "BoundedSemaphore", "Breaker", "Consumer", "Delivery", "DoubleBarrier",
    "Election", "Event", "Hold", "Instance", "Job", "Latch", "Leadership", "Limiter", "Lock", "Lost", "Membership",
    "MultiLock", "Permit", "Queue", "RLock", "RWLock", "RWLockHold", "RWLockSide", "Run", "RunEvents", "RunTask",
    "Semaphore", "State", "Subscription", "Topic", "Watch", "Worker",
]
