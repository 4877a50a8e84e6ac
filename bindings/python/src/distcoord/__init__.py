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

A worker does that for every job, in threads: `client.worker("mail", concurrency=4).run(handler, signals=True)`; an
`App` makes tasks of functions, for programs that are Python alone.

Beside `lock` there are `rlock`, `multilock`, `rwlock`, `semaphore` and `bounded_semaphore`, shaped like their namesakes
of `threading`, the decorator `@client.locked("name")`, and all of these for asyncio as `client.aio.lock` and so on.

Times are seconds. Where something waits, -1 waits for ever and 0 tries once; Ctrl-C ends every wait. Everything may
be used from several threads. Clients and handles pickle by name, and work again in forked children.
"""

from __future__ import annotations

from typing import TYPE_CHECKING as _TYPE_CHECKING
from typing import Any as _Any

from ._calls import Payload
from ._library import functions as _functions
from ._lost import Lost
from .barrier import Barrier
from .batch import Batch, BatchCounts
from .client import Client, connect
from .control import QueueSettings
from .election import Election, Leader
from .errors import (
    BarrierBroken,
    BatchNotFound,
    BatchTimeout,
    Cancelled,
    Closed,
    Conflict,
    ConnectionError,
    DistcoordError,
    ElectionError,
    FlushTimeout,
    Forked,
    InternalError,
    InvalidArgument,
    JobCancelled,
    JobEnded,
    JobError,
    JobExists,
    JobExpired,
    JobFailed,
    JobLost,
    JobNotFound,
    JobSettled,
    JobSkipped,
    LeadershipLost,
    LockError,
    LockLost,
    LockTimeout,
    NoReply,
    NotLeader,
    NotOwner,
    NotPermitted,
    OverRelease,
    ProducerFull,
    PushFailed,
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
from .jobs import JobInfo
from .lock import Lock, LockInfo
from .monitor import Hold, LockStatistics
from .multilock import MultiLock
from .producer import Producer, PushFailure
from .push import Push
from .queue import Queue, QueueCounts
from .rlock import RLock
from .rwlock import RWLock, RWLockHold, RWLockInfo, RWLockSide
from .schedule import ScheduleInfo, cron_next
from .semaphore import BoundedSemaphore, Permit, Semaphore, SemaphoreInfo
from .worker import Worker, WorkerCounts
from .workers import WorkerInfo

if _TYPE_CHECKING:
    from .app import App, Handle, JobStopped, NotReadable, NotSerializable, Reject, Retry, UnknownTask, current_job

__version__: str = _functions.version().decode()
"""Version of the library in use."""

_OF_APP = frozenset({
    "App", "Handle", "JobStopped", "NotReadable", "NotSerializable", "Reject", "Retry", "UnknownTask", "current_job",
})


def __getattr__(name: str) -> _Any:
    """What concerns tasks is loaded when it is first asked for: programs that use locks alone start faster."""
    if name in _OF_APP:
        from . import app

        return getattr(app, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "App", "Barrier", "BarrierBroken", "Batch", "BatchCounts", "BatchNotFound", "BatchTimeout", "BoundedSemaphore",
    "Cancelled", "Check", "Client", "Closed", "Conflict", "ConnectionError", "DistcoordError", "Election",
    "ElectionError", "FlushTimeout", "Forked", "Handle", "Health", "Hold", "InternalError", "InvalidArgument", "Job",
    "JobCancelled", "JobEnded", "JobError", "JobExists", "JobExpired", "JobFailed", "JobInfo", "JobLost", "JobNotFound",
    "JobSettled", "JobSkipped", "JobStopped", "Leader", "LeadershipLost", "Lock", "LockError", "LockInfo", "LockLost",
    "LockStatistics", "LockTimeout", "Lost", "MultiLock", "NoReply", "NotLeader", "NotOwner", "NotPermitted",
    "NotReadable", "NotSerializable", "OverRelease", "Payload", "Permit", "Producer", "ProducerFull", "Push",
    "PushFailed", "PushFailure", "Queue", "QueueCounts", "QueueSettings", "RLock", "RWLock", "RWLockHold", "RWLockInfo",
    "RWLockSide", "Reject", "ResultExpired", "ResultTimeout", "Retry", "ScheduleInfo", "Semaphore", "SemaphoreInfo",
    "ServerError", "ServerFull", "TooLarge", "Unavailable", "UnknownTask", "UnsupportedServer", "UpgradeRefused",
    "Worker", "WorkerCounts", "WorkerInfo", "__version__", "connect", "cron_next", "current_job",
]
