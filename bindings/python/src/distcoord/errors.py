"""Everything that the package raises.

All derive from `DistcoordError`; those that mean what a built-in exception means derive from that as well, so that code
written for `TimeoutError` or `ConnectionError` goes on working.
"""

from __future__ import annotations

import builtins
import threading
from typing import TYPE_CHECKING, Optional, Protocol, TypeVar

from . import _abi

if TYPE_CHECKING:
    from .queues.batch import BatchCounts
    from .queues.producer import PushFailure
    from .workflows.summary import RunSummary, TaskInfo


class DistcoordError(Exception):
    """Base of all errors of the package.

    Attributes: `status`, the number that the library answered (see `distcoord/status.h`), 0 if it was not asked;
    `server_text`, the server's own words, "" if it said nothing; `retriable`, whether the same call may succeed later
    without anybody changing anything; `pushed_ids`, for errors of `Queue.push_many`, the ids of the jobs that were
    pushed all the same; `refused`, for its JobExists and JobNotFound, the places in the call of those that were not,
    from 0, each with the id that the job has, or that the job in its way has; `published`, for errors of
    `Topic.publish_many`, how many messages were published for certain.
    """

    status: int = 0
    server_text: str = ""
    retriable: bool = False
    pushed_ids: tuple[str, ...] = ()
    refused: tuple[tuple[int, str], ...] = ()
    published: int = 0


# ---------------------------------------------------------------- errors of the caller


class InvalidArgument(DistcoordError, ValueError):
    """An argument is malformed or out of range; nothing was sent."""


class TooLarge(DistcoordError, ValueError):
    """A payload or result is above the client's `max_payload`; nothing was sent."""


class Closed(DistcoordError):
    """The client was closed."""


class Forked(DistcoordError, RuntimeError):
    """The lock, leadership or job is held by the parent of this forked process."""


class Conflict(DistcoordError):
    """The name is in use with other parameters, for example a barrier with another number of parties."""


class Cancelled(DistcoordError):
    """The wait was ended by `cancel()` or by closing the client."""


# ---------------------------------------------------------------- errors of the server


class ServerError(DistcoordError):
    """The server answered with an error, or not at all. `server_text` has its words."""


class ConnectionError(ServerError, builtins.ConnectionError):
    """The server could not be reached within the connect timeout."""


class NoReply(ConnectionError, builtins.TimeoutError):
    """Connected, but no answer came within the command timeout; whether the command ran is not known."""


class NotPermitted(ServerError):
    """The server wants a password, the password is wrong, or the user may not run the command."""


class Unavailable(ServerError):
    """The server is loading, busy in a script, a read-only replica, or its cluster is down."""


class ServerFull(ServerError):
    """The server has reached its `maxmemory`."""


class UnsupportedServer(ServerError):
    """The server is older than Redis 6.2 or lacks what the library needs."""


class InternalError(DistcoordError):
    """A fault of the library or of the machine (no thread, no file descriptor). Please report it."""


# ---------------------------------------------------------------- locks, elections, barriers


class LockError(DistcoordError):
    """Base of what concerns one lock, read-write lock or semaphore; `name` is its name."""

    name: str = ""


class LockTimeout(LockError, builtins.TimeoutError):
    """`with`, or a `locked` function, did not get the lock in its time."""


class NotOwner(LockError, RuntimeError):
    """Releasing or extending what this handle, thread or task does not hold."""


class OverRelease(NotOwner, ValueError):
    """A bounded semaphore was to get back more permits than this object has taken."""


class LockLost(LockError):
    """The lease ended while the lock was held, or it was taken away: what was done since may have overlapped with
    another holder."""


class UpgradeRefused(LockError, Conflict, RuntimeError):
    """A reader asked to write. It would wait for itself, and two such for each other: release first, or write from the
    start."""


class ElectionError(DistcoordError):
    """Base of what concerns one election; `name` is the election's."""

    name: str = ""


class NotLeader(ElectionError, RuntimeError):
    """Resigning without leading."""


class LeadershipLost(ElectionError):
    """The leadership had ended before it was given up; somebody else may have led meanwhile."""


class BarrierBroken(DistcoordError, threading.BrokenBarrierError):
    """A party timed out, gave up, died or aborted; `name` is the barrier's, or the latch's that was reset."""

    name: str = ""


class BarrierTimeout(DistcoordError, builtins.TimeoutError):
    """The parties of a double barrier did not come, or leave, in time; `name` is the barrier's."""

    name: str = ""


