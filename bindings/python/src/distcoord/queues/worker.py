"""Workers: the runtime that claims jobs from one or several queues, ahead if that pays, and settles many at once."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping
from ctypes import byref
from types import TracebackType
from typing import TYPE_CHECKING, NamedTuple, NoReturn, Optional, Union

from .. import _abi, _calls, _interrupt, errors
from .._handles import Handle
from .._library import functions
from .job import Job
from .push import comma_list

if TYPE_CHECKING:
    from ..client import Client

Handler = Callable[[Job], Optional[_calls.Payload]]
"""What a worker runs for each job; what it returns is the result."""

Queues = Union[str, Iterable[str], Mapping[str, int]]
"""The queues of a worker: one, several that are asked alike, or names with weights."""

_MOST_PARTITIONS = 64
_MOST_WEIGHT = 1_000

_next = functions.worker_next
_done = functions.worker_done
_pending = _interrupt.pending
_Error = _abi.distcoord_error
_Pointer = _abi.distcoord_job


class WorkerCounts(NamedTuple):
    """What a worker counts."""

    processed: int
    """Jobs whose completion was accepted."""
    failed: int
    """Attempts that failed, those out of time included."""
    released: int
    """Jobs given back."""
    lost: int
    """Jobs whose lease was lost."""
    running: int
    """Jobs that are worked on."""
    ahead: int
    """Jobs claimed ahead."""
    cancelled: int
    """Jobs ended as cancelled by its handlers."""


COUNTS = (
    _abi.WORKER_PROCESSED, _abi.WORKER_FAILED, _abi.WORKER_RELEASED, _abi.WORKER_LOST, _abi.WORKER_RUNNING,
    _abi.WORKER_AHEAD, _abi.WORKER_CANCELLED)
"""The library's numbers of the fields of `WorkerCounts`."""


class WorkerOptions(NamedTuple):
    """See `Client.worker`."""

    queues: Queues
    name: Optional[str] = None
    concurrency: int = 1
    prefetch: Optional[int] = None
    lease: float = 30.0
    capabilities: Union[str, Iterable[str], None] = None
    pool: Optional[str] = None
    own_queue: bool = False
    steals: bool = False
    grace: Optional[float] = 30.0
    partitions: Union[int, Mapping[str, int]] = 1


