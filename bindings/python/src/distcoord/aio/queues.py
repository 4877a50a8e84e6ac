"""Queues for tasks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Optional, TypeVar, Union

from .. import _calls
from ..queues import batch as _sync_batch
from ..queues import job as _sync_job
from ..queues import queue as _sync
from ._attempt import call
from ._hold import end_block
from ._spare import Handles, seconds
from ._waiting import Waiting
from ._watch import Watch
from .jobs import Job

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from typing_extensions import Literal, Unpack

    from ..client import Client
    from ..queues.control import QueueSettings
    from ..queues.jobs import JobInfo
    from ..queues.producer import Producer
    from ..queues.push import MoreOptions, PushOptions
    from ..queues.pushing import PushItem
    from ..queues.schedule import ScheduleInfo
    from ..workflows.summary import RunInfo
    from ..workflows.workflow import Workflow
    from .runs import Run

T = TypeVar("T")


class _Claimed(list[_sync_job.Job]):
    """Jobs of one claim, which are given back together when the task that claimed them does not want them any more."""

    def release(self) -> None:
        """Gives all of them back."""
        for job in self:
            job.release()


class Queue(Waiting):
    """A handle on a queue, for asyncio: the methods of `distcoord.Queue`, with `await`, the same arguments and errors.

    No call blocks the event loop. A task that is cancelled while it waits for a job has left the line when it ends, and
    takes no job with it. It pickles by name.
    """

    __slots__ = ("_handles", "_queue", "_watches", "__weakref__")

    def __init__(self, client: Client, name: str, options: _sync.QueueOptions = _sync.QueueOptions()) -> None:
        super().__init__()
        self._queue = _sync.Queue(client, name, options)
        self._handles = Handles(lambda: _sync.Queue(client, name, options))
        self._watches: set[Watch[Any]] = set()

    # ------------------------------------------------------------ pushing

    async def push(
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
        **more: Unpack[MoreOptions],
    ) -> str:
        """Pushes one job and returns its id: see `distcoord.Queue.push`. When the task is cancelled meanwhile the push
        goes on; with an id of the caller's own it can be repeated."""
        return await call(lambda: self._queue.push(
            payload, task, priority, delay, id, retries, backoff, backoff_max, result_ttl, **more))

    async def push_many(self, jobs: Iterable[PushItem]) -> list[str]:
        """Pushes many jobs and returns their ids in order: see `distcoord.Queue.push_many`."""
        return await call(self._queue.push_many, list(jobs))

    def producer(
        self, batch_size: int = 50, batch_timeout: float = 0.1, capacity: int = 10_000,
        capacity_bytes: int = 67_108_864, retry: Optional[float] = 30.0,
    ) -> Producer:
        """A buffered producer whose `push` never waits, so that tasks call it without `await`: it raises ProducerFull
        when the buffer is full. `await asyncio.to_thread(producer.flush)` waits for all. See
        `distcoord.Queue.producer`.
        """
        return self._queue.producer(batch_size, batch_timeout, capacity, capacity_bytes, False, retry)

    # ------------------------------------------------------------ working

    async def claim(self, timeout: Optional[float] = -1) -> Optional[Job]:
        """Claims a job, waiting at most `timeout` seconds for one: -1 (or None) for ever, 0 looks once. None when there
        was none. Raises Cancelled when `cancel` ended the wait, and ServerErrors.
        """
        job = await self._claim(lambda handle, ms: handle.claim(seconds(ms)), _calls.wait_ms(timeout))
        return None if job is None else Job(job)

    async def claim_many(self, n: int, timeout: Optional[float] = -1) -> list[Job]:
        """Claims up to `n` jobs; waits like `claim` until there is at least one and never for more."""
        def claim(handle: _sync.Queue, ms: int) -> Optional[_Claimed]:
            return _Claimed(handle.claim_many(n, seconds(ms))) or None

        claimed = await self._claim(claim, _calls.wait_ms(timeout))
        return list(map(Job, claimed or ()))

    async def _claim(self, claim: Callable[[_sync.Queue, int], Any], wait_ms: int) -> Any:
        handle = self._handles.take()
        wants = "claim", self._queue._client, self._queue._name, self._queue._options
        claimed = await self._wait(wants, lambda ms: claim(handle, ms), handle.cancel, wait_ms)
        self._handles.put(handle)
        return claimed

    async def complete_many(
        self, jobs: Sequence[Job], results: Optional[Sequence[Optional[_calls.Payload]]] = None,
    ) -> list[bool]:
        """Completes many jobs of this queue in one round trip: see `distcoord.Queue.complete_many`."""
        return await call(self._queue.complete_many, [job._job for job in jobs], results)

    # ------------------------------------------------------------ asking

    async def result(self, id: str, timeout: Optional[float] = -1) -> bytes:
        """The result of a job, waiting at most `timeout` seconds for its end: see `distcoord.Queue.result`. Any number
        of tasks may wait at the same time; of more than 256 in a process some learn of it a moment later.
        """
        handle = self._handles.take()
        result = await self._watch(
            lambda ms: handle.result(id, seconds(ms)), handle.cancel, _calls.wait_ms(timeout))
        self._handles.put(handle)
        return result

    async def _watch(self, look: Callable[[int], T], cancel: Callable[[], None], wait_ms: int) -> T:
        watch = Watch(look, cancel, wait_ms)
        self._watches.add(watch)
        try:
            return await watch.outcome()
        finally:
            self._watches.discard(watch)

    def batch(self, id: Optional[str] = None) -> Batch:
        """A handle on a batch of this queue: see `distcoord.Queue.batch`."""
        return Batch(self, self._queue.batch(id))

    async def counts(self) -> _sync.QueueCounts:
        """How many jobs are in which state."""
        return await call(self._queue.counts)

    def cancel(self) -> None:
        """Ends the waits in progress on this handle and its batches, each with Cancelled. Later calls are not affected.
        """
        super().cancel()
        for watch in list(self._watches):
            watch.cancel()

    # ------------------------------------------------------------ its jobs, from outside

    async def jobs(self, state: str = "waiting", offset: int = 0, limit: int = 100) -> list[JobInfo]:
        """Jobs in one state, a page at a time: see `distcoord.Queue.jobs`."""
        return await call(self._queue.jobs, state, offset, limit)

    async def dead(self, offset: int = 0, limit: int = 100) -> list[JobInfo]:
        """The dead jobs, the latest first."""
        return await call(self._queue.dead, offset, limit)

    async def inspect(self, id: str) -> JobInfo:
        """How a job stands. Raises JobNotFound."""
        return await call(self._queue.inspect, id)

    async def cancel_job(self, id: str, reason: Optional[str] = None) -> bool:
        """Cancels a job; returns whether it runs still: see `distcoord.Queue.cancel_job`."""
        return await call(self._queue.cancel_job, id, reason)

    async def retry_dead(self, id: Optional[str] = None) -> int:
        """Lets dead jobs be tried again: see `distcoord.Queue.retry_dead`."""
        return await call(self._queue.retry_dead, id)

    async def promote(self, id: str) -> None:
        """Makes a delayed job ready now: see `distcoord.Queue.promote`."""
        await call(self._queue.promote, id)

    async def purge(self, state: str = "dead", id: Optional[str] = None, older_than: float = 0) -> int:
        """Deletes jobs for good: see `distcoord.Queue.purge`."""
        return await call(self._queue.purge, state, id, older_than)

    # ------------------------------------------------------------ the queue itself

    async def pause(self) -> None:
        """Lets nobody claim until `resume`: see `distcoord.Queue.pause`."""
        await call(self._queue.pause)

    async def resume(self) -> None:
        """Ends a pause."""
        await call(self._queue.resume)

    async def set_rate_limit(self, n: Optional[int], per: float = 1.0) -> None:
        """Limits how many jobs are claimed in a time: see `distcoord.Queue.set_rate_limit`."""
        await call(self._queue.set_rate_limit, n, per)

    async def set_key_limit(self, n: int) -> None:
        """How many jobs of one concurrency key may run: see `distcoord.Queue.set_key_limit`."""
        await call(self._queue.set_key_limit, n)

    async def set_history(self, results: int = 100_000, dead: Optional[int] = None) -> None:
        """Bounds what is kept of jobs that have ended: see `distcoord.Queue.set_history`."""
        await call(self._queue.set_history, results, dead)

    async def settings(self) -> QueueSettings:
        """What is set."""
        return await call(self._queue.settings)

    async def schedule(
        self,
        name: str,
        payload: _calls.Payload = b"",
        every: Union[float, timedelta, None] = None,
        cron: Optional[str] = None,
        time_zone: str = "UTC",
        start: Union[datetime, float, None] = None,
        missed: Literal["run_once", "skip"] = "run_once",
        **job: Unpack[PushOptions],
    ) -> None:
        """Sets a schedule: see `distcoord.Queue.schedule`."""
        await call(lambda: self._queue.schedule(name, payload, every, cron, time_zone, start, missed, **job))

    async def unschedule(self, name: str) -> bool:
        """Ends a schedule; returns whether there was one."""
        return await call(self._queue.unschedule, name)

    async def schedules(self) -> list[ScheduleInfo]:
        """The schedules of the queue, by their next tick."""
        return await call(self._queue.schedules)

    # ------------------------------------------------------------ runs of workflows

    async def start(
        self, workflow: Workflow, id: Optional[str] = None, *, retention: Optional[float] = None,
        fail_fast: bool = False, join: bool = False,
    ) -> Run:
        """Starts a workflow: see `distcoord.Queue.start`."""
        from .runs import Run

        return Run(await call(lambda: self._queue.start(
            workflow, id, retention=retention, fail_fast=fail_fast, join=join)))

    def open_run(self, id: str) -> Run:
        """A handle on a run by its id; nothing is sent."""
        from .runs import Run

        return Run(self._queue.open_run(id))

    async def runs(self, offset: int = 0, limit: int = 100) -> list[RunInfo]:
        """The runs of the queue, the latest first: see `distcoord.Queue.runs`."""
        return await call(self._queue.runs, offset, limit)

    @property
    def name(self) -> str:
        """The queue's name."""
        return self._queue.name

    @property
    def lease(self) -> float:
        """The lease in seconds under which this handle claims jobs."""
        return self._queue.lease

    def __repr__(self) -> str:
        return f"<distcoord.aio.Queue {self.name!r}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return Queue, (self._queue._client, self._queue._name, self._queue._options)