class NotInside(DistcoordError, RuntimeError):
    """Leaving a double barrier that this handle has not entered."""


class PartyLost(BarrierBroken):
    """The lease ended while this party was inside a double barrier: the others took it for dead."""


class LatchNotFound(DistcoordError, LookupError):
    """There is no latch of that name, and the handle does not say with which count to make one."""


class MembershipError(DistcoordError):
    """Base of what concerns one group; `name` is the group's."""

    name: str = ""


class NotMember(MembershipError, RuntimeError):
    """Leaving a group that this handle has not joined."""


class MemberExists(MembershipError):
    """Another member has the id."""


class MembershipLost(MembershipError):
    """The membership's lease had ended: the others have seen this member go."""


# ---------------------------------------------------------------- watches and messages


class WatchTimeout(DistcoordError, builtins.TimeoutError):
    """Nothing has changed in time."""


class TopicError(DistcoordError):
    """Base of what concerns one topic; `name` is the topic's."""

    name: str = ""


class ConsumerExists(TopicError):
    """A living consumer of the group has the name."""


class ConsumerLost(TopicError):
    """The consumer's lease had ended, or its group was deleted: what it held goes to others. The next call joins
    anew."""


class MessageLost(TopicError):
    """The message is not held by this consumer any more, and may be delivered to another; `id` is the message's."""

    id: str = ""


# ---------------------------------------------------------------- breakers and limiters


class BreakerOpen(DistcoordError):
    """The breaker let no call through; `name` is the breaker's, `retry_after` says after how many seconds it may be
    worth asking again, None when that is not known."""

    name: str = ""
    retry_after: Optional[float] = None


class LimitExceeded(DistcoordError, builtins.TimeoutError):
    """No permit was due in time; `name` is the limiter's, `key` says whose permits, `wait_time` after how many seconds
    they would have been due."""

    name: str = ""
    key: Optional[str] = None
    wait_time: float = 0.0


# ---------------------------------------------------------------- jobs


class JobError(DistcoordError):
    """Base of what concerns one job; `id` is the job's."""

    id: str = ""


class JobLost(JobError):
    """The claim's lease ended: another worker has or had the job, and this one's answer was not accepted."""


class JobSettled(JobError, RuntimeError):
    """This claim was completed, failed, cancelled or released already."""


class JobExpired(JobSettled, builtins.TimeoutError):
    """The time for this attempt was over: it counts as failed, and what is said of it now counts no more."""


class JobExists(JobError):
    """A job with that id is known already, or one that has not ended has the unique key; nothing was pushed."""

    @property
    def job_id(self) -> str:
        """Id of the job that is there; the same as `id`."""
        return self.id


class JobEnded(JobError):
    """The job has ended already, so there is nothing to cancel."""


class JobFailed(JobError):
    """The job is dead. Its last failure: `error_type`, the kind of it, for instance the name of an exception;
    `message`; `traceback`; `worker`, in whose hands it failed; each "" when nothing is known. `attempts`: how many
    there were. Printed with all of that."""

    message: str = ""
    attempts: int = 0
    error_type: str = ""
    traceback: str = ""
    worker: str = ""


class JobCancelled(JobError):
    """The job was cancelled; `reason` says why, "cancelled" if nothing was said."""

    reason: str = ""


class JobSkipped(JobError):
    """The job did not run because one that it waited for did not complete; `reason` says more."""

    reason: str = ""


class JobNotFound(JobError, LookupError):
    """No job with that id is known in that queue, or none in that state."""


class ResultTimeout(JobError, builtins.TimeoutError):
    """The job did not end in time; it goes on."""


class ResultExpired(JobError, LookupError):
    """The job has ended, but its result is not kept any more."""


class BatchNotFound(DistcoordError, LookupError):
    """No job was ever pushed into the batch and it is not sealed, or it is forgotten."""


class BatchTimeout(DistcoordError, builtins.TimeoutError):
    """The batch was not done in time; `counts`, a BatchCounts, says how far it was."""

    counts: Optional[BatchCounts] = None


class PushFailed(DistcoordError):
    """Jobs of a producer were not accepted; `failures` names them, each a PushFailure."""

    failures: tuple[PushFailure, ...] = ()


class ProducerFull(DistcoordError):
    """The buffer of a producer that does not block is full; the job was not taken."""


class FlushTimeout(DistcoordError, builtins.TimeoutError):
    """A producer could not send all its jobs in time; it goes on."""


# ---------------------------------------------------------------- tasks


class NotSerializable(DistcoordError, TypeError):
    """An argument or a result cannot be sent; nothing was. `path` says which part of it: `args[0].user.socket`."""

    path: str = ""


