"""Queues of jobs."""

from __future__ import annotations

import os
from array import array
from collections.abc import Iterable, Sequence
from ctypes import byref, c_char, c_char_p, c_int32, c_size_t, string_at
from typing import TYPE_CHECKING, Any, NamedTuple, Optional, Union

from . import _abi, _calls, _interrupt, errors
from ._handles import Handle
from ._library import functions
from .job import Job
from .push import PLAIN, JobOptions, Push, job_options

if TYPE_CHECKING:
    from .client import Client

PushItem = Union[_calls.Payload, Push, "dict[str, Any]"]
"""One job of `push_many`: a payload, a `Push`, or a dict with the fields of one."""

_DEFAULT_LEASE = 30.0
_ID_CAPACITY = 129
_MOST_CLAIMED = 10_000

_push = functions.queue_push
_claim = functions.queue_claim
_pending = _interrupt.pending
_Error = _abi.distcoord_error
_IdBuffer = c_char * _ID_CAPACITY


class QueueCounts(NamedTuple):
    """How many jobs of a queue are in which state, as of a moment ago."""

    waiting: int
    """Ready to be claimed."""
    delayed: int
    """Waiting for their time: pushed with a delay, or failed and to be tried again."""
    active: int
    """Claimed."""
    dead: int
    """Have used up their attempts."""
    completed: int
    """Completed since the queue was first used."""
    failed: int
    """Attempts that failed since the queue was first used, those of dead workers included."""
    claimers: int
    """Claimers that wait for a job."""


class _Claimed:
    """Jobs of one claim until each has a `Job`: an exception in between gives the rest back.

    The slots of the array are the single truth: a `Job` owns its slot, whoever frees empties it, and an empty slot is
    not freed.
    """

    __slots__ = ("slots", "process")

    def __init__(self, capacity: int) -> None:
        self.process = os.getpid()
        self.slots: Any = (_abi.distcoord_job * capacity)()

    def __del__(self) -> None:
        if self.slots is None or self.process != os.getpid():
            return
        for slot in self.slots:
            address = slot.value
            if address is not None:
                slot.value = None
                functions.job_free(_abi.distcoord_job(address))


