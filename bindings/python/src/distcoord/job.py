"""A claimed job."""

from __future__ import annotations

from ctypes import byref, c_size_t, string_at
from types import TracebackType
from typing import TYPE_CHECKING, Any, NoReturn, Optional, Union

from . import _abi, _calls, _interrupt, _lost, errors
from ._handles import Handle
from ._library import functions

if TYPE_CHECKING:
    from .client import Client

_MESSAGE_LIMIT = 65_536

_pending = _interrupt.pending
_complete = functions.job_complete
_payload = functions.job_payload


class Job(Handle):
    """A job that this process has claimed, under a lease that the library renews until the job is settled.

    Settle it once with `complete`, `fail` or `release`. One that is dropped unsettled is given back, and one whose
    process dies goes to another worker when the lease ends, with the attempt counted. As a context manager it is
    completed at the end of the block unless it was settled there, failed with the exception when the block raises one
    (which goes on), and given back when that is a KeyboardInterrupt, SystemExit or the like.

    A job belongs to its process and cannot be pickled; in a forked child settling it raises Forked.
    """

    __slots__ = ("_client", "_id", "_bytes")
    _free = functions.job_free

    _id: Optional[str]
    _bytes: Optional[bytes]

    def __init__(self, client: Client, pointer: _abi.distcoord_job) -> None:
        self._client = client
        self._id = None
        self._bytes = None
        self._own(pointer)

    @property
    def id(self) -> str:
        """The job's id."""
        if self._id is None:
            self._id = functions.job_id(self._pointer).decode()
        return self._id

    @property
    def payload(self) -> bytes:
        """The job's bytes."""
        if self._bytes is None:
            length = c_size_t()
            address = _payload(self._pointer, byref(length))
            self._bytes = string_at(address, length.value) if address else b""
        return self._bytes

    @property
    def task(self) -> str:
        """The job's task name; "" when it has none."""
        return functions.job_task(self._pointer).decode()

    @property
    def attempt(self) -> int:
        """Which attempt this is, from 1."""
        return functions.job_attempt(self._pointer)

    @property
    def fence(self) -> int:
        """Fencing number of this claim; it grows with every claim in the queue."""
        return functions.job_fence(self._pointer)

    @property
    def priority(self) -> int:
        """The job's priority."""
        return functions.job_priority(self._pointer)

    @property
    def pushed_at(self) -> float:
        """When it was pushed: seconds since 1970 by the server's clock."""
        return functions.job_pushed_ms(self._pointer) / 1000

    @property
    def settled(self) -> bool:
        """Whether this claim was completed, failed or released by this handle. Asks nobody."""
        return functions.job_state(self._pointer) == _abi.JOB_SETTLED

    @property
    def lost(self) -> _lost.Lost:
        """The event that this claim was lost: stop working, the job is somebody else's."""
        return _lost.Lost(self)

    def complete(self, result: Optional[_calls.Payload] = None) -> None:
        """Completes the job with a result (None: no bytes). Accepted exactly once over all who ever claimed it.

        Raises JobLost when the lease had ended (another worker has or had the job), JobSettled (also a RuntimeError)
        when this handle has settled it already, TooLarge for a result above `max_payload`, Forked, ServerErrors.
        """
        data = b"" if result is None else _calls.payload_bytes(result)
        error = _abi.distcoord_error()
        status = _complete(self._pointer, data, len(data), byref(error))
        if status != 0 or _pending:
            self._check(status, error)

    def fail(self, error: Union[str, BaseException], retry: bool = True) -> None:
        """Says that the attempt failed. The job runs again after its backoff, unless its attempts are used up or
        `retry` is false: then it is dead, and who waits for its result gets JobFailed.

        `error`: what went wrong, in words, or the exception: then type and message come first and the traceback after.
        Up to 64 KiB are kept. Raises like `complete`.
        """
        message = _describe(error)
        answer = _abi.distcoord_error()
        status = functions.job_fail(self._pointer, message, bool(retry), byref(answer))
        if status != 0 or _pending:
            self._check(status, answer)

    def release(self) -> None:
        """Gives the job back untouched: to the front of its queue, no attempt counted. Raises like `complete`."""
        error = _abi.distcoord_error()
        status = functions.job_release(self._pointer, byref(error))
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
            raise errors.about_job(
                errors.JobSettled, f"job {self.id} was completed, failed or released already", self.id, status)
        raise _calls.failure(status, error)

    def _is_held(self) -> bool:
        return functions.job_state(self._pointer) == _abi.JOB_CLAIMED

    def _is_lost(self) -> bool:
        return functions.job_state(self._pointer) == _abi.JOB_LOST

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


def _describe(error: Union[str, BaseException]) -> bytes:
    """The text of an error as it is kept: at most the limit, cut in the middle and not at a traceback's telling end."""
    if isinstance(error, str):
        text = error
    elif isinstance(error, BaseException):
        import traceback  # here, because it takes a while to load and most programs never need it

        first = "".join(traceback.format_exception_only(type(error), error)).rstrip("\n")
        text = first + "\n" + "".join(traceback.format_exception(type(error), error, error.__traceback__)).rstrip("\n")
    else:
        raise TypeError(f"error must be str or an exception, not {type(error).__name__}")
    encoded = _calls.lenient_text(text)
    if len(encoded) <= _MESSAGE_LIMIT:
        return encoded
    half = _MESSAGE_LIMIT // 2 - 16
    head, tail = encoded[:half].decode("utf-8", "ignore"), encoded[-half:].decode("utf-8", "ignore")
    return f"{head}\n[...]\n{tail}".encode()
