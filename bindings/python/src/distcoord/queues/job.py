"""A claimed job."""

from __future__ import annotations

from ctypes import byref, c_size_t, string_at
from types import TracebackType
from typing import TYPE_CHECKING, Any, NoReturn, Optional, Union

from .. import _abi, _calls, _interrupt, _lost, errors
from .._handles import Handle
from .._library import functions
from ._failure import describe
from .push import DAY_MS

if TYPE_CHECKING:
    from ..client import Client
    from ..workflows.task import RunTask

_pending = _interrupt.pending
_complete = functions.job_complete
_payload = functions.job_payload
_state = functions.job_state
_Error = _abi.distcoord_error


class JobView:
    """What can be read of a claimed job without asking anybody, the same with and without asyncio. The slots are those
    of the classes that derive from this."""

    __slots__ = ()

    _pointer: Any
    _id: Optional[str]
    _bytes: Optional[bytes]

    # ------------------------------------------------------------ what it is

    @property
    def id(self) -> str:
        """The job's id."""
        if self._id is None:
            self._id = functions.job_id(self._pointer).decode()  # type: ignore[misc]
        return self._id

    @property
    def payload(self) -> bytes:
        """The job's bytes."""
        data = self._bytes
        if data is None:
            length = c_size_t()
            address = _payload(self._pointer, byref(length))
            data = string_at(address, length.value) if address else b""
            self._bytes = data  # type: ignore[misc]
        return data

    @property
    def task(self) -> str:
        """The job's task name; "" when it has none."""
        return functions.job_task(self._pointer).decode()

    @property
    def queue(self) -> str:
        """Name of the queue it was claimed from."""
        return functions.job_queue(self._pointer).decode()

    @property
    def content_type(self) -> str:
        """What the payload is said to be; "" when nothing was said."""
        return functions.job_content_type(self._pointer).decode()

    @property
    def headers(self) -> dict[str, str]:
        """The headers that it carries, in order of their names."""
        pointer = self._pointer
        return {
            functions.job_header_name(pointer, index).decode(): functions.job_header_value(pointer, index).decode()
            for index in range(functions.job_header_count(pointer))}

    @property
    def attempt(self) -> int:
        """Which attempt this is, from 1."""
        return functions.job_attempt(self._pointer)

    @property
    def max_attempts(self) -> int:
        """How many attempts there are in all."""
        return functions.job_max_attempts(self._pointer)

    @property
    def timeout(self) -> Optional[float]:
        """Seconds that one attempt may take; None for no limit."""
        return functions.job_timeout_ms(self._pointer) / 1000 or None

    @property
    def priority(self) -> int:
        """The job's priority."""
        return functions.job_priority(self._pointer)

    @property
    def batch(self) -> str:
        """Id of the batch that it belongs to; "" when there is none."""
        return functions.job_batch(self._pointer).decode()

    @property
    def fence(self) -> int:
        """Fencing number of this claim; it grows with every claim in the queue."""
        return functions.job_fence(self._pointer)

    @property
    def pushed_at(self) -> float:
        """When it was pushed: seconds since 1970 by the server's clock."""
        return functions.job_pushed_ms(self._pointer) / 1000

    # ------------------------------------------------------------ what became of the claim, without asking anybody

    @property
    def settled(self) -> bool:
        """Whether this handle has said how it ended or given it back, or the end of its worker has."""
        return _state(self._pointer) == _abi.JOB_SETTLED

    @property
    def cancelling(self) -> bool:
        """Whether somebody asks to cancel it: stop and call `cancelled`, or go on and settle it otherwise."""
        return _state(self._pointer) == _abi.JOB_CANCELLING

    @property
    def expired(self) -> bool:
        """Whether its time is over: the attempt counts as failed, and the job may be another worker's already."""
        return _state(self._pointer) == _abi.JOB_EXPIRED

    @property
    def stop_requested(self) -> bool:
        """Whether there is nothing more to do here: somebody asks to cancel it, its time is over, the claim was lost,
        or the job is settled, also by the end of its worker. Handlers that take long look at it now and then."""
        return _state(self._pointer) != _abi.JOB_CLAIMED


