"""Claimed jobs for tasks."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Any, Optional, Union

from .. import _calls
from ..queues import job as _sync
from ._attempt import call
from ._hold import Lost, end_block

if TYPE_CHECKING:
    from .tasks import RunTask


class Job(_sync.JobView):
    """A job that this process has claimed; what can be read of it, and what settling means, is as of `distcoord.Job`.

    As an `async with` block it is completed at the end unless it was settled there, failed with the exception when the
    block raises one (which goes on), and given back when the task is cancelled. One that is dropped unsettled is given
    back. When a task is cancelled while it settles a job, the settlement goes on.
    """

    __slots__ = ("_bytes", "_id", "_job", "_pointer", "__weakref__")

    def __init__(self, job: _sync.Job) -> None:
        self._job = job  # the owner of the pointer
        self._pointer = job._pointer
        self._id = None
        self._bytes = None

    async def complete(self, result: Optional[_calls.Payload] = None) -> None:
        """Completes the job with a result (None: no bytes). Raises JobLost, JobSettled, of that JobExpired, TooLarge,
        Forked, ServerErrors."""
        await call(self._job.complete, result)

    async def fail(
        self, error: Union[str, BaseException], retry: bool = True, delay: Optional[float] = None,
    ) -> None:
        """Says that the attempt failed: see `distcoord.Job.fail`. Raises like `complete`."""
        await call(self._job.fail, error, retry, delay)

    async def release(self, delay: Optional[float] = None) -> None:
        """Gives the job back, no attempt counted: see `distcoord.Job.release`. Raises like `complete`."""
        await call(self._job.release, delay)

    async def cancelled(self) -> None:
        """Ends the job as cancelled, because `cancelling` is true. Raises like `complete`."""
        await call(self._job.cancelled)

    async def progress(self, percent: float, text: Optional[str] = None) -> None:
        """Says how far the work is: see `distcoord.Job.progress`. Raises JobLost and JobSettled."""
        await call(self._job.progress, percent, text)

    @property
    def run_task(self) -> Optional[RunTask]:
        """What it has besides when it is a task of a workflow; None when it is none."""
        task = self._job.run_task
        if task is None:
            return None
        from .tasks import RunTask

        return RunTask(task)

    @property
    def lost(self) -> Lost:
        """The event that this claim was lost."""
        return Lost(self._job)

    async def __aenter__(self) -> Job:
        return self

    async def __aexit__(
        self, kind: Optional[type[BaseException]], value: Optional[BaseException], trace: Optional[TracebackType],
    ) -> None:
        if self.settled:
            return
        if value is None:
            await self.complete()
        elif isinstance(value, Exception):
            error = value
            await end_block(lambda: self.fail(error), value)
        else:
            await end_block(self.release, value)

    def __repr__(self) -> str:
        return repr(self._job).replace("distcoord.", "distcoord.aio.", 1)

    def __reduce__(self) -> Any:
        return self._job.__reduce__()
