"""Submitting and waiting in coroutines: the same methods with `await`, none of which blocks the event loop.

    handle = await resize.aio.submit("a.jpg", 640)
    print(await handle)                                 # or: await handle.aio.result(timeout=30)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Generic, Optional, TypeVar, Union

from .. import errors
from ..aio._attempt import call
from .task import P, R

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from typing_extensions import Literal

    from ..queues.jobs import JobInfo
    from .handle import Handle, Progress
    from .task import Submission

T = TypeVar("T")


class AioSubmission(Generic[P, R]):
    """What `task.aio` is. Arguments are checked and written in the event loop, then a thread sends them."""

    __slots__ = ("_task",)

    def __init__(self, task: Submission[P, R]) -> None:
        self._task = task

    async def submit(self, /, *args: P.args, **kwargs: P.kwargs) -> Handle[R]:
        """See `Submission.submit`. When the calling task is cancelled meanwhile, the job is submitted all the same."""
        task = self._task
        payload, push = task._prepared(args, kwargs)
        if task.app._inline is not None:
            return task._send(payload, push)
        return await call(task._send, payload, push)

    delay = submit

    async def map(self, values: Iterable[Any], /, **common: Any) -> list[Handle[R]]:
        """See `Submission.map`."""
        return await self.starmap(((value,) for value in values), **common)

    async def starmap(self, calls: Iterable[Iterable[Any]], /, **common: Any) -> list[Handle[R]]:
        """See `Submission.starmap`."""
        task = self._task
        prepared = task._all_prepared(calls, common)
        if task.app._inline is not None:
            return task._send_all(prepared)
        return await call(task._send_all, prepared)

    async def schedule(
        self, *, every: Union[float, timedelta, None] = None, cron: Optional[str] = None, time_zone: str = "UTC",
        start: Union[datetime, float, None] = None, missed: Literal["run_once", "skip"] = "run_once",
        name: Optional[str] = None, args: Iterable[Any] = (), kwargs: Optional[Mapping[str, Any]] = None,
    ) -> None:
        """See `Submission.schedule`."""
        await call(lambda: self._task.schedule(
            every=every, cron=cron, time_zone=time_zone, start=start, missed=missed, name=name, args=args,
            kwargs=kwargs))

    async def unschedule(self, name: Optional[str] = None) -> bool:
        """See `Submission.unschedule`."""
        return await call(self._task.unschedule, name)


class AioHandle(Generic[T]):
    """What `handle.aio` is."""

    __slots__ = ("_handle",)

    def __init__(self, handle: Handle[T]) -> None:
        self._handle = handle

    async def result(self, timeout: Optional[float] = -1) -> T:
        """See `Handle.result`. Any number of tasks may wait at the same time."""
        return self._handle._value(await self._handle._bytes_async(timeout))

    async def result_bytes(self, timeout: Optional[float] = -1) -> bytes:
        """See `Handle.result_bytes`."""
        return await self._handle._bytes_async(timeout)

    async def wait(self, timeout: Optional[float] = -1) -> bool:
        """See `Handle.wait`."""
        try:
            await self._handle._bytes_async(timeout)
        except errors.ResultTimeout:
            return False
        except (errors.JobFailed, errors.JobCancelled, errors.JobSkipped, errors.ResultExpired):
            pass
        return True

    async def done(self) -> bool:
        """See `Handle.done`."""
        return await self.wait(0)

    async def info(self) -> JobInfo:
        """See `Handle.info`."""
        return await call(self._handle.info)

    async def status(self) -> str:
        """See `Handle.status`."""
        return await call(self._handle.status)

    async def progress(self) -> Optional[Progress]:
        """See `Handle.progress`."""
        return await call(self._handle.progress)

    async def cancel(self, reason: Optional[str] = None) -> bool:
        """See `Handle.cancel`."""
        return await call(self._handle.cancel, reason)
