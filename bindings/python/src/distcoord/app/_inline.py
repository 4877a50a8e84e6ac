"""Jobs that are done at once, without a server, for tests."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Coroutine
from itertools import count
from typing import TYPE_CHECKING, Any, NoReturn, Optional, TypeVar

from .. import errors
from ..queues._failure import describe
from ..queues.result import job_failed
from ._perform import call_of, result_of, verdict, without_own_frames
from .current import running, working_on
from .errors import JobStopped
from .handle import Handle, Progress
from .options import seconds

if TYPE_CHECKING:
    from .application import App
    from .task import Submission

T = TypeVar("T")

_numbers = count(1)
_RETRIES = 3


class Inline:
    """Does what is submitted to an app while `App.inline` is open."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._ends: dict[str, InlineHandle[Any]] = {}

    def submit(self, task: Submission[..., Any], payload: bytes, push: dict[str, Any]) -> Handle[Any]:
        """Does the job, with all its attempts; delays are left out."""
        job = _InlineJob(task, payload, push)
        handle: InlineHandle[Any] = InlineHandle(self._app, job, task)
        if job.id in self._ends:
            raise errors.about_job(errors.JobExists, f"there is a job {job.id!r} already", job.id, 0)
        waits_for = [self._ends.get(id) for id in push.get("after", ())]
        if None in waits_for:
            raise errors.about_job(errors.JobNotFound, "after names a job that was not submitted", job.id, 0)
        self._ends[job.id] = handle
        broken = [each for each in waits_for if each is not None and each._status != "completed"]
        policy = push.get("on_failure", "fail")
        if broken and policy != "run":
            handle._unmet(broken[0].id, policy)
        else:
            self._attempts(job, handle)
        return handle

    def _attempts(self, job: _InlineJob, handle: InlineHandle[Any]) -> None:
        app = self._app
        while True:
            job.attempt += 1
            try:
                with working_on(job):
                    task, args, kwargs = call_of(app, app.tasks, job)
                    value = task._function(*args, **kwargs)
                    if task._is_coroutine:
                        value = _run(value)
                    data = result_of(task, value)
            except JobStopped as error:
                handle._failed(without_own_frames(error), job.attempt)
                return
            except Exception as error:
                if verdict(error).retry and job.attempt < job.max_attempts:
                    continue
                handle._failed(without_own_frames(error), job.attempt)
                return
            handle._completed(data)
            return


def _run(work: Any) -> Any:
    """The result of a coroutine, also on a thread whose event loop runs already."""

    async def awaited() -> Any:
        return await work

    if asyncio._get_running_loop() is None:
        return asyncio.run(awaited())
    return _on_thread(awaited())


def _on_thread(work: Coroutine[Any, Any, T]) -> T:
    outcome: list[Any] = []
    job = running.get()

    def run() -> None:
        running.set(job)
        try:
            outcome.append((asyncio.run(work), None))
        except BaseException as error:
            outcome.append((None, error))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    value, error = outcome[0]
    if error is not None:
        raise error
    result: T = value
    return result


class _InlineJob:
    """A job as its task sees it, in inline mode."""

    def __init__(self, task: Submission[..., Any], payload: bytes, push: dict[str, Any]) -> None:
        self.id: str = push.get("id") or f"inline-{next(_numbers)}"
        self.task = task.name
        self.queue = task.queue
        self.payload = payload
        self.content_type: str = push["content_type"]
        self.headers: dict[str, str] = dict(push.get("headers") or {})
        self.attempt = 0
        self.max_attempts: int = push.get("retries", _RETRIES) + 1
        self.timeout: Optional[float] = seconds(push.get("timeout"))
        self.priority: int = push.get("priority", 0)
        batch = push.get("batch") or ""
        self.batch: str = batch if isinstance(batch, str) else batch.id
        self.fence = next(_numbers)
        self.pushed_at = time.time()
        self.cancelling = False
        self.stop_requested = False
        self.said: Optional[Progress] = None

    def progress(self, percent: float, text: Optional[str] = None) -> None:
        """Remembers it."""
        self.said = Progress(round(percent), text or "")


class InlineHandle(Handle[T]):
    """A handle on a job that was done inline."""

    __slots__ = ("_job", "_status", "_data", "_error")

    def __init__(self, app: App, job: _InlineJob, task: Submission[..., T]) -> None:
        self._app = app
        self._job = job
        self._id = job.id
        self._task = task
        self._status = "active"
        self._data = b""
        self._error: Optional[errors.JobError] = None

    @property
    def queue(self) -> str:
        """Name of its queue."""
        return self._job.queue

    @property
    def attempts(self) -> int:
        """How many attempts there were."""
        return self._job.attempt

    def _completed(self, data: bytes) -> None:
        self._status, self._data = "completed", data

    def _failed(self, error: BaseException, attempts: int) -> None:
        kind, message, trace = (text.decode() for text in describe(error))
        self._status = "dead"
        self._error = job_failed(self._id, kind, message, trace, "inline", attempts)

    def _unmet(self, id: str, policy: str) -> None:
        reason = f"job {id}, which it waited for, did not complete"
        if policy == "skip":
            skipped = errors.JobSkipped(f"job {self._id} was skipped: {reason}")
            skipped.id, skipped.reason = self._id, reason
            self._status, self._error = "skipped", skipped
        else:
            self._status = "dead"
            self._error = job_failed(self._id, "dependency", reason, "", "", 0)

    def result(self, timeout: Optional[float] = -1) -> T:
        """See Handle."""
        return self._value(self.result_bytes(timeout))

    def result_bytes(self, timeout: Optional[float] = -1) -> bytes:
        """See Handle."""
        if self._status == "active":  # the task asks for its own result
            raise errors.about_job(errors.ResultTimeout, f"job {self._id} has not ended", self._id, 0)
        if self._error is not None:
            raise self._error.with_traceback(None)
        return self._data

    def wait(self, timeout: Optional[float] = -1) -> bool:
        """See Handle."""
        return self._status != "active"

    def info(self) -> NoReturn:
        """There is no server that knows of it."""
        raise errors.invalid("a job that was done inline is known to no server; status() and result() are there")

    def status(self) -> str:
        """See Handle."""
        return self._status

    def progress(self) -> Optional[Progress]:
        """What it said last of how far it is; here also after its end."""
        return self._job.said

    def cancel(self, reason: Optional[str] = None) -> bool:
        """See Handle."""
        ended = errors.JobEnded(f"job {self._id} has ended already")
        ended.id = self._id
        raise ended

    async def _bytes_async(self, timeout: Optional[float]) -> bytes:
        return self.result_bytes(timeout)

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return hash(self._id)

    def __reduce__(self) -> Any:
        raise TypeError("a handle on a job that was done inline cannot be pickled")
