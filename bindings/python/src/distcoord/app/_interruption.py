"""Ends what a job runs when there is nothing more to do for it: it was cancelled, its time is over, its lease lost.

One event loop watches the descriptors of the jobs, so no thread waits for each. A coroutine is cancelled; a thread,
for tasks that ask for that, gets JobStopped at its next step in Python: not while it is inside a call of C, such as
`time.sleep` or a query.
"""

from __future__ import annotations

import asyncio
import ctypes
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Optional, TypeVar

from .errors import JobStopped

if TYPE_CHECKING:
    from ..queues.job import Job

T = TypeVar("T")

_raise_in_thread = ctypes.pythonapi.PyThreadState_SetAsyncExc
_raise_in_thread.argtypes = [ctypes.c_ulong, ctypes.py_object]
_clear_in_thread = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.c_ulong, ctypes.c_void_p)(
    ("PyThreadState_SetAsyncExc", ctypes.pythonapi))

_JOIN_SECONDS = 2.0
_WATCH_AFTER = 0.02


async def cancelled_with(job: Job, work: Coroutine[Any, Any, T]) -> T:
    """The result of the coroutine, which is cancelled when the job is to stop."""
    watch = _Watch(job, asyncio.get_running_loop(), asyncio.current_task())
    try:
        return await work
    finally:
        watch.end()


class _Watch:
    """Cancels a task when its job is to stop."""

    __slots__ = ("_job", "_loop", "_task", "_descriptor", "_beginning")

    def __init__(self, job: Job, loop: asyncio.AbstractEventLoop, task: Optional[asyncio.Task[Any]]) -> None:
        self._job = job
        self._loop = loop
        self._task = task
        self._descriptor = -1
        # Most jobs are done before it would begin, which costs several calls of the system.
        self._beginning = loop.call_later(_WATCH_AFTER, self._begin)

    def _begin(self) -> None:
        self._descriptor = self._job._event_fd()
        if self._descriptor >= 0:  # else the process has none left
            self._loop.add_reader(self._descriptor, self._stop)

    def _stop(self) -> None:
        self.end()
        if self._task is not None:
            self._task.cancel()

    def end(self) -> None:
        """It cancels nothing any more."""
        self._beginning.cancel()
        if self._descriptor >= 0:
            self._loop.remove_reader(self._descriptor)
            self._descriptor = -1


def interrupted_with(job: Job, loop: asyncio.AbstractEventLoop, call: Callable[[], T]) -> T:
    """What the call returns; JobStopped is raised inside it when the job is to stop. `loop` runs on another thread."""
    descriptor = job._event_fd()
    if descriptor < 0:
        return call()
    interruption = Interruption()

    def stop() -> None:
        loop.remove_reader(descriptor)
        interruption.strike()

    loop.call_soon_threadsafe(loop.add_reader, descriptor, stop)
    try:
        return interruption.call(call)
    finally:
        loop.call_soon_threadsafe(loop.remove_reader, descriptor)


class Interruption:
    """Raises JobStopped in the thread that makes a call: at most once, and never after the call."""

    def __init__(self) -> None:
        self._thread = 0
        # Reentrant: the strike may leave the thread itself holding it.
        self._lock = threading.RLock()
        self._struck = False
        self._ended = False

    def call(self, call: Callable[[], T]) -> T:
        """What the call returns."""
        try:
            with self._lock:
                self._thread = threading.get_ident()
                if self._struck:
                    raise JobStopped
            return call()
        finally:
            # It may be struck here as well, but only once: then the second round is undisturbed.
            while True:
                try:
                    self._end()
                    break
                except JobStopped:
                    continue

    def strike(self) -> None:
        """Called on another thread."""
        with self._lock:
            if self._struck or self._ended:
                return
            self._struck = True
            if self._thread:
                _raise_in_thread(self._thread, JobStopped)

    def _end(self) -> None:
        with self._lock:
            self._ended = True
            _clear_in_thread(self._thread, None)  # what has not arrived yet


class LoopThread:
    """An event loop on a thread of its own, for a worker whose jobs run in threads."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="distcoord-loop", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        try:
            self.loop.run_forever()
        finally:
            with suppress(RuntimeError):
                self.loop.run_until_complete(self.loop.shutdown_asyncgens())
            self.loop.close()

    def result_of(self, work: Coroutine[Any, Any, T]) -> T:
        """What the coroutine returns, waited for by the calling thread."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result()

    def close(self) -> None:
        """Cancels what still runs on the loop, and ends it."""
        try:
            asyncio.run_coroutine_threadsafe(_cancel_others(), self.loop).result(_JOIN_SECONDS)
        except Exception:
            pass  # a coroutine that does not heed its cancellation does not keep the program
        with suppress(RuntimeError):
            self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(_JOIN_SECONDS)


async def _cancel_others() -> None:
    others: list[asyncio.Task[Any]] = [
        task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