class Batch:
    """A handle on a batch of jobs of one queue, for asyncio: see `distcoord.Batch`. `async with` seals it at the end of
    the block."""

    __slots__ = ("_batch", "_queue")

    def __init__(self, queue: Queue, batch: _sync_batch.Batch) -> None:
        self._queue = queue
        self._batch = batch

    @property
    def id(self) -> str:
        """The batch's id."""
        return self._batch.id

    async def seal(self) -> None:
        """Says that all its jobs have been pushed: see `distcoord.Batch.seal`."""
        await call(self._batch.seal)

    async def wait(self, timeout: Optional[float] = -1) -> _sync_batch.BatchCounts:
        """Waits until it is sealed and all its jobs have ended: see `distcoord.Batch.wait`."""
        handle = _sync_batch.Batch(self._batch.queue, self.id)
        return await self._queue._watch(
            lambda ms: handle.wait(seconds(ms)), handle.cancel, _calls.wait_ms(timeout))

    async def counts(self) -> _sync_batch.BatchCounts:
        """How far it is."""
        return await call(self._batch.counts)

    async def __aenter__(self) -> Batch:
        return self

    async def __aexit__(
        self, kind: Optional[type[BaseException]], value: Optional[BaseException], trace: Optional[TracebackType],
    ) -> None:
        await end_block(self.seal, value)

    def __repr__(self) -> str:
        return f"<distcoord.aio.Batch {self.id} of queue {self._queue.name!r}>"
