"""Locks, elections, barriers and job queues on Redis, the same in every language.

    import distcoord

    with distcoord.connect() as client:
        with client.lock("deploy", timeout=10) as lock:
            print("fence", lock.fence)

        queue = client.queue("mail")
        id = queue.push(b"hello", task="send")
        job = queue.claim()
        job.complete(b"sent")
        print(queue.result(id))

Beside `lock` there are `rlock`, `multilock`, `rwlock`, `semaphore` and `bounded_semaphore`, shaped like their namesakes
of `threading`, the decorator `@client.locked("name")`, and all of these for asyncio as `client.aio.lock` and so on.

Times are seconds. Where something waits, -1 waits for ever and 0 tries once; Ctrl-C ends every wait. Everything may
be used from several threads. Clients and handles pickle by name, and work again in forked children.
"""

from __future__ import annotations

from ._calls import Payload
from ._library import functions as _functions
from ._lost import Lost
from .barrier import Barrier
from .client import Client, connect
from .election import Election, Leader
from .errors import (
    BarrierBroken,
    Cancelled,
    Closed,
    Conflict,
    ConnectionError,
    DistcoordError,
    ElectionError,
    Forked,
    InternalError,
    InvalidArgument,
    JobError,
    JobExists,
    JobFailed,
    JobLost,
    JobNotFound,
    JobSettled,
    LeadershipLost,
    LockError,
    LockLost,
    LockTimeout,
    NoReply,
    NotLeader,
    NotOwner,
    NotPermitted,
    OverRelease,
    ResultExpired,
    ResultTimeout,
    ServerError,
    ServerFull,
    TooLarge,
    Unavailable,
    UnsupportedServer,
    UpgradeRefused,
)
from .health import Check, Health
from .job import Job
from .lock import Lock, LockInfo
from .monitor import Hold, LockStatistics
from .multilock import MultiLock
from .push import Push
from .queue import Queue, QueueCounts
from .rlock import RLock
from .rwlock import RWLock, RWLockHold, RWLockInfo, RWLockSide
from .semaphore import BoundedSemaphore, Permit, Semaphore, SemaphoreInfo

__version__: str = _functions.version().decode()
"""Version of the library in use."""

__all__ = [
    "Barrier", "BarrierBroken", "BoundedSemaphore", "Cancelled", "Check", "Client", "Closed", "Conflict",
    "ConnectionError", "DistcoordError", "Election", "ElectionError", "Forked", "Health", "Hold", "InternalError",
    "InvalidArgument", "Job", "JobError", "JobExists", "JobFailed", "JobLost", "JobNotFound", "JobSettled",
    "Leader", "LeadershipLost", "Lock", "LockError", "LockInfo", "LockLost", "LockStatistics", "LockTimeout",
    "Lost", "MultiLock", "NoReply", "NotLeader", "NotOwner", "NotPermitted", "OverRelease", "Payload", "Permit",
    "Push", "Queue", "QueueCounts", "RLock", "RWLock", "RWLockHold", "RWLockInfo", "RWLockSide", "ResultExpired",
    "ResultTimeout", "Semaphore", "SemaphoreInfo", "ServerError", "ServerFull", "TooLarge", "Unavailable",
    "UnsupportedServer", "UpgradeRefused", "__version__", "connect",
]
