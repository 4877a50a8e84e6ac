"""Jobs of an app in one event loop: coroutines in it, functions in threads beside it."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TYPE_CHECKING, Any, Optional

from ._interruption import Interruption
from ._perform import Call, call_of, ending_of, result_of
from .current import running

if TYPE_CHECKING:
    from ..aio.jobs import Job as AsyncJob
    from ..aio.workers import Worker
    from ..queues.job import Job
    from .application import App


class AsyncJobs:
    """Does the jobs of one run of a worker."""

    def __init__(self, app: App, concurrency: int) -> None:
        self._app = app
        self._tasks = app.tasks
        self._threads = ThreadPoolExecutor(concurrency, "distcoord-task")  # started as they are needed

    async def run(self, worker: Worker, signals: bool) -> bool:
        """See `AppWorker.run`."""
        try:
            return await worker.run(self._do, signals)
        finally:
            # Not waited for: a function that did not end within the grace would keep the program.
            self._threads.shutdown(wait=False)

    async def _do(self, job: AsyncJob) -> Optional[bytes]:
        """Does a job: the bytes of its result, or None when it was settled otherwise. A cancelled handler is settled by
        the worker, which knows why it has cancelled it."""
        claimed = job._job
        running.set(claimed)  # for this task, which has a context of its own
        try:
            task, args, kwargs = call = await self._call_of(claimed)
            value = await (task._function(*args, **kwargs) if task._is_coroutine else self._in_thread(claimed, call))
            data = result_of(task, value)
            if task._has_added(claimed):
                await self._complete(claimed, data)
                return None
            return data
        except asyncio.CancelledError as error:
            if claimed.stop_requested or _is_being_cancelled():
                raise
            await self._settle(claimed, error)  # the task's own doing
        except (KeyboardInterrupt, GeneratorExit):
            raise
        except BaseException as error:
            await self._settle(claimed, error)
        return None

    async def _call_of(self, job: Job) -> Call:
        if not self._app._steps or job.task in self._tasks:
            return call_of(self._app, self._tasks, job)
        from ..aio._attempt import call_in
        from ..aio._crew import waits

        # What a task of a workflow needs may have to be fetched.
        return await call_in(waits, call_of, self._app, self._tasks, job)

    async def _complete(self, job: Job, data: bytes) -> None:
        from ..aio._attempt import call
        from ._doing import complete

        await call(complete, job, data)

    async def _settle(self, job: Job, error: BaseException) -> None:
        from ..aio._attempt import call
        from ._doing import settle

        await call(settle, job, ending_of(job, error, False))

    async def _in_thread(self, job: Job, call: Call) -> Any:
        task, args, kwargs = call
        interruption = Interruption() if task._interrupt else None
        context = copy_context()

        def work() -> Any:
            return task._function(*args, **kwargs)

        future = asyncio.get_running_loop().run_in_executor(
            self._threads, context.run, work if interruption is None else lambda: interruption.call(work))
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            # A thread cannot be cancelled.
            if interruption is not None:
                interruption.strike()
            if job.settled or not job.stop_requested:
                raise  # the worker ends, and does not wait for it
            return await future  # the function sees that it is to stop, and says how the job ends


def _is_being_cancelled() -> bool:
    """Whether somebody has cancelled the calling task; before Python 3.11 nobody can tell."""
    cancelling = getattr(asyncio.current_task(), "cancelling", None)
    return cancelling is None or cancelling() > 0