class Queue(Handle):
    """A handle on a queue of jobs. A job is any bytes with a task name, claimed by one worker at a time.

    At least once: a claimed job is held under a lease; when the worker dies the job goes to another one. A job may run
    twice, but exactly one completion is accepted. Higher priority first, then in order of pushing. Usable from any
    number of threads; pickles by name.
    """

    __slots__ = ("_client", "_name", "_lease")
    _free = functions.queue_free

    def __init__(self, client: Client, name: str, lease: float = _DEFAULT_LEASE) -> None:
        lease_ms = _calls.duration_ms(lease, "lease", 100, 86_400_000)
        self._client = client
        self._name = name
        self._lease = lease
        self._own(_abi.distcoord_queue())
        error = _Error()
        status = functions.queue_open(client._pointer, _calls.text(name, "name"), byref(self._pointer), byref(error))
        if status != _abi.OK:
            raise _calls.failure(status, error)
        if lease != _DEFAULT_LEASE:
            functions.queue_set_lease_ms(self._pointer, lease_ms)

    @classmethod
    def _found(cls, client: Client, pointer: _abi.distcoord_queue) -> Queue:
        """The handle for a pointer that the library made."""
        queue = cls.__new__(cls)
        queue._client = client
        queue._lease = _DEFAULT_LEASE
        queue._own(pointer)
        queue._name = functions.queue_name(pointer).decode()
        return queue

    # ------------------------------------------------------------ pushing

    def push(
        self,
        payload: _calls.Payload,
        task: str = "",
        priority: int = 0,
        delay: float = 0,
        id: Optional[str] = None,
        retries: int = 3,
        backoff: float = 1.0,
        backoff_max: float = 300.0,
        result_ttl: float = 600.0,
    ) -> str:
        """Pushes one job and returns its id. A waiting worker is handed the job at once.

        `payload`: bytes, or str, which is sent as UTF-8. `task`: what kind of work it is. `priority`: higher goes
        first, 32 bits. `delay`: seconds before it may be claimed. `id`: the caller's own, 1 to 128 bytes; None for a
        new one.
        `retries`: attempts after the first, 0 to 254. `backoff`: seconds before the first retry; it doubles with each
        further one up to `backoff_max`, and is drawn between half of that and the whole. `result_ttl`: seconds for
        which result or error are kept after the end, up to 30 days.

        Raises JobExists when the id is known already (nothing is changed, so repeating a push is safe), TooLarge,
        InvalidArgument, ServerErrors.
        """
        data = payload if type(payload) is bytes else _calls.payload_bytes(payload)
        values = (task, priority, delay, id, retries, backoff, backoff_max, result_ttl)
        options = None if values == PLAIN else job_options(*values)
        buffer = _IdBuffer()
        error = _Error()
        status = _push(
            self._pointer, data, len(data), options and options._pointer, buffer, _ID_CAPACITY, byref(error))
        if status == 0:
            if _pending:
                _calls.raise_due()
            return buffer.value.decode()
        if status == _abi.EXISTS:
            raise errors.about_job(
                errors.JobExists, f"queue {self._name!r} knows a job with the id {id!r} already", id, status)
        raise _calls.failure(status, error)

    def push_many(self, jobs: Iterable[PushItem]) -> list[str]:
        """Pushes many jobs in as few round trips as their size allows and returns their ids in order; far cheaper than
        single pushes. `jobs`: payloads, `Push` objects, or dicts with the fields of a Push.

        Raises JobExists when ids were known already: the other jobs were pushed, and `pushed_ids` names them. Raises
        TooLarge, InvalidArgument, ServerErrors; then part of the jobs may have been pushed, again named by
        `pushed_ids`.
        """
        items = list(jobs)
        count = len(items)
        if not count:
            return []
        options: Optional[list[Optional[JobOptions]]] = None
        if set(map(type, items)) == {bytes}:
            payloads: list[Any] = items
        else:
            pushes = [_as_push(item) for item in items]
            payloads = [_calls.payload_bytes(push.payload) for push in pushes]
            options = [_options_of(push) for push in pushes]
        option_array = None
        if options is not None and any(options):
            option_array = (_abi.distcoord_job_options * count)(
                *(option._pointer.value if option else None for option in options))
        receipt = _abi.distcoord_push_receipt()
        error = _Error()
        status = functions.queue_push_many(
            self._pointer, (c_char_p * count)(*payloads), _lengths(payloads), option_array, count, byref(receipt),
            byref(error))
        ids = functions.push_receipt_ids(receipt).decode().split("\n")[:-1]
        functions.push_receipt_free(receipt)
        if status == _abi.OK:
            if _pending:
                _calls.raise_due()
            return ids
        if status == _abi.EXISTS:
            exists = errors.about_job(
                errors.JobExists, f"queue {self._name!r} knows some of the ids already; the other jobs were pushed",
                None, status)
            exists.pushed_ids = tuple(ids)
            raise exists
        failed = _calls.failure(status, error)
        if isinstance(failed, errors.DistcoordError):
            failed.pushed_ids = tuple(ids)
        raise failed

    # ------------------------------------------------------------ working

    def claim(self, timeout: Optional[float] = -1) -> Optional[Job]:
        """Claims a job, waiting at most `timeout` seconds for one: -1 (or None) for ever, 0 looks once. None when there
        was none. Raises Cancelled when `cancel` ended the wait, and ServerErrors.
        """
        # The job owns the place before the library fills it, so that no exception can come between and lose the job.
        job = Job(self._client, _abi.distcoord_job())
        count = c_size_t()
        error = _Error()
        status = _claim(
            self._pointer, -1 if timeout == -1 else _calls.wait_ms(timeout), byref(job._pointer), 1, byref(count),
            byref(error))
        if status == 0:
            if _pending:
                _calls.raise_due()
            return job
        if status == _abi.TIMED_OUT or status == _abi.EMPTY:
            return None
        raise _calls.failure(status, error)

    def claim_many(self, n: int, timeout: Optional[float] = -1) -> list[Job]:
        """Claims up to `n` jobs, 1 to 10 000, in one round trip. Waits like `claim` until there is at least one and
        never for more; an empty list when there was none.
        """
        capacity = _calls.integer(n, "n", 1, _MOST_CLAIMED)
        claimed = _Claimed(capacity)
        count = c_size_t()
        error = _Error()
        status = _claim(
            self._pointer, _calls.wait_ms(timeout), claimed.slots, capacity, byref(count), byref(error))
        if status == 0:
            client, slots = self._client, claimed.slots
            jobs = [Job(client, slots[index]) for index in range(count.value)]
            claimed.slots = None
            if _pending:
                _calls.raise_due()
            return jobs
        claimed.slots = None
        if status == _abi.TIMED_OUT or status == _abi.EMPTY:
            return []
        raise _calls.failure(status, error)

    def complete_many(
        self, jobs: Sequence[Job], results: Optional[Sequence[Optional[_calls.Payload]]] = None,
    ) -> list[bool]:
        """Completes many jobs of this queue in one round trip, with `results` in the same order (None: all empty).
        Returns for each whether its completion was accepted; False means that it was lost, or settled before.

        Raises TooLarge, Forked and ServerErrors; each job is settled in any case.
        """
        count = len(jobs)
        if results is not None and len(results) != count:
            raise errors.invalid(f"{count} jobs but {len(results)} results")
        if not count:
            return []
        pointers = (_abi.distcoord_job * count)(*(job._pointer.value for job in jobs))
        data = lengths = None
        if results is not None:
            encoded = [b"" if result is None else _calls.payload_bytes(result) for result in results]
            data = (c_char_p * count)(*encoded)
            lengths = _lengths(encoded)
        statuses = (c_int32 * count)()
        error = _Error()
        status = functions.queue_complete_many(self._pointer, pointers, data, lengths, count, statuses, byref(error))
        if status < 0 or status in (_abi.CANCELLED, _abi.INTERRUPTED):
            raise _calls.failure(status, error)
        return [each == 0 for each in statuses]

    # ------------------------------------------------------------ asking

    def result(self, id: str, timeout: Optional[float] = -1) -> bytes:
        """The result of a job, waiting at most `timeout` seconds for its end: -1 (or None) for ever, 0 looks once.

        Raises JobFailed (`message`, `attempts`) when the job is dead, ResultTimeout (also a TimeoutError) when it has
        not ended in time, JobNotFound when the queue knows no such job, ResultExpired when the result is not kept any
        more, Cancelled, ServerErrors.
        """
        result = _abi.distcoord_result()
        error = _Error()
        status = functions.queue_result(
            self._pointer, _calls.text(id, "id"), _calls.wait_ms(timeout), byref(result), byref(error))
        if status == _abi.OK:
            return _take_result(result, id)
        if status == _abi.TIMED_OUT:
            raise errors.about_job(errors.ResultTimeout, f"job {id} has not ended in time", id, status)
        if status == _abi.NOT_FOUND:
            raise errors.about_job(errors.JobNotFound, f"queue {self._name!r} knows no job {id!r}", id, status)
        if status == _abi.EXPIRED:
            raise errors.about_job(
                errors.ResultExpired, f"job {id} has ended, but its result is not kept any more", id, status)
        raise _calls.failure(status, error)

    def counts(self) -> QueueCounts:
        """How many jobs are in which state."""
        counts = _abi.distcoord_queue_counts()
        error = _Error()
        status = functions.queue_count(self._pointer, byref(counts), byref(error))
        if status != _abi.OK:
            raise _calls.failure(status, error)
        try:
            if _pending:
                _calls.raise_due()
            return QueueCounts(
                functions.queue_counts_waiting(counts),
                functions.queue_counts_delayed(counts),
                functions.queue_counts_active(counts),
                functions.queue_counts_dead(counts),
                functions.queue_counts_completed(counts),
                functions.queue_counts_failed(counts),
                functions.queue_counts_claimers(counts))
        finally:
            functions.queue_counts_free(counts)

    def cancel(self) -> None:
        """Ends the waits in progress on this handle, each with Cancelled. Later calls are not affected."""
        functions.queue_cancel(self._pointer)

    @property
    def name(self) -> str:
        """The queue's name."""
        return self._name

    @property
    def lease(self) -> float:
        """The lease in seconds under which this handle claims jobs."""
        return self._lease

    def __repr__(self) -> str:
        return f"<distcoord.Queue {self._name!r}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return Queue, (self._client, self._name, self._lease)


