"""The job that the running task works on."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Optional, Protocol

from ..errors import DistcoordError
from .errors import JobStopped

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

    from typing_extensions import Self

_logger = logging.getLogger("distcoord.task")


class AnyJob(Protocol):
    """What a task may know of a job, claimed or run in place."""

    @property
    def id(self) -> str: ...
    @property
    def task(self) -> str: ...
    @property
    def queue(self) -> str: ...
    @property
    def payload(self) -> bytes: ...
    @property
    def content_type(self) -> str: ...
    @property
    def headers(self) -> dict[str, str]: ...
    @property
    def attempt(self) -> int: ...
    @property
    def max_attempts(self) -> int: ...
    @property
    def timeout(self) -> Optional[float]: ...
    @property
    def priority(self) -> int: ...
    @property
    def batch(self) -> str: ...
    @property
    def fence(self) -> int: ...
    @property
    def pushed_at(self) -> float: ...
    @property
    def cancelling(self) -> bool: ...
    @property
    def stop_requested(self) -> bool: ...
    def progress(self, percent: float, text: Optional[str] = None) -> None: ...


# The job itself: what `current_job` makes of it is made only for tasks that ask.
running: ContextVar[Optional[AnyJob]] = ContextVar("distcoord_job", default=None)


def current_job() -> CurrentJob:
    """The job that the calling task works on. Also right in threads and tasks that were started with a copy of its
    context, as asyncio does. Raises RuntimeError outside of a job."""
    job = running.get()
    if job is None:
        raise RuntimeError("no job is being worked on here: current_job() is for code that a task runs")
    return CurrentJob(job)


class CurrentJob:
    """A job as its task sees it."""

    __slots__ = ("_job",)

    def __init__(self, job: AnyJob) -> None:
        self._job = job

    @property
    def id(self) -> str:
        """The job's id."""
        return self._job.id

    @property
    def task(self) -> str:
        """Name of the task."""
        return self._job.task

    @property
    def queue(self) -> str:
        """Name of the queue that it came from."""
        return self._job.queue

    @property
    def headers(self) -> dict[str, str]:
        """Names and values that travel with the job. What it has of `traceparent`, `tracestate` and `baggage` is passed
        on to the jobs that it submits."""
        return self._job.headers

    @property
    def attempt(self) -> int:
        """Which attempt this is, from 1."""
        return self._job.attempt

    @property
    def max_attempts(self) -> int:
        """How many attempts there are in all."""
        return self._job.max_attempts

    @property
    def is_last_attempt(self) -> bool:
        """Whether the job is dead if this attempt fails."""
        return self._job.attempt >= self._job.max_attempts

    @property
    def timeout(self) -> Optional[float]:
        """Seconds that one attempt may take; None for no limit."""
        return self._job.timeout

    @property
    def priority(self) -> int:
        """The job's priority."""
        return self._job.priority

    @property
    def batch(self) -> str:
        """Id of the batch that it belongs to; "" when there is none."""
        return self._job.batch

    @property
    def fence(self) -> int:
        """Fencing number of this claim: it grows with every claim, so a store that refuses smaller ones is safe from a
        worker that lost the job without noticing."""
        return self._job.fence

    @property
    def pushed_at(self) -> float:
        """When it was submitted: seconds since 1970 by the server's clock."""
        return self._job.pushed_at

    @property
    def cancelled(self) -> bool:
        """Whether somebody asks to cancel it. A task that returns all the same has completed it; `check` ends it."""
        return self._job.cancelling

    @property
    def stop_requested(self) -> bool:
        """Whether there is nothing more to do: somebody asks to cancel it, its time is over, or the claim was lost.
        Costs next to nothing; tasks that take long look at it now and then."""
        return self._job.stop_requested

    def check(self) -> None:
        """Raises JobStopped when `stop_requested`; the job then ends as cancelled, if that is what was asked."""
        if self._job.stop_requested:
            raise JobStopped

    def progress(self, n: float, total: Optional[float] = None, text: Optional[str] = None) -> None:
        """Says how far the work is: `n` of `total`, or `n` percent, and in words, for all who look at the job. One
        round trip; in a coroutine it is sent in the background. It never fails the task."""
        percent = min(max(n if total is None else n * 100 / total if total else 100, 0), 100)
        job = self._job
        if _in_event_loop():
            _in_background(lambda: _tell(job, percent, text))
        else:
            _tell(job, percent, text)

    def __repr__(self) -> str:
        return f"<distcoord.CurrentJob {self.id} {self.task!r} attempt {self.attempt}>"

    def __reduce__(self) -> Any:
        raise TypeError("a running job belongs to the process that works on it and cannot be pickled; send its id")


def _tell(job: AnyJob, percent: float, text: Optional[str]) -> None:
    try:
        job.progress(percent, text)
    except DistcoordError as error:
        _logger.debug("progress of job %s: %s", job.id, error)


def _in_event_loop() -> bool:
    asyncio = sys.modules.get("asyncio")
    return asyncio is not None and asyncio._get_running_loop() is not None


_background: Optional[ThreadPoolExecutor] = None


def _in_background(call: Callable[[], None]) -> None:
    """On one thread, so that what was said last is what remains."""
    global _background
    if _background is None:
        from concurrent.futures import ThreadPoolExecutor

        _background = ThreadPoolExecutor(1, "distcoord-progress")
    _background.submit(call)


def _forget_background() -> None:
    global _background
    _background = None


os.register_at_fork(after_in_child=_forget_background)


class working_on:
    """`with working_on(job):` makes it the current job."""

    __slots__ = ("_job", "_token")

    def __init__(self, job: AnyJob) -> None:
        self._job = job

    def __enter__(self) -> Self:
        self._token = running.set(self._job)
        return self

    def __exit__(self, *_: object) -> None:
        running.reset(self._token)


TRACE_HEADERS = ("traceparent", "tracestate", "baggage")


def inherited_headers() -> dict[str, str]:
    """The trace context of the job that is being worked on, for those it submits."""
    job = running.get()
    if job is None:
        return {}
    return {name: value for name, value in job.headers.items() if name in TRACE_HEADERS}
