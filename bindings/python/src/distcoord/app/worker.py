"""Workers for the tasks of an app."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Optional

from ._doing import Doing

if TYPE_CHECKING:
    from ..aio.workers import Worker as AsyncWorker
    from ..queues.worker import Queues, Worker, WorkerCounts
    from .application import App


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
        make: Any = app.client.aio.worker if use_asyncio else app.client.worker
        made = make(queues, concurrency=concurrency, grace=grace, **options)
        self._async_worker: Optional[AsyncWorker] = made if use_asyncio else None
        self._worker: Worker = made._worker if use_asyncio else made
        self._doing = Doing(app)

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
            return self._worker.run(self._doing.do, signals)
        finally:
            self._doing.end()

    def run_until_empty(self) -> int:
        """See `App.run_until_empty`."""
        worker, done = self._worker, 0
        worker.drain()
        try:
            for job in worker:
                data = self._doing.do(job)
                done += 1
                if not job.settled:
                    worker.done(job, data)
            worker.shutdown(0)
        finally:
            self._doing.end()
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