class Worker(Handle):
    """Works on the jobs of one or several queues, made by `Client.worker`.

    Push style: `run(handler)` calls the handler for each job, in threads. Pull style: `next` hands out one job at a
    time, to any number of threads, which settle it with `done`, or with the methods of `Job`; or `for job in worker:`.
    While it is at work the worker is registered, so `Client.workers` shows it.

    `with` shuts it down at the end of the block, at once when that raises. One that is not shut down is when its client
    closes, at the latest when the interpreter exits: what is done is sent then, and what is not is given back. A worker
    belongs to its process and cannot be pickled; in a forked child its methods raise Forked.
    """

    __slots__ = ("_client", "_concurrency", "_grace", "_queues", "_ended", "_all_done", "_at_shutdown", "_signals")
    _free = functions.worker_free

    def __init__(self, client: Client, options: WorkerOptions) -> None:
        self._client = client
        self._concurrency = _calls.integer(options.concurrency, "concurrency", 1, 10_000)
        self._grace = _calls.wait_ms(options.grace)
        self._queues = weights_of(options.queues)
        self._ended = False
        self._all_done = True
        # What threads that work for this worker want to be called when it was shut down.
        self._at_shutdown: list[Callable[[], None]] = []
        self._signals: list[int] = []  # those that have told it to end
        self._own(_abi.distcoord_worker())
        error = _Error()
        name = None if options.name is None else _calls.text(options.name, "name")
        status = functions.worker_open(client._pointer, name, byref(self._pointer), byref(error))
        _calls.check(status, error)
        self._set(options)
        _workers.add(self)

    def _set(self, options: WorkerOptions) -> None:
        pointer = self._pointer
        for queue, weight in self._queues.items():
            error = _Error()
            status = functions.worker_add_queue(
                pointer, _calls.text(queue, "a queue's name"),
                _calls.integer(weight, f"the weight of queue {queue!r}", 0, _MOST_WEIGHT), byref(error))
            _calls.check(status, error)
            partitions = options.partitions
            count = partitions.get(queue, 1) if isinstance(partitions, Mapping) else partitions
            if count != 1:
                functions.worker_set_partitions(
                    pointer, _calls.text(queue, "a queue's name"),
                    _calls.integer(count, "partitions", 1, _MOST_PARTITIONS))
        functions.worker_set_concurrency(pointer, self._concurrency)
        if options.prefetch is not None:
            functions.worker_set_prefetch(pointer, _calls.integer(options.prefetch, "prefetch", 0, 1_000))
        functions.worker_set_lease_ms(pointer, _calls.duration_ms(options.lease, "lease", 100, 86_400_000))
        if options.capabilities is not None:
            names = comma_list(options.capabilities, "capabilities")
            status = functions.worker_set_capabilities(pointer, _calls.text(names, "capabilities"))
            _calls.check_setter(status, "capabilities (at most 64 names of letters, digits and ._+-:/)", names)
        if options.pool is not None:
            status = functions.worker_set_pool(pointer, _calls.text(options.pool, "pool"))
            _calls.check_setter(status, "pool (at most 59 letters, digits and ._+-:/)", options.pool)
        if options.own_queue or options.steals:
            functions.worker_set_own_queue(pointer, bool(options.own_queue), bool(options.steals))

    # ------------------------------------------------------------ pull style

    def next(self, timeout: Optional[float] = -1) -> Optional[Job]:
        """The next job, waiting at most `timeout` seconds for it: -1 (or None) for ever, 0 looks once. None when there
        was none, or when the worker has been stopped or is drained: then `stopped` is true.

        Gives out as many jobs at a time as the worker's concurrency; the next one comes when one is settled. Raises
        Cancelled, Forked, ServerErrors.
        """
        # The job owns the place before the library fills it, so that no exception can come between and lose the job.
        job = Job(self._client, _Pointer())
        error = _Error()
        status = _next(
            self._pointer, -1 if timeout == -1 else _calls.wait_ms(timeout), byref(job._pointer), byref(error))
        if status == 0:
            if _pending:
                _calls.raise_due()
            return job
        if status == _abi.EMPTY:
            self._ended = True
            return None
        if status == _abi.TIMED_OUT:
            return None
        raise _calls.failure(status, error)

    def done(self, job: Job, result: Optional[_calls.Payload] = None) -> None:
        """Completes a job that `next` gave out, together with others: what became of it is sent with the next claim, or
        some milliseconds later, and a process that dies in between has done a job that will run again. Far cheaper than
        `Job.complete`, which is sent at once. After this call the job is settled.

        Raises JobLost, JobSettled, TooLarge, Forked like `Job.complete`; a lease lost later is in `counts`.
        """
        data = b"" if result is None else _calls.payload_bytes(result)
        error = _Error()
        status = _done(self._pointer, job._pointer, data, len(data), byref(error))
        if status != 0 or _pending:
            job._check(status, error)

    def __iter__(self) -> Iterator[Job]:
        """The jobs, one after the other, until the worker is stopped or drained. Each is to be settled."""
        while True:
            job = self.next()
            if job is None:
                return
            yield job
            if self._concurrency == 1 and job._is_held():
                raise RuntimeError(
                    f"job {job.id} was not settled, so this worker of concurrency 1 has no next one: call"
                    " worker.done(job) or one of the job's own methods")

    # ------------------------------------------------------------ push style

    def run(self, handler: Handler, signals: bool = False) -> bool:
        """Works until the worker is stopped or drained: calls `handler(job)` for each job, in as many threads as its
        concurrency says. Returns whether all that was begun has been done.

        What the handler returns, bytes or str or None, is the result; an exception fails the job, with its traceback,
        and JobFailed shows it to who waits. The handler may settle the job itself. `job.stop_requested` says when to
        stop: the job is cancelled, its time is over, its lease is lost. While the server is away this waits and goes
        on.

        `signals`: whether SIGTERM and SIGINT shut the worker down while this runs, which must be in the main thread
        then: at the first it takes no further job and finishes what it works on within its grace, at the second it
        gives that back at once. Without it a KeyboardInterrupt gives back at once what is not done, and goes on.
        Raises ServerErrors that will not pass, Cancelled when `cancel` was called, Closed.
        """
        from ._serving import Serving  # here, because it is for those alone who run handlers in threads

        return Serving(self, handler).run(signals)

    # ------------------------------------------------------------ the end

    def stop(self) -> None:
        """Takes no further job: those claimed ahead are given back, those that are worked on may end. Returns at once,
        also from a signal handler."""
        functions.worker_stop(self._pointer)

    def drain(self) -> None:
        """Has it stop by itself once its queues have nothing more to claim. Returns at once."""
        functions.worker_drain(self._pointer)

    def shutdown(self, grace: Optional[float] = None) -> bool:
        """Stops it, waits for the jobs that are worked on, at most `grace` seconds (-1: for ever; None: the worker's
        own), sends what is done, gives back what is not without counting an attempt, and ends its registration. Returns
        whether all were done. `run` returns then. Raises ServerErrors when the server could not be told; leases give
        the jobs back then.
        """
        wait_ms = self._grace if grace is None else _calls.wait_ms(grace)
        error = _Error()
        status = functions.worker_shutdown(self._pointer, wait_ms, byref(error))
        self._ended = True
        if status != _abi.OK:
            self._all_done = False
        for tell in list(self._at_shutdown):
            tell()
        if status == _abi.TIMED_OUT:
            if _pending:
                _calls.raise_due()
            return False
        _calls.check(status, error)
        return True

    def cancel(self) -> None:
        """Ends the waits in progress on this worker, each with Cancelled. Later calls are not affected."""
        functions.worker_cancel(self._pointer)

    # ------------------------------------------------------------ what it is and does

    @property
    def name(self) -> str:
        """The worker's name."""
        return functions.worker_name(self._pointer).decode()

    @property
    def queues(self) -> Mapping[str, int]:
        """Its queues with their weights."""
        return dict(self._queues)

    @property
    def concurrency(self) -> int:
        """How many jobs it works on at the same time."""
        return self._concurrency

    @property
    def grace(self) -> Optional[float]:
        """Seconds that jobs may take at its end; None for ever."""
        return None if self._grace < 0 else self._grace / 1000

    @property
    def stopped(self) -> bool:
        """Whether it gives out no further job: it was stopped, or is drained."""
        return self._ended

    def counts(self) -> WorkerCounts:
        """What it has done and does. Asks nobody."""
        return WorkerCounts(*(functions.worker_count(self._pointer, which) for which in COUNTS))

    def __enter__(self) -> Worker:
        return self

    def __exit__(
        self, kind: Optional[type[BaseException]], value: Optional[BaseException], trace: Optional[TracebackType],
    ) -> None:
        _calls.end_block(lambda: self._leave(value), value)

    def _leave(self, exception: Optional[BaseException]) -> None:
        self.shutdown(None if exception is None else 0)

    def __repr__(self) -> str:
        return f"<distcoord.Worker {self.name!r} of {', '.join(map(repr, self._queues))}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a worker belongs to its process and cannot be pickled; make one in each process")


def weights_of(queues: Queues) -> dict[str, int]:
    """The queues of a worker with their weights."""
    if isinstance(queues, str):
        return {queues: 1}
    weights = dict(queues) if isinstance(queues, Mapping) else {name: 1 for name in queues}
    if not weights:
        raise errors.invalid("a worker needs at least one queue")
    return weights


_workers: weakref.WeakSet[Worker] = weakref.WeakSet()


def shut_down_all_of(client: Client) -> None:
    """Ends the workers of a client that closes: sends what they have done and gives back what they have not."""
    for worker in list(_workers):
        if worker._client is client:
            try:
                worker.shutdown(0)
            except errors.DistcoordError:
                pass  # the server is away, or this is a forked child: leases give back the rest


