"""Workers for the tasks of an app."""

from __future__ import annotations

import logging
import threading
from collections.abc import Coroutine, Mapping
from typing import TYPE_CHECKING, Any, Optional

from .. import errors
from ._perform import Ending, call_of, ending_of, result_of
from .current import running

if TYPE_CHECKING:
    from ..aio.workers import Worker as AsyncWorker
    from ..queues.job import Job
    from ..queues.worker import Queues, Worker, WorkerCounts
    from . import _interruption
    from ._perform import Call
    from .application import App

_logger = logging.getLogger("distcoord.worker")


class AppWorker:
    """Does the jobs of an app's tasks in this process. Made by `App.worker`.

    Functions run in threads, as many as the concurrency, and coroutines in one event loop beside them; with
    `use_asyncio` coroutines run in one event loop, as many as the concurrency, and functions in threads. What happens
    to a job: the task returns, and it is completed with the result; it raises, and it is tried again after its backoff
    until its attempts are used up, except for `Reject`, which ends it at once, and `Retry`, which may say when. A task
    that the program does not have fails like that too: while a new version is rolled out, a worker that has it may be
    next.

    When a job is cancelled, out of time or lost, its coroutine is cancelled; a function sees it in
    `current_job().stop_requested`, or, declared with `interrupt=True`, gets JobStopped.
    """

    def __init__(
        self, app: App, queues: Queues, concurrency: int, use_asyncio: bool, grace: Optional[float],
        options: dict[str, Any],
    ) -> None:
        self._app = app
        self._tasks = app.tasks
        make: Any = app.client.aio.worker if use_asyncio else app.client.worker
        made = make(queues, concurrency=concurrency, grace=grace, **options)
        self._async_worker: Optional[AsyncWorker] = made if use_asyncio else None
        self._worker: Worker = made._worker if use_asyncio else made
        self._loop_thread: Optional[_interruption.LoopThread] = None
        self._lock = threading.Lock()
        self._ended = False

    # ------------------------------------------------------------ working

    def run(self, signals: bool = False) -> bool:
        """Works until the worker is stopped; whether all that was begun has been done.

        `signals`: whether SIGTERM and SIGINT shut it down; then this must be called on the main thread. At the first it
        finishes what it works on within its grace, at the second it gives that back at once.
        """
        if self._async_worker is not None:
            import asyncio

            from ._async_jobs import AsyncJobs

            jobs = AsyncJobs(self._app, self._worker.concurrency)
            return asyncio.run(jobs.run(self._async_worker, signals))
        try:
            return self._worker.run(self._do, signals)
        finally:
            self._end()

    def run_until_empty(self) -> int:
        """See `App.run_until_empty`."""
        worker, done = self._worker, 0
        worker.drain()
        try:
            for job in worker:
                data = self._do(job)
                done += 1
                if not job.settled:
                    worker.done(job, data)
            worker.shutdown(0)
        finally:
            self._end()
        return done

    def stop(self) -> None:
        """Takes no further job; those that are worked on may end. Returns at once."""
        self._worker.stop()

    def drain(self) -> None:
        """Has it stop by itself once its queues have nothing more to claim. Returns at once."""
        self._worker.drain()

    def shutdown(self, grace: Optional[float] = None) -> bool:
        """Stops it, waits for what it works on, at most `grace` seconds (-1: for ever; None: its own), and gives the
        rest back. Whether all was done. `run` returns then."""
        return self._worker.shutdown(grace)

    def counts(self) -> WorkerCounts:
        """What it has done and does."""
        return self._worker.counts()

    @property
    def name(self) -> str:
        """The worker's name."""
        return self._worker.name

    @property
    def queues(self) -> Mapping[str, int]:
        """Its queues with their weights."""
        return self._worker.queues

    @property
    def signals(self) -> tuple[int, ...]:
        """The signals that have told it to end, in order."""
        return tuple(self._worker._signals)

    # ------------------------------------------------------------ one job, on a thread

    def _do(self, job: Job) -> Optional[bytes]:
        """Does a job on the calling thread: the bytes of its result, or None when it was settled otherwise."""
        token = running.set(job)
        try:
            task, args, kwargs = call = call_of(self._app, self._tasks, job)
            if task._is_coroutine:
                value = self._loop().result_of(_in_job(job, call))
                if type(value) is _Left:
                    raise value.error
            elif task._interrupt:
                value = self._interrupted(job, call)
            else:
                value = task._function(*args, **kwargs)
            return result_of(task, value)
        except BaseException as error:
            settle(job, ending_of(job, error, self._ended))
            if isinstance(error, KeyboardInterrupt):
                raise
            return None
        finally:
            running.reset(token)

    def _interrupted(self, job: Job, call: Call) -> Any:
        from ._interruption import interrupted_with

        task, args, kwargs = call
        return interrupted_with(job, self._loop().loop, lambda: task._function(*args, **kwargs))

    def _loop(self) -> _interruption.LoopThread:
        """The event loop, for coroutines and for watching jobs whose tasks are interrupted; started with the first."""
        present = self._loop_thread
        if present is None:
            from ._interruption import LoopThread

            with self._lock:
                if self._loop_thread is None:
                    self._loop_thread = LoopThread()
                present = self._loop_thread
        return present

    def _end(self) -> None:
        self._ended = True
        with self._lock:
            loop_thread, self._loop_thread = self._loop_thread, None
        if loop_thread is not None:
            loop_thread.close()


async def _in_job(job: Job, call: Call) -> Any:
    from ._interruption import cancelled_with

    running.set(job)
    task, args, kwargs = call
    work: Coroutine[Any, Any, Any] = task._function(*args, **kwargs)
    try:
        return await cancelled_with(job, work)
    except (SystemExit, KeyboardInterrupt) as error:
        return _Left(error)


class _Left:
    """What a coroutine wanted to end the program with; raised in the event loop it would end that."""

    __slots__ = ("error",)

    def __init__(self, error: BaseException) -> None:
        self.error = error


def settle(job: Job, ending: Ending) -> None:
    """Says what became of a job that was not completed."""
    try:
        ending.tell(job)
    except (errors.JobLost, errors.JobSettled) as late:
        _logger.info("%s", late)
    except errors.DistcoordError as away:
        _logger.warning("job %s: what became of it could not be told, so it is done again when its lease ends: %s",
                        job.id, away)
