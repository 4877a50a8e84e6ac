"""Locks, elections, barriers, job queues, shared state, topics and more on Redis, the same in every language.

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
`App` makes tasks of functions, and graphs of them: workflows. A `Pipeline` is a program whose instances, on several
machines, do its modules together.

Beside `lock` there are `rlock`, `multilock`, `rwlock`, `semaphore` and `bounded_semaphore`, shaped like their namesakes
of `threading`, and the decorator `@client.locked("name")`. Processes meet at `election`, `barrier`, `double_barrier`,
`latch`, `event` and `membership`; they share `state`, channels (`publish`, `subscribe`), `topic`, `breaker` and
`limiter`. All of these are there for asyncio as `client.aio.lock` and so on. They are functions of the package and of
`distcoord.aio` as well, which use a client made from the environment: `distcoord.event("ready").wait()`.

Times are seconds. Where something waits, -1 waits for ever and 0 tries once; Ctrl-C ends every wait. Everything may
be used from several threads. Clients and handles pickle by name, and work again in forked children.
"""

from __future__ import annotations

from importlib import import_module as _import_module
from typing import TYPE_CHECKING as _TYPE_CHECKING
from typing import Any as _Any

from ._calls import Payload
from ._default import OF_CLIENT as _OF_CLIENT
from ._default import default_client
from ._default import of_client as _of_client
from ._library import functions as _functions
from ._lost import Lost
from ._watches import Watch
from .barriers.barrier import Barrier
from .barriers.double_barrier import DoubleBarrier, DoubleBarrierInfo
from .barriers.event import Event
from .barriers.latch import Latch
from .barriers.membership import Member, MemberChange, Membership
from .client import Client, connect
from .elections.election import Election, Leader
from .elections.leading import Leadership
from .errors import (
    ArtifactNotFound,
    BarrierBroken,
    BarrierTimeout,
    BatchNotFound,
    BatchTimeout,
    BreakerOpen,
    Cancelled,
    Closed,
    Conflict,
    ConnectionError,
    ConsumerExists,
    ConsumerLost,
    DistcoordError,
    ElectionError,
    FlushTimeout,
    Forked,
    InstanceExists,
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
    LatchNotFound,
    LeadershipLost,
    LimitExceeded,
    LockError,
    LockLost,
    LockTimeout,
    MemberExists,
    MembershipError,
    MembershipLost,
    MessageLost,
    NoReply,
    NoSuchWorker,
    NotInside,
    NotLeader,
    NotMember,
    NotOwner,
    NotPermitted,
    OverRelease,
    PartyLost,
    ProducerFull,
    PushFailed,
    ResultExpired,
    ResultTimeout,
    RunEnded,
    RunError,
    RunExists,
    RunLost,
    RunNotFound,
    RunTimeout,
    ServerError,
    ServerFull,
    TaskCancelled,
    TaskFailed,
    TaskNotFound,
    TaskSkipped,
    TooLarge,
    TopicError,
    Unavailable,
    UnsupportedServer,
    UpgradeRefused,
    WatchTimeout,
    WorkflowFailed,
)
from .health import Check, Health
from .locks.lock import Lock, LockInfo
from .locks.multilock import MultiLock
from .locks.rlock import RLock
from .locks.rwlock import RWLock, RWLockHold, RWLockInfo, RWLockSide
from .locks.semaphore import BoundedSemaphore, Permit, Semaphore, SemaphoreInfo
from .messaging.consumer import Consumer, Delivery
from .messaging.message import Message, Subscription
from .messaging.topic import GroupInfo, Topic, TopicInfo
from .monitor import Hold, LockStatistics
from .queues.batch import Batch, BatchCounts
from .queues.control import QueueSettings
from .queues.job import Job
from .queues.jobs import JobInfo
from .queues.producer import Producer, PushFailure
from .queues.push import Push
from .queues.queue import Queue, QueueCounts
from .queues.schedule import ScheduleInfo, cron_next
from .queues.worker import Worker, WorkerCounts
from .queues.workers import WorkerInfo
from .resilience.breaker import Breaker, BreakerInfo
from .resilience.limiter import Limiter, LimiterInfo
from .shared.state import State, StateEntry

if _TYPE_CHECKING:
    from . import aio as aio
    from . import app as app
    from . import pipelines as pipelines
    from .app import (
        Again,
        App,
        AppWorkflow,
        Handle,
        JobStopped,
        NotReadable,
        NotSerializable,
        Reject,
        Retry,
        Skip,
        UnknownTask,
        again,
        current_job,
        current_task,
        skip,
    )
    from .pipelines import Pipeline, artifacts
    from .workflows.artifacts import ArtifactInfo, Artifacts
    from .workflows.instance import Instance, InstanceInfo, run_identity
    from .workflows.run import Run, RunEvents
    from .workflows.summary import RunEvent, RunInfo, RunSummary, TaskInfo
    from .workflows.task import RunTask, TaskInput
    from .workflows.workflow import Workflow

    _default: Client
    barrier = _default.barrier
    bounded_semaphore = _default.bounded_semaphore
    breaker = _default.breaker
    double_barrier = _default.double_barrier
    election = _default.election
    event = _default.event
    latch = _default.latch
    limiter = _default.limiter
    lock = _default.lock
    locked = _default.locked
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

