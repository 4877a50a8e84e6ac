"""Doing jobs of an app on the threads that claim them."""

from __future__ import annotations

import logging
import threading
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, Optional

from .. import errors
from ._perform import Ending, call_of, ending_of, result_of
from .current import running
from .errors import Reject

if TYPE_CHECKING:
    from ..queues.job import Job
    from . import _interruption
    from ._perform import Call
    from .application import App

_logger = logging.getLogger("distcoord.worker")


class Doing:
    """Does jobs, on any number of threads, with one event loop beside them for coroutines."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._tasks = app.tasks
        self._loop_thread: Optional[_interruption.LoopThread] = None
        self._lock = threading.Lock()
        self._ended = False

    def do(self, job: Job) -> Optional[bytes]:
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
            data = result_of(task, value)
            if task._has_added(job):
                complete(job, data)
                return None
            return data
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

    def end(self) -> None:
        """Ends the event loop, and what still runs in it."""
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


def complete(job: Job, data: bytes) -> None:
    """Completes at once a task of a workflow that has added others. Raises Reject when those are not accepted."""
    try:
        job.complete(data)
    except (errors.JobLost, errors.JobSettled) as late:
        _logger.info("%s", late)
    except errors.InvalidArgument as refused:
        raise Reject(f"what the task has added is not accepted: {refused}") from refused


def settle(job: Job, ending: Ending) -> None:
    """Says what became of a job that was not completed."""
    try:
        ending.tell(job)
    except (errors.JobLost, errors.JobSettled) as late:
        _logger.info("%s", late)
    except errors.DistcoordError as away:
        _logger.warning("job %s: what became of it could not be told, so it is done again when its lease ends: %s",
                        job.id, away)