class NotReadable(DistcoordError, ValueError):
    """A payload or a result is not what it should be: malformed, of a kind that is not accepted here, or not fitting
    the annotation. `path` says which part of it."""

    path: str = ""


class UnknownTask(DistcoordError, LookupError):
    """The program has no task of that name."""


# ---------------------------------------------------------------- runs and workflows


class RunError(DistcoordError):
    """Base of what concerns one run of a workflow; `run_id` is the run's."""

    run_id: str = ""


class RunNotFound(RunError, LookupError):
    """The run is not known, or not any more."""


class RunExists(RunError):
    """There is a run with that id already; nothing was started."""


class RunEnded(RunError):
    """The run has ended already."""


class RunTimeout(RunError, builtins.TimeoutError):
    """The run did not end in time; it goes on. `summary`, a RunSummary, says how far it was."""

    summary: Optional[RunSummary] = None


class RunLost(RunError):
    """The run was there, and all that the server knew of it is gone."""


class WorkflowFailed(RunError):
    """The run has ended, and not well. `summary`: a RunSummary; `failures`: a TaskInfo of each task that failed, at
    most 100. Printed with their errors, and with the traceback of the first."""

    summary: Optional[RunSummary] = None
    failures: tuple[TaskInfo, ...] = ()


class TaskNotFound(RunError, LookupError):
    """The run has no task of that name."""


class TaskFailed(RunError, JobFailed):
    """The task of a run failed, or was blocked by one that did; the attributes are those of JobFailed, `id` is the
    task's name."""


class TaskCancelled(RunError, JobCancelled):
    """The task of a run was cancelled; `id` is the task's name."""


class TaskSkipped(RunError, JobSkipped):
    """The task of a run was skipped; `id` is the task's name."""


class NoSuchWorker(InvalidArgument):
    """No worker of the last minute could run some of the tasks; the message names them and what is missing."""


class ArtifactNotFound(RunError, LookupError):
    """The run has no artifact of that name, or the run is not known; `name` is the artifact's."""

    name: str = ""


class InstanceExists(RunError):
    """An instance with that index lives."""


BY_STATUS: dict[int, type[DistcoordError]] = {
    _abi.CANCELLED: Cancelled,
    _abi.INTERRUPTED: Cancelled,
    _abi.ERROR_INVALID_ARGUMENT: InvalidArgument,
    _abi.ERROR_TOO_LARGE: TooLarge,
    _abi.ERROR_CLOSED: Closed,
    _abi.ERROR_FORKED: Forked,
    _abi.ERROR_CONFLICT: Conflict,
    _abi.ERROR_UNREACHABLE: ConnectionError,
    _abi.ERROR_NO_REPLY: NoReply,
    _abi.ERROR_NOT_PERMITTED: NotPermitted,
    _abi.ERROR_UNAVAILABLE: Unavailable,
    _abi.ERROR_SERVER_FULL: ServerFull,
    _abi.ERROR_UNSUPPORTED_SERVER: UnsupportedServer,
    _abi.ERROR_SERVER: ServerError,
    _abi.ERROR_INTERNAL: InternalError,
}


def invalid(message: str) -> InvalidArgument:
    """An argument refused on this side of the C interface."""
    error = InvalidArgument(message)
    error.status = _abi.ERROR_INVALID_ARGUMENT
    return error


def about_lock(kind: type[LockError], message: str, name: str, status: int) -> LockError:
    """An error about the lock `name`."""
    error = kind(message)
    error.name, error.status = name, status
    return error


def about_election(kind: type[ElectionError], message: str, name: str, status: int) -> ElectionError:
    """An error about the election `name`."""
    error = kind(message)
    error.name, error.status = name, status
    return error


class _Named(Protocol):
    name: str
    status: int


NamedError = TypeVar("NamedError", bound=_Named)


def about(error: NamedError, name: str, status: int) -> NamedError:
    """The error, with the name of what it is about and the library's answer."""
    error.name, error.status = name, status
    return error


def about_job(kind: type[JobError], message: str, id: Optional[str], status: int) -> JobError:
    """An error about the job `id`."""
    error = kind(message)
    error.id, error.status = id or "", status
    return error


RunErrorKind = TypeVar("RunErrorKind", bound=RunError)


def about_run(kind: type[RunErrorKind], message: str, run_id: str, status: int) -> RunErrorKind:
    """An error about the run `run_id`."""
    error = kind(message)
    error.run_id, error.status = run_id, status
    return error
