"""Runs of workflows: all of a run is on the server, so any process can look at it, wait for it and steer it."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from ctypes import byref
from typing import TYPE_CHECKING, Any, Optional, Protocol, TypeVar, overload

from .. import _abi, _calls, errors
from .._handles import Handle
from .._library import functions
from .._watches import Source, Watch, taken
from ..shared.codec import Codec
from ..shared.state import State
from ._outcome import read_outcome
from .artifacts import Artifacts
from .summary import RunEvent, RunSummary, TaskInfo, TaskList, read_event, read_summary

if TYPE_CHECKING:
    from ..aio.runs import Run as AioRun
    from ..queues.queue import Queue
    from ._progress import Progress

T = TypeVar("T")

_MOST_FAILURES = 100
_Error = _abi.distcoord_error


class Results(Protocol):
    """Knows what the results of a workflow's tasks are."""

    def value_of(self, task: str, data: bytes) -> Any:
        """The value of a task's result."""


class PlainResults:
    """Results are JSON."""

    def value_of(self, task: str, data: bytes) -> Any:
        """See Results."""
        return Codec[Any](Any, False).decode(data, f"result of {task}") if data else None


class Run(Handle):
    """A handle on a run of a workflow. Made by `Queue.start`, `Queue.open_run` and `AppWorkflow.start`.

    `await run` waits for its end as `wait()` does. A handle may be used by several threads, and pickles by its id.
    """

    __slots__ = ("_queue", "_results")
    _free = functions.run_free
    _results: Results

    def __init__(self, queue: Queue, id: str, results: Optional[Results] = None) -> None:
        self._queue = queue
        self._results = results or PlainResults()
        self._own(_abi.distcoord_run())
        error = _Error()
        _calls.check(
            functions.run_open(queue._pointer, _calls.text(id, "id"), byref(self._pointer), byref(error)), error)

    @classmethod
    def _of(cls, queue: Queue, pointer: _abi.distcoord_run, results: Optional[Results] = None) -> Run:
        """The handle for a pointer that the library made."""
        run = Run.__new__(cls)
        run._queue = queue
        run._results = results or PlainResults()
        run._own(pointer)
        return run

    @property
    def id(self) -> str:
        """The run's id."""
        return functions.run_id(self._pointer).decode()

    @property
    def queue(self) -> Queue:
        """The queue on which it runs."""
        return self._queue

    @property
    def aio(self) -> AioRun:
        """The same methods for coroutines: `await run.aio.wait(60)`."""
        from ..aio.runs import Run as AioRun

        return AioRun(self)

    def __await__(self) -> Generator[Any, None, RunSummary]:
        return self.aio.wait().__await__()

    # ------------------------------------------------------------ how it stands

    def wait(
        self, timeout: Optional[float] = -1, progress: Progress = None,
    ) -> RunSummary:
        """Waits for the end of the run, well or not, at most `timeout` seconds: -1 (or None) for ever, 0 looks once.

        `progress`: called with a summary at first, and whenever something has happened; True for lines on stderr.
        Raises RunTimeout (also a TimeoutError, with `summary`) when it has not ended by then, RunNotFound, Cancelled,
        ServerErrors.
        """
        wait_ms = _calls.wait_ms(timeout)
        if progress:
            from ._progress import teller, wait_with

            wait_with(self, wait_ms, teller(progress))
            wait_ms = 0
        summary = self._look(wait_ms)
        if summary.ended:
            return summary
        late = errors.about_run(
            errors.RunTimeout, f"run {self.id} has not ended: {summary.done} of {summary.total} tasks have",
            self.id, _abi.TIMED_OUT)
        late.summary = summary
        raise late

    def summary(self) -> RunSummary:
        """How it stands. Raises RunNotFound."""
        return self._look(0)

    @property
    def state(self) -> str:
        """How it stands: "running", "paused", "stopping", "succeeded", "failed" or "cancelled". Asks the server, and
        raises RunNotFound."""
        return self._look(0).state

    def _look(self, wait_ms: int) -> RunSummary:
        native = _Summary()
        error = _Error()
        status = functions.run_wait(self._pointer, wait_ms, byref(native._pointer), byref(error))
        if status not in (_abi.OK, _abi.TIMED_OUT):
            raise self._failure(status, error)
        _calls.raise_due()
        return read_summary(native._pointer)

    def tasks(self) -> list[TaskInfo]:
        """The nodes of the run in the order in which they were added, items behind their map. Raises RunNotFound."""
        listed = TaskList()
        error = _Error()
        status = functions.run_tasks(self._pointer, byref(listed._pointer), byref(error))
        self._check(status, error)
        return listed.items()

    def events(self, timeout: Optional[float] = -1) -> RunEvents:
        """All that happened in the run, as far as it is kept (the latest 10 000 events), then what happens, as it does:
        `for event in run.events()`, which ends with the end of the run, or when nothing happened for `timeout` seconds
        (-1 or None: never). Raises RunNotFound, Cancelled, ServerErrors.
        """
        return RunEvents(self, timeout)

    # ------------------------------------------------------------ results

    @overload
    def result(self, task: str, type: type[T], timeout: Optional[float] = ...) -> T: ...
    @overload
    def result(self, task: str, type: Any = ..., timeout: Optional[float] = ...) -> Any: ...

    def result(self, task: str, type: Any = None, timeout: Optional[float] = -1) -> Any:
        """What a task gave, waiting at most `timeout` seconds for its end: -1 (or None) for ever, 0 looks once.

        `type`: what is made of the JSON, as an annotation says it: a dataclass, `list[int]`; without it what the task's
        function says, where that is known, else plain values. Raises TaskFailed, with the traceback of the worker, when
        it failed or could not run; TaskCancelled, TaskSkipped; ResultTimeout (also a TimeoutError); TaskNotFound,
        RunNotFound, NotReadable when the result is no JSON (`result_bytes` has it), Cancelled, ServerErrors.
        """
        data = self.result_bytes(task, timeout)
        if type is None:
            return self._results.value_of(task, data)
        return Codec[Any](type, False).decode(data or b"null", f"result of {task}")

    def result_bytes(self, task: str, timeout: Optional[float] = -1) -> bytes:
        """The bytes of a task's result as they are. Raises like `result`."""
        return read_outcome(self, task, _calls.wait_ms(timeout))

    def __getitem__(self, task: str) -> Any:
        return self.result(task)

    def raise_if_failed(self, summary: Optional[RunSummary] = None) -> RunSummary:
        """The summary of a run that has succeeded; raises WorkflowFailed, naming the tasks that failed, for one that
        has ended otherwise, and RunTimeout for one that has not ended."""
        summary = summary or self.wait(0)
        if summary.state == "succeeded":
            return summary
        failures = [task for task in self.tasks() if task.state == "failed" and task.kind in ("task", "item")]
        raise failed(self.id, summary, failures[:_MOST_FAILURES], self._traceback)

    def _traceback(self, task: str) -> str:
        try:
            self.result_bytes(task, 0)
        except errors.JobFailed as error:
            return error.traceback
        except errors.DistcoordError:
            pass  # it is told of without
        return ""

    # ------------------------------------------------------------ steering it

    def pause(self) -> None:
        """Has nothing new begin; tasks that run go on. Raises RunEnded, RunNotFound."""
        self._call(functions.run_pause)

    def resume(self) -> None:
        """Goes on after a pause; or takes up again a run that failed or was stopped: what succeeded or was skipped
        stays as it is, all else runs (again). Raises RunEnded when it has succeeded, RunNotFound."""
        self._call(functions.run_resume)

    def stop(self, reason: Optional[str] = None, at_once: bool = False) -> None:
        """Stops the run: tasks that wait are cancelled, those that run are asked to stop, and tasks that always run do
        so, unless `at_once`. Returns before the run has ended; see `wait`. Raises RunEnded, RunNotFound."""
        words = None if reason is None else _calls.text(reason, "reason")
        self._call(lambda run, error: functions.run_stop(run, words, bool(at_once), error))

    def delete(self) -> None:
        """Forgets a run that has ended, and all that belongs to it. Raises Conflict when it has not ended."""
        self._call(functions.run_delete)

    def _call(self, function: Callable[..., int]) -> None:
        error = _Error()
        self._check(function(self._pointer, byref(error)), error)

    # ------------------------------------------------------------ what its tasks share

    @overload
    def shared(self, *, type: type[T]) -> State[T]: ...
    @overload
    def shared(self, *, type: Any = ...) -> State[Any]: ...

    def shared(self, *, type: Any = Any) -> State[Any]:
        """The shared state of the run, a scope of its own: what its tasks want to tell each other besides results.
        Values that are set without a time to live are kept as long as the run. `type`: of the values."""
        return _RunState(self, type)

    @property
    def artifacts(self) -> Artifacts:
        """The files of the run."""
        return Artifacts(self)

    # ------------------------------------------------------------ the handle

    def cancel(self) -> None:
        """Ends the waits in progress on this handle, each with Cancelled. It does not stop the run."""
        functions.run_cancel(self._pointer)

    def _check(self, status: int, error: _abi.distcoord_error) -> None:
        if status != _abi.OK:
            raise self._failure(status, error)
        _calls.raise_due()

    def _failure(self, status: int, error: _abi.distcoord_error) -> BaseException:
        if status == _abi.NOT_FOUND:
            what = f"queue {self._queue.name!r} knows no run {self.id!r}"
            return errors.about_run(errors.RunNotFound, what, self.id, status)
        if status == _abi.EXPIRED:
            return errors.about_run(errors.RunEnded, f"run {self.id} has ended already", self.id, status)
        return _calls.failure(status, error)

    def __repr__(self) -> str:
        return f"<distcoord.Run {self.id}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return Run, (self._queue, self.id)