def _lengths(data: Sequence[bytes]) -> Any:
    """A C array of the lengths; made of an `array`, which takes a quarter of the time of filling a ctypes one."""
    return (c_size_t * len(data)).from_buffer(array("L", map(len, data)))


def _as_push(item: PushItem) -> Push:
    """A job of `push_many` in its full form."""
    if isinstance(item, Push):
        return item
    if isinstance(item, dict):
        return Push(**item)
    return Push(item)


def _options_of(push: Push) -> Optional[JobOptions]:
    """The options of a push; None for the defaults."""
    values = (
        push.task, push.priority, push.delay, push.id, push.retries, push.backoff, push.backoff_max, push.result_ttl)
    return None if values == PLAIN else job_options(*values)


def _take_result(result: _abi.distcoord_result, id: str) -> bytes:
    """The bytes of a result, or JobFailed; frees it."""
    try:
        if _pending:
            _calls.raise_due()
        length = c_size_t()
        address = functions.result_bytes(result, byref(length))
        data = string_at(address, length.value) if address else b""
        if functions.result_state(result) == _abi.RESULT_COMPLETED:
            return data
        message = data.decode("utf-8", "replace")
        attempts = functions.result_attempts(result)
    finally:
        functions.result_free(result)
    times = "1 attempt" if attempts == 1 else f"{attempts} attempts"
    failed = errors.JobFailed(f"job {id} failed after {times}: {message}")
    failed.id, failed.message, failed.attempts = id, message, attempts
    failed.status = _abi.OK
    raise failed
