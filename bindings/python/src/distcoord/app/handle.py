"""A handle on a submitted job."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, Optional, TypeVar

from .. import errors
from ._payload import read_result

if TYPE_CHECKING:
    from ..queues.jobs import JobInfo
    from ..queues.queue import Queue
    from .aio import AioHandle
    from .application import App
    from .task import Submission

R = TypeVar("R", covariant=True)


class Progress(NamedTuple):
    """How far a job is."""

    percent: int
    """0 to 100."""
    text: str
    """In words; "" when nothing was said."""


class Handle(Generic[R]):
    """A job that was submitted. `await handle` waits for its result as `result()` does, without blocking the loop.

    Handles pickle when their task can be imported; elsewhere send the id and use `App.handle`.
    """

    __slots__ = ("_app", "_queue", "_id", "_task")

    def __init__(self, app: App, queue: Queue, id: str, task: Optional[Submission[..., R]] = None) -> None:
        self._app = app
        self._queue = queue
        self._id = id
        self._task = task

    @property
    def id(self) -> str:
        """The job's id."""
        return self._id

    @property
    def queue(self) -> str:
        """Name of its queue."""
        return self._queue.name

    def result(self, timeout: Optional[float] = -1) -> R:
        """What the task returned, waiting at most `timeout` seconds for its end: -1 (or None) for ever, 0 looks once.

        Raises JobFailed, with the traceback of the worker, when the job is dead; JobCancelled, JobSkipped;
        ResultTimeout (also a TimeoutError) when it has not ended in time; JobNotFound, ResultExpired when its result is
        not kept any more; NotReadable when another kind of program gave a result that is no JSON (`result_bytes` has
        it); Cancelled, ServerErrors.
        """
        return self._value(self._queue.result(self._id, timeout))

    def result_bytes(self, timeout: Optional[float] = -1) -> bytes:
        """The bytes of the result as they are. Raises like `result`."""
        return self._queue.result(self._id, timeout)

    def wait(self, timeout: Optional[float] = -1) -> bool:
        """Waits for the end of the job, whatever it is; whether it came within `timeout` seconds."""
        try:
            self._queue.result(self._id, timeout)
        except errors.ResultTimeout:
            return False
        except (errors.JobFailed, errors.JobCancelled, errors.JobSkipped, errors.ResultExpired):
            pass
        return True

    def done(self) -> bool:
        """Whether it has ended."""
        return self.wait(0)

    def info(self) -> JobInfo:
        """All that is known of the job. Raises JobNotFound."""
        return self._queue.inspect(self._id)

    def status(self) -> str:
        """In which state it is: "waiting", "delayed", "blocked", "active", "completed", "dead", "cancelled",
        "skipped". Raises JobNotFound."""
        return self._queue.inspect(self._id).state

    def progress(self) -> Optional[Progress]:
        """How far it is; None when it does not run or has not said so. Raises JobNotFound."""
        info = self._queue.inspect(self._id)
        return None if info.progress is None else Progress(info.progress, info.progress_text)

    def cancel(self, reason: Optional[str] = None) -> bool:
        """Cancels the job: at once while it waits; one that runs is asked to stop, and then the answer is true.

        Raises JobEnded when it has ended already, JobNotFound.
        """
        return self._queue.cancel_job(self._id, reason)

    @property
    def aio(self) -> AioHandle[R]:
        """The same methods for coroutines: `await handle.aio.cancel()`."""
        from .aio import AioHandle

        return AioHandle(self)

    def __await__(self) -> Generator[Any, None, R]:
        return self._result_async().__await__()

    async def _result_async(self) -> R:
        return self._value(await self._bytes_async(-1))

    async def _bytes_async(self, timeout: Optional[float]) -> bytes:
        return await self._app._aio_queue(self._queue.name).result(self._id, timeout)

    def _value(self, data: bytes) -> R:
        value = read_result(data, self._app.accept_pickle)
        signature = None if self._task is None else self._task._signature
        made: R = value if signature is None else signature.rebuild_result(value)
        return made

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Handle) and self._id == other._id and self.queue == other.queue

    def __hash__(self) -> int:
        return hash(self._id)

    def __repr__(self) -> str:
        task = "" if self._task is None else f" {self._task.name!r}"
        return f"<distcoord.Handle {self._id}{task}>"

    def __reduce__(self) -> Any:
        if self._task is None:
            raise TypeError("a handle without a task cannot be pickled; send its id and use App.handle")
        return _restored, (self._task, self._queue.name, self._id)


def _restored(task: Submission[..., Any], queue: str, id: str) -> Handle[Any]:
    app = task._app
    return Handle(app, app.queue(queue), id, task)
