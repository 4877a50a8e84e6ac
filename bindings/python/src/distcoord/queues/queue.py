"""Queues of jobs."""

from __future__ import annotations

import os
from collections.abc import Sequence
from ctypes import byref, c_char_p, c_int32, c_size_t
from typing import TYPE_CHECKING, Any, NamedTuple, Optional

from .. import _abi, _calls, _interrupt, errors
from .._library import functions
from ..workflows.running import Runs
from . import result
from .batch import Batch
from .control import Controls
from .job import Job
from .jobs import Jobs
from .producer import Producer, ProducerOptions
from .pushing import Pushes, lengths_of
from .schedule import Schedules

if TYPE_CHECKING:
    from ..client import Client

_DEFAULT_LEASE = 30.0
_MOST_CLAIMED = 10_000
_MOST_PARTITIONS = 64

_claim = functions.queue_claim
_pending = _interrupt.pending
_Error = _abi.distcoord_error


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
    blocked: int = 0
    """Waiting for others: for jobs that they depend on, for one with the same unique key, or for room under their
    concurrency key."""
    unserved: int = 0
    """Of the waiting ones, those that no living worker has the capabilities for."""
    cancelled: int = 0
    """Cancelled or skipped since the queue was first used."""


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


class QueueOptions(NamedTuple):
    """What a queue handle was opened with beside its name."""

    lease: float = _DEFAULT_LEASE
    capabilities: Optional[str] = None
    worker: Optional[str] = None
    steals: bool = False
    partitions: int = 1


class Queue(Pushes, Controls, Jobs, Schedules, Runs):
    """A handle on a queue of jobs. A job is any bytes with a task name, claimed by one worker at a time.

    At least once: a claimed job is held under a lease; when the worker dies the job goes to another one. A job may run
    twice, but exactly one completion is accepted. Higher priority first, then in order of pushing, to the millisecond
    among jobs that ask for different capabilities. Usable from any number of threads; pickles by name.
    """

    __slots__ = ("_client", "_name", "_options")
    _free = functions.queue_free

    def __init__(self, client: Client, name: str, options: QueueOptions = QueueOptions()) -> None:
        lease_ms = _calls.duration_ms(options.lease, "lease", 100, 86_400_000)
        partitions = _calls.integer(options.partitions, "partitions", 1, _MOST_PARTITIONS)
        self._client = client
        self._name = name
        self._options = options
        self._own(_abi.distcoord_queue())
        error = _Error()
        status = functions.queue_open(client._pointer, _calls.text(name, "name"), byref(self._pointer), byref(error))
        if status != _abi.OK:
            raise _calls.failure(status, error)
        if options.lease != _DEFAULT_LEASE:
            functions.queue_set_lease_ms(self._pointer, lease_ms)
        if options.capabilities is not None:
            status = functions.queue_set_capabilities(
                self._pointer, _calls.text(options.capabilities, "capabilities"))
            _calls.check_setter(
                status, "capabilities (at most 64 names of letters, digits and ._+-:/)", options.capabilities)
        if options.worker is not None or options.steals:
            worker = None if options.worker is None else _calls.text(options.worker, "worker")
            status = functions.queue_set_worker(self._pointer, worker, bool(options.steals))
            _calls.check_setter(status, "worker (a name of 1 to 128 bytes)", options.worker)
        if partitions != 1:
            functions.queue_set_partitions(self._pointer, partitions)

    @classmethod
    def _found(cls, client: Client, pointer: _abi.distcoord_queue) -> Queue:
        """The handle for a pointer that the library made."""
        queue = cls.__new__(cls)
        queue._client = client
        queue._options = QueueOptions()
        queue._own(pointer)
        queue._name = functions.queue_name(pointer).decode()
        return queue

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
            lengths = lengths_of(encoded)
        statuses = (c_int32 * count)()
        error = _Error()
        status = functions.queue_complete_many(self._pointer, pointers, data, lengths, count, statuses, byref(error))
        if status < 0 or status in (_abi.CANCELLED, _abi.INTERRUPTED):
            raise _calls.failure(status, error)
        return [each == 0 for each in statuses]

    # ------------------------------------------------------------ asking

    def result(self, id: str, timeout: Optional[float] = -1) -> bytes:
        """The result of a job, waiting at most `timeout` seconds for its end: -1 (or None) for ever, 0 looks once.

        Raises JobFailed (with `message`, `traceback` and more) when the job is dead, JobCancelled, JobSkipped,
        ResultTimeout (also a TimeoutError) when it has not ended in time, JobNotFound when the queue knows no such job,
        ResultExpired when the result is not kept any more, Cancelled, ServerErrors.
        """
        return result.fetch(self._pointer, self._name, id, timeout)

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
                functions.queue_counts_claimers(counts),
                functions.queue_counts_blocked(counts),
                functions.queue_counts_unserved(counts),
                functions.queue_counts_cancelled(counts))
        finally:
            functions.queue_counts_free(counts)

    def producer(
        self, batch_size: int = 50, batch_timeout: float = 0.1, capacity: int = 10_000,
        capacity_bytes: int = 67_108_864, blocks: bool = True, retry: Optional[float] = 30.0,
    ) -> Producer:
        """A buffered producer: its `push` returns at once, and the library sends the jobs in batches.

        A batch is sent as soon as it has `batch_size` jobs, 1 to 1 000, or its oldest has waited `batch_timeout`
        seconds, up to 60. `capacity`, `capacity_bytes`: how many jobs, and bytes of payload, the buffer holds at most;
        a push into a full one waits, or, when it does not block, raises ProducerFull. `retry`: seconds for which a
        batch is tried again while the server is away, before its jobs have failed; None (or -1) tries for ever.
        """
        return Producer(self, ProducerOptions(batch_size, batch_timeout, capacity, capacity_bytes, blocks, retry))

    def batch(self, id: Optional[str] = None) -> Batch:
        """A handle on a batch of this queue: push jobs with `batch=` it, `seal` it, wait for all. Nothing is sent.
        `id`: the batch's, 1 to 128 bytes, for example one that another process has made; None for a new one.
        """
        return Batch(self, id)

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
        return self._options.lease

    def __repr__(self) -> str:
        return f"<distcoord.Queue {self._name!r}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return Queue, (self._client, self._name, self._options)