__version__: str = _functions.version().decode()
"""Version of the library in use."""

_LATER = {
    "app": (
        "Again", "App", "AppWorkflow", "Handle", "JobStopped", "NotReadable", "NotSerializable", "Reject", "Retry",
        "Skip", "UnknownTask", "again", "current_job", "current_task", "skip"),
    "pipelines": ("Pipeline", "artifacts"),
    "workflows.artifacts": ("ArtifactInfo", "Artifacts"),
    "workflows.instance": ("Instance", "InstanceInfo", "run_identity"),
    "workflows.run": ("Run", "RunEvents"),
    "workflows.summary": ("RunEvent", "RunInfo", "RunSummary", "TaskInfo"),
    "workflows.task": ("RunTask", "TaskInput"),
    "workflows.workflow": ("Workflow",),
}
_PLACES = {name: module for module, names in _LATER.items() for name in names}


def __getattr__(name: str) -> _Any:
    """What concerns tasks and workflows is loaded when it is first asked for: programs that use locks alone start
    faster. The default client is made then, too."""
    if name in _OF_CLIENT:
        return _of_client(name)
    if name in ("aio", "app", "pipelines"):
        return _import_module(f"{__name__}.{name}")
    if name in _PLACES:
        return getattr(_import_module(f"{__name__}.{_PLACES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "Again", "App", "AppWorkflow", "ArtifactInfo", "ArtifactNotFound", "Artifacts", "Barrier", "BarrierBroken",
    "BarrierTimeout", "Batch", "BatchCounts", "BatchNotFound", "BatchTimeout", "BoundedSemaphore", "Breaker",
    "BreakerInfo", "BreakerOpen", "Cancelled", "Check", "Client", "Closed", "Conflict", "ConnectionError",
    "Consumer", "ConsumerExists", "ConsumerLost", "Delivery", "DistcoordError", "DoubleBarrier",
    "DoubleBarrierInfo", "Election", "ElectionError", "Event", "FlushTimeout", "Forked", "GroupInfo", "Handle",
    "Health", "Hold", "Instance", "InstanceExists", "InstanceInfo", "InternalError", "InvalidArgument", "Job",
    "JobCancelled", "JobEnded", "JobError", "JobExists", "JobExpired", "JobFailed", "JobInfo", "JobLost",
    "JobNotFound", "JobSettled", "JobSkipped", "JobStopped", "Latch", "LatchNotFound", "Leader", "Leadership",
    "LeadershipLost", "LimitExceeded", "Limiter", "LimiterInfo", "Lock", "LockError", "LockInfo", "LockLost",
    "LockStatistics", "LockTimeout", "Lost", "Member", "MemberChange", "MemberExists", "Membership",
    "MembershipError", "MembershipLost", "Message", "MessageLost", "MultiLock", "NoReply", "NoSuchWorker",
    "NotInside", "NotLeader", "NotMember", "NotOwner", "NotPermitted", "NotReadable", "NotSerializable",
    "OverRelease", "PartyLost", "Payload", "Permit", "Pipeline", "Producer", "ProducerFull", "Push", "PushFailed",
    "PushFailure", "Queue", "QueueCounts", "QueueSettings", "RLock", "RWLock", "RWLockHold", "RWLockInfo",
    "RWLockSide", "Reject", "ResultExpired", "ResultTimeout", "Retry", "Run", "RunEnded", "RunError", "RunEvent",
    "RunEvents", "RunExists", "RunInfo", "RunLost", "RunNotFound", "RunSummary", "RunTask", "RunTimeout",
    "ScheduleInfo", "Semaphore", "SemaphoreInfo", "ServerError", "ServerFull", "Skip", "State", "StateEntry",
    "Subscription", "TaskCancelled", "TaskFailed", "TaskInfo", "TaskInput", "TaskNotFound", "TaskSkipped",
    "TooLarge", "Topic", "TopicError", "TopicInfo", "Unavailable", "UnknownTask", "UnsupportedServer",
    "UpgradeRefused", "Watch", "WatchTimeout", "Worker", "WorkerCounts", "WorkerInfo", "Workflow", "WorkflowFailed",
    "__version__", "again", "artifacts", "connect", "cron_next", "current_job", "current_task", "default_client",
    "run_identity", "skip",
]
