"""Looking at the jobs of a queue, and dealing with them from outside: cancel, retry, promote, purge."""

from __future__ import annotations

from ctypes import byref, c_bool, c_int64, c_size_t, string_at
from typing import TYPE_CHECKING, NamedTuple, Optional

from .. import _abi, _calls, errors
from .._handles import Handle
from .._library import functions

if TYPE_CHECKING:
    from datetime import datetime

_STATES = {
    "waiting": _abi.STATE_WAITING,
    "delayed": _abi.STATE_DELAYED,
    "active": _abi.STATE_ACTIVE,
    "blocked": _abi.STATE_BLOCKED,
    "dead": _abi.STATE_DEAD,
    "completed": _abi.STATE_COMPLETED,
}
_STATE_NAMES = {
    **{number: name for name, number in _STATES.items()},
    _abi.STATE_CANCELLED: "cancelled",
    _abi.STATE_SKIPPED: "skipped",
}
_MOST_LISTED = 1_000
_LARGEST = 2**63 - 1


class JobInfo(NamedTuple):
    """A job as of a moment ago. Texts are "" where there is nothing to say; times are by the server's clock, in UTC."""

    id: str
    """Its id."""
    state: str
    """"waiting" (ready to be claimed), "delayed", "active" (claimed), "blocked" (waits for other jobs), "dead",
    "completed", "cancelled" or "skipped"."""
    task: str
    """Its task name."""
    priority: int
    """Its priority."""
    attempt: int
    """The attempt that runs, or is next, from 1; of a job that has ended how many there were."""
    max_attempts: int
    """How many attempts there are in all; 0 when only its outcome is kept."""
    pushed_at: Optional[datetime]
    """When it was pushed; None when only its outcome is kept."""
    due_at: Optional[datetime]
    """When it is due (delayed), its lease ends (active) or it ended (dead, and all others that have); else None."""
    payload: bytes
    """Its payload; of a completed job, of which only the outcome is kept, the result. In lists the first 1 024 bytes.
    """
    content_type: str
    """What the payload is said to be."""
    headers: dict[str, str]
    """The headers that it carries."""
    client: str
    """Identity of the client that has claimed it."""
    progress: Optional[int]
    """How far it is said to be, 0 to 100; None when nothing was said."""
    progress_text: str
    """What was said of that."""
    cancelling: bool
    """Whether somebody has asked to cancel it while it runs."""
    error_type: str
    """Kind of its last failure."""
    error_message: str
    """Its last failure in words; why it was cancelled or skipped."""
    error_traceback: str
    """Where it failed last."""
    error_worker: str
    """Which worker's attempt failed last."""
    failed_at: Optional[datetime]
    """When it failed last; None when it has not."""
    capabilities: tuple[str, ...]
    """What a worker must have for it, in order."""
    worker: str
    """The worker to whose own queue it was pushed."""
    unique: str
    """Its unique key."""
    concurrency_key: str
    """Its concurrency key."""
    batch: str
    """Its batch."""
    waits_for: int
    """For how many jobs it waits still."""


class _List(Handle):
    """A list of jobs of the library."""

    __slots__ = ()
    _free = functions.job_list_free

    def __init__(self) -> None:
        self._own(_abi.distcoord_job_list())

    def jobs(self) -> list[JobInfo]:
        """Its items."""
        return [self._job(index) for index in range(functions.job_list_count(self._pointer))]

    def _job(self, index: int) -> JobInfo:
        pointer = self._pointer

        def text(value: bytes) -> str:
            return value.decode("utf-8", "replace")

        length = c_size_t()
        address = functions.job_list_payload(pointer, index, byref(length))
        headers = {
            text(functions.job_list_header_name(pointer, index, header)):
                text(functions.job_list_header_value(pointer, index, header))
            for header in range(functions.job_list_header_count(pointer, index))}
        capabilities = text(functions.job_list_capabilities(pointer, index))
        progress = functions.job_list_progress(pointer, index)
        return JobInfo(
            id=text(functions.job_list_id(pointer, index)),
            state=_STATE_NAMES.get(functions.job_list_state(pointer, index), "unknown"),
            task=text(functions.job_list_task(pointer, index)),
            priority=functions.job_list_priority(pointer, index),
            attempt=functions.job_list_attempt(pointer, index),
            max_attempts=functions.job_list_max_attempts(pointer, index),
            pushed_at=_calls.moment(functions.job_list_pushed_ms(pointer, index)),
            due_at=_calls.moment(functions.job_list_due_ms(pointer, index)),
            payload=string_at(address, length.value) if address else b"",
            content_type=text(functions.job_list_content_type(pointer, index)),
            headers=headers,
            client=text(functions.job_list_client(pointer, index)),
            progress=None if progress < 0 else progress,
            progress_text=text(functions.job_list_progress_text(pointer, index)),
            cancelling=functions.job_list_cancelling(pointer, index),
            error_type=text(functions.job_list_error_type(pointer, index)),
            error_message=text(functions.job_list_error_message(pointer, index)),
            error_traceback=text(functions.job_list_error_traceback(pointer, index)),
            error_worker=text(functions.job_list_error_worker(pointer, index)),
            failed_at=_calls.moment(functions.job_list_failed_ms(pointer, index)),
            capabilities=tuple(capabilities.split(",")) if capabilities else (),
            worker=text(functions.job_list_worker(pointer, index)),
            unique=text(functions.job_list_unique_key(pointer, index)),
            concurrency_key=text(functions.job_list_concurrency_key(pointer, index)),
            batch=text(functions.job_list_batch(pointer, index)),
            waits_for=functions.job_list_after(pointer, index))


