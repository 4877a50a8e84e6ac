"""The handlers that a worker runs in an event loop, one task for each job."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Awaitable, Callable
from ctypes import byref
from typing import Optional

from .. import _abi, _calls, errors
from .._library import functions
from ..queues import worker as _sync
from ..queues._settling import fail, give_back, logger, not_done
from ..queues.job import Job as SyncJob
from . import _crew
from .jobs import Job

# Seconds between looks at whether jobs that are worked on were cancelled, lost, or took too long.
_LOOK_SECONDS = 0.1
_STOPPING = (_abi.JOB_LOST, _abi.JOB_CANCELLING, _abi.JOB_EXPIRED)

_state = functions.job_state


class Running:
    """One `run` of a worker. All but `over` and what settles belongs to the loop."""

    def __init__(self, worker: _sync.Worker, handler: Callable[[Job], Awaitable[Optional[_calls.Payload]]]) -> None:
        if not callable(handler):
            raise TypeError("handler must be a coroutine function that takes a job")
        self.error: Optional[BaseException] = None
        self._worker = worker
        self._handler = handler
        self._loop = asyncio.get_running_loop()
        self._finished: asyncio.Future[None] = self._loop.create_future()
        self._no_more = False
        self._tasks: dict[asyncio.Task[None], SyncJob] = {}
        self._told: set[asyncio.Task[None]] = set()
        self._lock = threading.Lock()
        self._done: deque[tuple[SyncJob, bytes]] = deque()
        self._settling = False
        self._looking = self._loop.call_later(_LOOK_SECONDS, self._look)

    async def wait(self) -> None:
        """Waits until there are no more jobs and all handlers have ended, or the worker was shut down."""
        try:
            await self._finished
        finally:
            self._no_more = True
            self._looking.cancel()

    def begin(self, job: SyncJob) -> None:
        """Runs the handler for a job."""
        if self._finished.done():
            _crew.calls.do(lambda: give_back(job))
            return
        task = self._loop.create_task(self._work(job))
        self._tasks[task] = job
        task.add_done_callback(self._ended)

    def end_with(self, error: Optional[BaseException]) -> None:
        """There are no more jobs. With an error that is the end at once, without when all handlers have ended."""
        self._no_more = True
        if error is not None:
            self.error = self.error or error
            self._finish()
        elif not self._tasks:
            self._finish()

    def over(self) -> None:
        """The worker was shut down, and has given back what is not done; called in any thread."""
        try:
            self._loop.call_soon_threadsafe(self._finish)
        except RuntimeError:
            pass  # the loop is closed, and the handlers with it

    async def cancel_handlers(self) -> None:
        """Cancels the handlers that run still, and waits for their ends."""
        for task in list(self._tasks):
            task.cancel()
        while self._tasks:
            await asyncio.wait(list(self._tasks))

    def _finish(self) -> None:
        if not self._finished.done():
            self._finished.set_result(None)

    # ------------------------------------------------------------ the handlers

    async def _work(self, job: SyncJob) -> None:
        try:
            result = await self._handler(Job(job))
            data = b"" if result is None else _calls.payload_bytes(result)
        except asyncio.CancelledError:
            _crew.calls.do(lambda: _end_cancelled(job))
        except Exception as raised:
            error = raised  # the name of an `except` is gone when its block is
            _crew.calls.do(lambda: fail(job, error))
        except BaseException:  # SystemExit and the like, which are not the job's fault
            _crew.calls.do(lambda: give_back(job))
            raise
        else:
            self._settle(job, data)

    def _ended(self, task: asyncio.Task[None]) -> None:
        job = self._tasks.pop(task)
        self._told.discard(task)
        if task.cancelled():
            _crew.calls.do(lambda: give_back(job))  # before its first step, so nothing of `_work` has run
        elif task.exception() is not None:
            self.end_with(task.exception())
        if self._no_more and not self._tasks:
            self._finish()

    def _look(self) -> None:
        """Cancels the handlers of jobs on which no work is wanted any more, each once."""
        for task, job in self._tasks.items():
            if _state(job._pointer) in _STOPPING and task not in self._told:
                self._told.add(task)
                task.cancel()
        self._looking = self._loop.call_later(_LOOK_SECONDS, self._look)

    # ------------------------------------------------------------ settling, which may have to wait, in a thread

    def _settle(self, job: SyncJob, data: bytes) -> None:
        with self._lock:
            self._done.append((job, data))
            if self._settling:
                return
            self._settling = True
        _crew.calls.do(self._settle_all)

    def _settle_all(self) -> None:
        while True:
            with self._lock:
                if not self._done:
                    self._settling = False
                    return
                batch = list(self._done)
                self._done.clear()
            for job, data in batch:
                error = _abi.distcoord_error()
                status = functions.worker_done(self._worker._pointer, job._pointer, data, len(data), byref(error))
                if status != _abi.OK:
                    try:
                        not_done(job, status, error)
                    except errors.DistcoordError as refused:
                        logger.warning("the end of job %s could not be told, its lease ends: %s", job.id, refused)


def _end_cancelled(job: SyncJob) -> None:
    """Settles a job whose handler was cancelled."""
    if not job.cancelling:
        give_back(job)  # which does nothing when the job is lost or its time was over
        return
    try:
        job.cancelled()
    except errors.DistcoordError as error:
        logger.debug("job %s: %s", job.id, error)
