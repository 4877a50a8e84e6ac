"""Runs of workflows for tasks."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any, Optional, TypeVar, overload

from .. import _calls, errors
from ..shared.codec import Codec
from ..workflows import run as _sync
from ..workflows.artifacts import ArtifactInfo, FilePath
from ..workflows.summary import RunEvent, RunSummary, TaskInfo
from . import _crew
from ._attempt import call, call_in
from ._spare import Handles, seconds
from ._stream import Watch
from ._watch import Watching

if TYPE_CHECKING:
    from ..shared.state import State
    from ..workflows._progress import Progress
    from .queues import Queue

T = TypeVar("T")


class Run(Watching):
    """A handle on a run, for asyncio: the methods of `distcoord.Run`, with `await`. Any number of tasks may wait at the
    same time. `await run` waits for its end."""

    __slots__ = ("_handles", "_run", "__weakref__")

    def __init__(self, run: _sync.Run) -> None:
        super().__init__()
        self._run = run
        self._handles = Handles(lambda: _sync.Run(run._queue, run.id, run._results))

    @property
    def id(self) -> str:
        """The run's id."""
        return self._run.id

    @property
    def queue(self) -> Queue:
        """The queue on which it runs."""
        queue = self._run._queue
        return queue._client.aio.queue(queue.name)

    def __await__(self) -> Generator[Any, None, RunSummary]:
        return self.wait().__await__()

    # ------------------------------------------------------------ how it stands

    async def wait(
        self, timeout: Optional[float] = -1, progress: Progress = None,
    ) -> RunSummary:
        """Waits for the end of the run: see `distcoord.Run.wait`. `progress` is called in the event loop."""
        wait_ms = _calls.wait_ms(timeout)
        if progress:
            from ..workflows._progress import teller

            return await self._wait_with(wait_ms, teller(progress))
        handle = self._handles.take()

        def look(ms: int) -> RunSummary:
            try:
                return handle.wait(seconds(ms))
            except errors.RunTimeout as late:
                raise _Late(late) from None

        try:
            summary = await self._watch(look, handle.cancel, wait_ms)
        except _Late as late:
            raise late.error from None
        self._handles.put(handle)
        return summary

    async def _wait_with(self, wait_ms: int, progress: Callable[[RunSummary], object]) -> RunSummary:
        progress(await self.summary())
        async with self.events(seconds(wait_ms)) as events:
            async for event in events:
                progress(await self.summary())
                if event.kind == "ended":
                    break
        return await self.wait(0)

    async def summary(self) -> RunSummary:
        """How it stands."""
        return await call(self._run.summary)

    async def state(self) -> str:
        """How it stands, in a word: see `distcoord.Run.state`."""
        return (await self.summary()).state

    async def tasks(self) -> list[TaskInfo]:
        """The nodes of the run: see `distcoord.Run.tasks`."""
        return await call(self._run.tasks)

    def events(self, timeout: Optional[float] = -1) -> RunEvents:
        """All that happened in the run and then what happens: see `distcoord.Run.events`."""
        return RunEvents(self._run, timeout)

    # ------------------------------------------------------------ results

    @overload
    async def result(self, task: str, type: type[T], timeout: Optional[float] = ...) -> T: ...
    @overload
    async def result(self, task: str, type: Any = ..., timeout: Optional[float] = ...) -> Any: ...

    async def result(self, task: str, type: Any = None, timeout: Optional[float] = -1) -> Any:
        """What a task gave: see `distcoord.Run.result`."""
        data = await self.result_bytes(task, timeout)
        if type is None:
            return self._run._results.value_of(task, data)
        return Codec[Any](type, False).decode(data or b"null", f"result of {task}")

    async def result_bytes(self, task: str, timeout: Optional[float] = -1) -> bytes:
        """The bytes of a task's result as they are."""
        handle = self._handles.take()
        data = await self._watch(
            lambda ms: handle.result_bytes(task, seconds(ms)), handle.cancel, _calls.wait_ms(timeout))
        self._handles.put(handle)
        return data

    async def raise_if_failed(self, summary: Optional[RunSummary] = None) -> RunSummary:
        """The summary of a run that has succeeded; raises WorkflowFailed for another."""
        return await call(self._run.raise_if_failed, summary)

    # ------------------------------------------------------------ steering it

    async def pause(self) -> None:
        """Has nothing new begin; tasks that run go on."""
        await call(self._run.pause)

    async def resume(self) -> None:
        """Goes on after a pause, or takes up again a run that failed or was stopped."""
        await call(self._run.resume)

    async def stop(self, reason: Optional[str] = None, at_once: bool = False) -> None:
        """Stops the run: see `distcoord.Run.stop`."""
        await call(self._run.stop, reason, at_once)

    async def delete(self) -> None:
        """Forgets a run that has ended."""
        await call(self._run.delete)

    def shared(self, *, type: Any = Any) -> State[Any]:
        """The shared state of the run, without asyncio: see `distcoord.Run.shared`."""
        return self._run.shared(type=type)

    @property
    def artifacts(self) -> Artifacts:
        """The files of the run."""
        return Artifacts(self._run)

    def __repr__(self) -> str:
        return f"<distcoord.aio.Run {self.id}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return Run, (self._run,)


class _Late(errors.WatchTimeout):
    """A run that has not ended in time, as waits of this package know it."""

    def __init__(self, error: errors.RunTimeout) -> None:
        super().__init__(str(error))
        self.error = error


class RunEvents(Watch[RunEvent]):
    """An asynchronous iterator over the events of a run, which ends with the run's end: see `distcoord.Run.events`."""

    __slots__ = ("_over_now",)

    def __init__(self, run: _sync.Run, timeout: Optional[float]) -> None:
        super().__init__(run._queue._client, lambda: _sync.RunEvents(run, -1), timeout)
        self._over_now = False

    async def __anext__(self) -> RunEvent:
        if self._over_now:
            raise StopAsyncIteration
        event = await super().__anext__()
        self._over_now = event.kind == "ended"
        return event


class Artifacts:
    """The files of a run, for asyncio: see `distcoord.Artifacts`."""

    __slots__ = ("_run",)

    def __init__(self, run: _sync.Run) -> None:
        self._run = run

    async def publish(self, path: FilePath, name: Optional[str] = None) -> None:
        """Publishes a file. When the task is cancelled meanwhile the publishing goes on."""
        await call_in(_crew.waits, self._run.artifacts.publish, path, name)

    async def fetch(self, name: str, path: Optional[FilePath] = None) -> str:
        """Fetches a file; answers where it is."""
        return await call_in(_crew.waits, self._run.artifacts.fetch, name, path)

    async def list(self) -> list[ArtifactInfo]:
        """The artifacts that there are, by name."""
        return await call(self._run.artifacts.list)
