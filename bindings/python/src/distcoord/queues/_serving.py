"""Threads that call a handler for each job of a worker, and the signals that end them."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ctypes import byref
from types import FrameType
from typing import TYPE_CHECKING, Optional

from .. import _abi, _calls, errors
from .._library import functions
from ._settling import FIRST_PAUSE, LONGEST_PAUSE, fail, give_back, logger, not_done
from .job import Job

if TYPE_CHECKING:
    from .worker import Handler, Worker

_next = functions.worker_next
_done = functions.worker_done
_Error = _abi.distcoord_error
_Pointer = _abi.distcoord_job


class Serving:
    """One `Worker.run`.

    Handlers never run on the thread that called it, so that thread can always see to signals, and leave when the grace
    of a shutdown is over although a handler is not done. The threads are daemons for the same reason.
    """

    def __init__(self, worker: Worker, handler: Handler) -> None:
        if not callable(handler):
            raise TypeError("handler must be a callable that takes a job")
        self._worker = worker
        self._handler = handler
        self._lock = threading.Lock()
        self._threads = 0
        self._over = threading.Event()  # all threads have ended, or the worker was shut down
        self._error: Optional[BaseException] = None

    def run(self, signals: bool) -> bool:
        """See `Worker.run`."""
        worker = self._worker
        with handled(self._end_by_signal) if signals else _nothing():
            worker._at_shutdown.append(self._over.set)
            try:
                self._start()
                self._over.wait()
            except BaseException:  # of a signal handler, or no thread could be started
                self._shut_down(0)
                raise
            finally:
                worker._at_shutdown.remove(self._over.set)
            self._shut_down(0 if self._error is not None else worker._grace)
        if self._error is not None:
            raise self._error
        return worker._all_done

    def _start(self) -> None:
        for number in range(self._worker._concurrency):
            with self._lock:
                self._threads += 1
            thread = threading.Thread(
                target=self._thread, name=f"distcoord-worker-{self._worker.name}-{number + 1}", daemon=True)
            try:
                thread.start()
            except BaseException:
                self._thread_ended()
                raise

    def _shut_down(self, grace_ms: int) -> None:
        """Sends what is done, gives back what is not done in time, ends the registration."""
        try:
            self._worker.shutdown(-1 if grace_ms < 0 else grace_ms / 1000)
        except errors.DistcoordError as error:
            logger.warning("the end of worker %r could not be told to the server: %s", self._worker.name, error)

    # ------------------------------------------------------------ signals

    def _end_by_signal(self, number: int, again: bool) -> None:
        self._worker._signals.append(number)
        # In a thread, because this runs in the midst of whatever the main thread does.
        logger.info("%s: worker %r %s", signal.Signals(number).name, self._worker.name,
                    "gives back at once what it works on" if again else "finishes what it works on")
        threading.Thread(
            target=self._shut_down, args=(0 if again else self._worker._grace,), name="distcoord-worker-end",
            daemon=True).start()

    # ------------------------------------------------------------ in the threads

    def _thread(self) -> None:
        try:
            self._serve_through_outages()
        except BaseException as error:
            with self._lock:
                if self._error is None:
                    self._error = error
            functions.worker_stop(self._worker._pointer)  # so that the other threads end as well
        finally:
            self._thread_ended()

    def _thread_ended(self) -> None:
        with self._lock:
            self._threads -= 1
            last = self._threads == 0
        if last:
            self._over.set()

    def _serve_through_outages(self) -> None:
        """Serves; what the server will recover from ends nothing."""
        pause = FIRST_PAUSE
        while True:
            try:
                self._serve()
                return
            except errors.ServerError as error:
                if not error.retriable or self._worker._ended:
                    raise
                logger.warning("worker %r goes on in %.1f s: %s", self._worker.name, pause, error)
            if self._over.wait(pause):
                return
            pause = min(2 * pause, LONGEST_PAUSE)

    def _serve(self) -> None:
        """Does jobs until there are no more. Written for speed: short jobs cost little more than what this does."""
        worker, handler = self._worker, self._handler
        client, pointer = worker._client, worker._pointer
        error = _Error()
        error_place = byref(error)
        while True:
            job = Job(client, _Pointer())
            status = _next(pointer, -1, byref(job._pointer), error_place)
            if status == 0:
                try:
                    result = handler(job)
                    data = (
                        b"" if result is None else result if type(result) is bytes else _calls.payload_bytes(result))
                except Exception as raised:
                    fail(job, raised)
                    continue
                except BaseException:  # SystemExit and the like, which are not the job's fault
                    give_back(job)
                    raise
                status = _done(pointer, job._pointer, data, len(data), error_place)
                if status == 0:
                    continue
                not_done(job, status, error)
                error = _Error()
                error_place = byref(error)
            elif status == _abi.EMPTY:
                worker._ended = True
                return
            elif status != _abi.TIMED_OUT:
                raise _calls.failure(status, error)


@contextmanager
def _nothing() -> Iterator[None]:
    yield


@contextmanager
def handled(act: Callable[[int, bool], None]) -> Iterator[None]:
    """Has SIGTERM and SIGINT call `act`, which is told whether one came before."""
    if threading.current_thread() is not threading.main_thread():
        raise errors.invalid("signals are handled by the main thread alone; run the worker there, or without them")
    seen: list[int] = []

    def handle(number: int, frame: Optional[FrameType]) -> None:
        seen.append(number)
        act(number, len(seen) > 1)

    previous = {number: signal.signal(number, handle) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