class Jobs(Handle):
    """The part of a queue that looks at its jobs and deals with them from outside."""

    __slots__ = ()
    _name: str

    def jobs(self, state: str = "waiting", offset: int = 0, limit: int = 100) -> list[JobInfo]:
        """Jobs in one state, a page of 1 to 1 000 at a time, after leaving out `offset` of them.

        `state`: "waiting", in the order in which they will be claimed; "delayed", by their time; "active", by the end
        of their lease; "dead", the latest first; "blocked"; or "completed": all whose outcome is kept, whatever it is.
        The last two are in no order, and a page of them may be shorter than asked for without being the last.
        """
        number = _calls.choice(state, "state", _STATES)
        offset = _calls.integer(offset, "offset", 0, _LARGEST)
        limit = _calls.integer(limit, "limit", 1, _MOST_LISTED)
        found = _List()
        error = _abi.distcoord_error()
        status = functions.queue_list(self._pointer, number, offset, limit, byref(found._pointer), byref(error))
        _calls.check(status, error)
        return found.jobs()

    def dead(self, offset: int = 0, limit: int = 100) -> list[JobInfo]:
        """The dead jobs, the latest first: `jobs("dead")`."""
        return self.jobs("dead", offset, limit)

    def inspect(self, id: str) -> JobInfo:
        """How a job stands, with its whole payload. Raises JobNotFound."""
        found = _List()
        error = _abi.distcoord_error()
        status = functions.queue_inspect(self._pointer, _calls.text(id, "id"), byref(found._pointer), byref(error))
        if status == _abi.NOT_FOUND:
            raise self._unknown(id, "no job", status)
        _calls.check(status, error)
        return found.jobs()[0]

    def cancel_job(self, id: str, reason: Optional[str] = None) -> bool:
        """Cancels a job; returns whether it runs still. One that is not claimed has ended with this call. One that runs
        is asked to stop (`Job.cancelling`), within milliseconds if its worker waits for messages, else at the next
        renewal; should its worker fail it or die, it is cancelled and not tried again.

        `reason`: why, at most 1 024 bytes; None for "cancelled". Raises JobNotFound, JobEnded when it has ended already.
        """
        why = None if reason is None else _calls.text(reason, "reason")
        runs = c_bool()
        error = _abi.distcoord_error()
        status = functions.queue_cancel_job(
            self._pointer, _calls.text(id, "id"), why, byref(runs), byref(error))
        if status == _abi.NOT_FOUND:
            raise self._unknown(id, "no job", status)
        if status == _abi.EXPIRED:
            raise errors.about_job(errors.JobEnded, f"job {id} has ended already", id, status)
        _calls.check(status, error)
        return runs.value

    def retry_dead(self, id: Optional[str] = None) -> int:
        """Lets a dead job, or all that are dead, be tried again from the first attempt on; returns how many. Raises
        JobNotFound for an id of which no job is dead, JobExists when its unique key is taken by another job.
        """
        count = c_int64()
        error = _abi.distcoord_error()
        encoded = None if id is None else _calls.text(id, "id")
        status = functions.queue_retry_dead(self._pointer, encoded, byref(count), byref(error))
        if status == _abi.NOT_FOUND:
            raise self._unknown(id, "no dead job", status)
        if status == _abi.EXISTS:
            raise errors.about_job(
                errors.JobExists, f"the unique key of the dead job {id} is taken by another job", id, status)
        _calls.check(status, error)
        return count.value

    def promote(self, id: str) -> None:
        """Makes a delayed job ready now. Raises JobNotFound when no delayed job has the id."""
        error = _abi.distcoord_error()
        status = functions.queue_promote(self._pointer, _calls.text(id, "id"), byref(error))
        if status == _abi.NOT_FOUND:
            raise self._unknown(id, "no delayed job", status)
        _calls.check(status, error)

    def purge(self, state: str = "dead", id: Optional[str] = None, older_than: float = 0) -> int:
        """Deletes one job, or all, in a state for good; returns how many. Those that have not run are cancelled first,
        so whoever waits for them is told.

        `state`: "dead", "waiting", "delayed", "blocked", or "completed" for what is kept of jobs that have ended.
        `older_than`: only those that died, ended, or were pushed more than so many seconds ago. Raises JobNotFound for
        an id that no job in that state has.
        """
        number = _calls.choice(state, "state", _STATES)
        age = _calls.duration_ms(older_than, "older_than", 0, _LARGEST)
        count = c_int64()
        error = _abi.distcoord_error()
        encoded = None if id is None else _calls.text(id, "id")
        status = functions.queue_purge(self._pointer, number, encoded, age, byref(count), byref(error))
        if status == _abi.NOT_FOUND:
            raise self._unknown(id, f"no {state} job", status)
        _calls.check(status, error)
        return count.value

    def _unknown(self, id: Optional[str], what: str, status: int) -> errors.JobError:
        return errors.about_job(errors.JobNotFound, f"queue {self._name!r} knows {what} {id!r}", id, status)