class _Summary(Handle):
    """A summary of the library."""

    __slots__ = ()
    _free = functions.run_summary_free

    def __init__(self) -> None:
        self._own(_abi.distcoord_run_summary())


class _RunState(State[Any]):
    """The state of a run, which the library names."""

    __slots__ = ("_run",)

    def __init__(self, run: Run, type: Any) -> None:
        self._run = run
        self._client = run._queue._client
        self._codec = Codec(type, False)
        self._scope = f"run {run.id}"
        self._own(_abi.distcoord_state())
        error = _Error()
        run._check(functions.run_state(run._pointer, byref(self._pointer), byref(error)), error)

    def __reduce__(self) -> tuple[Any, ...]:
        return _RunState, (self._run, self._codec.type)


class RunEvents(Watch[RunEvent]):
    """An iterator over the events of a run; it ends with the run's end. `next` takes one event, also of a run that is
    taken up again."""

    __slots__ = ("_ended",)

    def __init__(self, run: Run, timeout: Optional[float]) -> None:
        def read(source: Source, wait_ms: int) -> Optional[tuple[RunEvent]]:
            try:
                return taken(functions.run_watch_next, source, wait_ms, _abi.distcoord_run_event(), read_event,
                             functions.run_event_free)
            except errors.DistcoordError as error:
                if error.status == _abi.NOT_FOUND:
                    raise run._failure(error.status, _Error()) from None
                raise

        self._ended = False
        super().__init__(f"the events of {run!r}", run, functions.run_watch, read, timeout)

    def __iter__(self) -> Iterator[RunEvent]:  # type: ignore[override]
        return self

    def __next__(self) -> RunEvent:
        if self._ended:
            raise StopIteration
        event = super().__next__()
        self._ended = event.kind == "ended"
        return event


def failed(
    run_id: str, summary: RunSummary, failures: list[TaskInfo], traceback_of: Callable[[str], str],
) -> errors.WorkflowFailed:
    """The error of a run that did not succeed."""
    how = "was stopped" if summary.state == "cancelled" else f"has {summary.state}"
    lines = [f"run {run_id} of workflow {summary.workflow!r} {how}"]
    if failures:
        lines[0] += f"; {len(failures)} failed:" if len(failures) > 1 else ":"
        lines += [
            f"  {task.name}: {task.error}" + (f" ({task.attempts} attempts)" if task.attempts > 1 else "")
            for task in failures]
    elif summary.reason:
        lines[0] += f": {summary.reason}"
    trace = traceback_of(failures[0].name) if failures else ""
    if trace:
        lines += ["", f"In {failures[0].name}:", trace]
    error = errors.about_run(errors.WorkflowFailed, "\n".join(lines), run_id, 0)
    error.summary, error.failures = summary, tuple(failures)
    return error
