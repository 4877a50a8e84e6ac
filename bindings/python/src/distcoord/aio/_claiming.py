"""The thread that claims jobs for the tasks of an event loop, and their way to those who wait."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from typing import Optional

from .. import errors
from ..queues import worker as _sync
from ..queues._settling import FIRST_PAUSE, LONGEST_PAUSE, give_back, logger
from ..queues.job import Job
from . import _crew
from ._attempt import call
from ._running import Running


class Claiming:
    """Jobs of one worker for one event loop. All but what runs in the thread belongs to the loop.

    The thread is there as long as anybody waits for a job. A job that comes when nobody does any more is given back at
    once: nothing that is claimed lies about.
    """

    def __init__(self, worker: _sync.Worker) -> None:
        self._worker = worker
        self._loop = asyncio.get_running_loop()
        self._running: Optional[Running] = None
        # What the loop and the thread share, under this lock: who waits for a job, in order; jobs that have come and
        # were not given out yet, of which the loop is being told; whether handlers want all there are.
        self._lock = threading.Lock()
        self._waiting: deque[asyncio.Future[Optional[Job]]] = deque()
        self._come: deque[Job] = deque()
        self._telling = False
        self._all_wanted = False
        # Whether the thread is there, was called back since it last looked, and why it has ended.
        self._claims = False
        self._recalled = False
        self._error: Optional[BaseException] = None

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The loop that it belongs to."""
        return self._loop

    def begin_handlers(self, running: Running) -> None:
        """From now on all jobs there are go to these handlers."""
        self._running = running
        self._all_wanted = True
        self._begin()

    def end_handlers(self) -> None:
        """The handlers take no more jobs. What comes still goes to them until `forget_handlers`."""
        self._all_wanted = False
        self._recall()

    def forget_handlers(self) -> None:
        """The handlers have ended."""
        self._running = None

    def cancel(self) -> None:
        """Ends the waits in progress, each with Cancelled."""
        for future in list(self._waiting):
            if not future.done():
                future.set_exception(errors.Cancelled("the wait was cancelled"))

    async def one(self, wait_ms: int) -> Optional[Job]:
        """The next job; None when there was none in that time, or there will be none."""
        future: asyncio.Future[Optional[Job]] = self._loop.create_future()
        with self._lock:
            self._waiting.append(future)
        self._begin()
        timer = self._loop.call_later(wait_ms / 1000, self._give_up, future) if wait_ms > 0 else None
        try:
            return await future
        except BaseException:
            if future.done() and not future.cancelled() and future.exception() is None:
                _return(future.result())  # it came at the very moment at which the task was cancelled
            self._give_up(future)
            raise
        finally:
            if timer is not None:
                timer.cancel()

    def _give_up(self, future: asyncio.Future[Optional[Job]]) -> None:
        """Somebody does not wait any more."""
        with self._lock:
            if future in self._waiting:
                self._waiting.remove(future)
        if not future.done():
            future.set_result(None)
        self._recall()

    async def one_at_once(self) -> Optional[Job]:
        """The next job if there is one."""
        given_up = threading.Event()

        def claim() -> Optional[Job]:
            job = self._worker.next(0)
            if job is not None and given_up.is_set():
                give_back(job)
                return None
            return job

        try:
            return await call(claim)
        except asyncio.CancelledError:
            given_up.set()  # a job that has come all the same is dropped, and so given back
            raise

    # ------------------------------------------------------------ the thread

    def _more_wanted(self) -> bool:
        """Whether more jobs are wanted than have come; to be called under the lock."""
        return self._all_wanted or len(self._waiting) > len(self._come)

    def _begin(self) -> None:
        """Somebody waits for a job."""
        with self._lock:
            if self._claims or not self._more_wanted():
                return
            self._claims = True
            self._error = None
        try:
            _crew.waits.do(self._claim)
        except BaseException as error:  # the system has no thread left
            self._end(error)

    def _recall(self) -> None:
        """Somebody does not wait any more."""
        with self._lock:
            if not self._claims or self._more_wanted():
                return
            self._recalled = True
        self._worker.cancel()  # nobody waits for what the thread waits for

    def _claim(self) -> None:
        """Claims as long as anybody waits for jobs."""
        pause = FIRST_PAUSE
        while True:
            with self._lock:
                if not self._more_wanted():
                    self._claims = False
                    return
                self._recalled = False
            try:
                job = self._worker.next()
            except errors.Cancelled as cancelled:
                if not self._recalled:
                    self._end(cancelled)
                    return
            except errors.ServerError as error:
                if not error.retriable or self._worker.stopped:
                    self._end(error)
                    return
                logger.warning("worker %r goes on in %.1f s: %s", self._worker.name, pause, error)
                time.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
            except BaseException as error:
                self._end(error)
                return
            else:
                if job is None:
                    self._end(None)
                    return
                pause = FIRST_PAUSE
                self._tell(job)

    def _end(self, error: Optional[BaseException]) -> None:
        """There will be no further job, because the worker has ended or for that reason."""
        with self._lock:
            self._claims = False
            self._error = error
        self._tell(None)

    def _tell(self, job: Optional[Job]) -> None:
        """Brings a job to the loop; many by one message, as long as it has not seen the first."""
        with self._lock:
            if job is not None:
                self._come.append(job)
            if self._telling:
                return
            self._telling = True
        try:
            self._loop.call_soon_threadsafe(self._give_out)
        except RuntimeError:  # the loop is closed, and nobody asks any more
            with self._lock:
                self._waiting.clear()
                self._all_wanted = False
                left = list(self._come)
                self._come.clear()
            for each in left:
                give_back(each)

    # ------------------------------------------------------------ in the loop

    def _give_out(self) -> None:
        """Gives what has come to those who wait, and tells them when nothing more will come."""
        running = self._running
        given: list[tuple[asyncio.Future[Optional[Job]], Optional[Job]]] = []
        with self._lock:
            self._telling = False
            while running is None and self._come and self._waiting:
                future = self._waiting.popleft()
                if not future.done():
                    given.append((future, self._come.popleft()))
            come = list(self._come)
            self._come.clear()
            ended = not self._claims and (self._worker.stopped or self._error is not None)
            error = self._error
            if ended:
                given += [(future, None) for future in self._waiting]
                self._waiting.clear()
        for job in come:
            if running is not None:
                running.begin(job)
            else:
                _return(job)
        for future, given_job in given:
            if future.done():
                _return(given_job)
            elif given_job is None and error is not None:
                future.set_exception(error)
            else:
                future.set_result(given_job)
        if ended and running is not None:
            running.end_with(error)


def _return(job: Optional[Job]) -> None:
    """Gives back, in a thread, a job that nobody waits for."""
    if job is not None:
        returned = job
        _crew.calls.do(lambda: give_back(returned))