class Job(Handle, JobView):
    """A job that this process has claimed, under a lease that the library renews until the job is settled.

    Settle it once with `complete`, `fail`, `release` or `cancelled`. One that is dropped unsettled is given back, and
    one whose process dies goes to another worker when the lease ends, with the attempt counted. As a context manager it
    is completed at the end of the block unless it was settled there, failed with the exception when the block raises
    one (which goes on), and given back when that is a KeyboardInterrupt, SystemExit or the like.

    A job belongs to its process and cannot be pickled; in a forked child settling it raises Forked.
    """

    __slots__ = ("_client", "_id", "_bytes")
    _free = functions.job_free

    def __init__(self, client: Client, pointer: _abi.distcoord_job) -> None:
        self._client = client
        self._id = None
        self._bytes = None
        self._own(pointer)

    # ------------------------------------------------------------ settling

    def complete(self, result: Optional[_calls.Payload] = None) -> None:
        """Completes the job with a result (None: no bytes). Accepted exactly once over all who ever claimed it.

        Raises JobLost when the lease had ended (another worker has or had the job), JobSettled (also a RuntimeError)
        when this handle has settled it already, of that JobExpired when its time was over, TooLarge for a result above
        `max_payload`, Forked, ServerErrors.
        """
        data = b"" if result is None else _calls.payload_bytes(result)
        error = _Error()
        status = _complete(self._pointer, data, len(data), byref(error))
        if status != 0 or _pending:
            self._check(status, error)

    def fail(self, error: Union[str, BaseException], retry: bool = True, delay: Optional[float] = None) -> None:
        """Says that the attempt failed. The job runs again after its backoff, or after `delay` seconds if that is
        given, unless its attempts are used up or `retry` is false: then it is dead, and who waits for its result gets
        JobFailed.

        `error`: what went wrong, in words, or the exception, of which type, message and traceback are kept, up to 64
        KiB. Raises like `complete`.
        """
        kind, message, trace = describe(error)
        delay_ms = -1 if delay is None else _calls.duration_ms(delay, "delay", 0, 3650 * DAY_MS)
        answer = _Error()
        status = functions.job_fail_with(
            self._pointer, kind, message, trace, bool(retry), delay_ms, byref(answer))
        if status != 0 or _pending:
            self._check(status, answer)

    def release(self, delay: Optional[float] = None) -> None:
        """Gives the job back untouched, no attempt counted: to the front of its queue, or, with `delay`, not to be
        claimed for so many seconds. Raises like `complete`.
        """
        error = _Error()
        if delay is None:
            status = functions.job_release(self._pointer, byref(error))
        else:
            delay_ms = _calls.duration_ms(delay, "delay", 0, 3650 * DAY_MS)
            status = functions.job_release_after(self._pointer, delay_ms, byref(error))
        if status != 0 or _pending:
            self._check(status, error)

    def cancelled(self) -> None:
        """Ends the job as cancelled: for work that stops because `cancelling` is true. Who waits for its result gets
        JobCancelled. Raises like `complete`.
        """
        error = _Error()
        status = functions.job_cancelled(self._pointer, byref(error))
        if status != 0 or _pending:
            self._check(status, error)

    def progress(self, percent: float, text: Optional[str] = None) -> None:
        """Says how far the work is, 0 to 100, rounded, and in words of at most 1 024 bytes, for all who look at the job
        (`Queue.inspect`). One round trip. Raises JobLost and JobSettled like `complete`.
        """
        number = _calls.integer(round(percent), "percent", 0, 100)
        words = None if text is None else _calls.text(text, "text")
        error = _Error()
        status = functions.job_progress(self._pointer, number, words, byref(error))
        if status != 0 or _pending:
            self._check(status, error)

    def _check(self, status: int, error: _abi.distcoord_error) -> None:
        """Raises for what the library answered to a settlement, and what a signal handler raised meanwhile."""
        if status == _abi.OK:
            _calls.raise_due()
            return
        if status == _abi.LOST:
            raise errors.about_job(
                errors.JobLost, f"job {self.id} was lost: its lease ended, and another worker has or had it", self.id,
                status)
        if status == _abi.NOT_HELD:
            if self.expired:
                raise errors.about_job(
                    errors.JobExpired, f"the time for job {self.id} was over, and the attempt counts as failed",
                    self.id, status)
            raise errors.about_job(
                errors.JobSettled, f"job {self.id} was completed, failed, cancelled or released already", self.id,
                status)
        raise _calls.failure(status, error)

    @property
    def run_task(self) -> Optional[RunTask]:
        """What it has besides when it is a task of a workflow: its run, what it needs; None when it is none."""
        from ..workflows.task import task_of  # here, because most jobs are none

        return task_of(self)

    # ------------------------------------------------------------ losing it

    @property
    def lost(self) -> _lost.Lost:
        """The event that this claim was lost: stop working, the job is somebody else's. Its descriptor is readable also
        while `cancelling` or `expired` is true."""
        return _lost.Lost(self)

    def _is_held(self) -> bool:
        return _state(self._pointer) in (_abi.JOB_CLAIMED, _abi.JOB_CANCELLING)

    def _is_lost(self) -> bool:
        return _state(self._pointer) == _abi.JOB_LOST

    def _wait_lost(self, wait_ms: int) -> bool:
        return _lost.poll(self, wait_ms)

    def _event_fd(self) -> int:
        return functions.job_event_fd(self._pointer)

    def __enter__(self) -> Job:
        return self

    def __exit__(
        self, kind: Optional[type[BaseException]], value: Optional[BaseException], trace: Optional[TracebackType],
    ) -> None:
        if self.settled:
            return
        if value is None:
            self.complete()
            return
        try:
            if isinstance(value, Exception):
                self.fail(value)
            else:
                self.release()
        except errors.DistcoordError as error:
            _calls.add_note(value, error)  # the block's own exception says more of what went wrong

    def __repr__(self) -> str:
        return f"<distcoord.Job {self.id} attempt {self.attempt}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a claimed job belongs to the process that claimed it and cannot be pickled; send its id")
