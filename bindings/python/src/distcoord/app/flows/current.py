"""The task of a workflow that is being worked on, and what it may add to its run."""

from __future__ import annotations

from contextvars import Token
from types import TracebackType
from typing import TYPE_CHECKING, Any, NamedTuple, Optional, TypeVar, overload

from ..current import CurrentJob, running
from .builder import Builder
from .perform import value_of
from .template import building, with_additions

if TYPE_CHECKING:
    from typing_extensions import Self

    from ...shared.state import State
    from ...workflows.artifacts import Artifacts
    from ...workflows.run import Run

T = TypeVar("T")


class Input(NamedTuple):
    """What a task gave that the current one needs."""

    need: str
    """The node that is needed; "" for what the last round of a loop gave."""
    task: str
    """The task whose result it is: the need itself, or a member or item of it."""
    state: str
    """How it ended: "succeeded", "failed", "skipped", "cancelled" or "blocked"."""
    value: Any
    """Its result; None when it did not succeed."""
    error: str
    """The error's message when it failed."""


def current_task() -> CurrentTask:
    """The task of a workflow that the calling code works on. Raises RuntimeError outside of one."""
    job: Any = running.get()
    task = getattr(job, "run_task", None)
    if task is None:
        raise RuntimeError("no task of a workflow is being worked on here: current_task() is for code that one runs")
    return CurrentTask(job, task)


class CurrentTask(CurrentJob):
    """A task of a workflow as its function sees it; it has all that `current_job()` has, too."""

    __slots__ = ("_task",)

    def __init__(self, job: Any, task: Any) -> None:
        super().__init__(job)
        self._task = task

    @property
    def run_id(self) -> str:
        """Id of the run."""
        run_id: str = self._task.run_id
        return run_id

    @property
    def name(self) -> str:
        """Name of the node; "name[3]" for an item of a map."""
        name: str = self._task.name
        return name

    @property
    def index(self) -> int:
        """Which item of its map it is, from 0; -1 when it is none."""
        index: int = self._task.index
        return index

    @property
    def round(self) -> int:
        """How often its loop has run it before."""
        round: int = self._task.round
        return round

    def inputs(self) -> list[Input]:
        """What all that it needs gave, and how it ended: also for tasks that always run, after failures."""
        return [
            Input(each.need, each.task, each.state, value_of(each, False),
                  "" if each.state == "succeeded" else each.data.decode("utf-8", "replace"))
            for each in self._task.inputs()]

    @property
    def run(self) -> Run:
        """A handle on the run."""
        run: Run = self._task.open_run()
        return run

    @property
    def artifacts(self) -> Artifacts:
        """The files of the run."""
        local: Optional[Artifacts] = getattr(self._task, "artifacts", None)  # of a run without a server
        return self.run.artifacts if local is None else local

    @overload
    def shared(self, *, type: type[T]) -> State[T]: ...
    @overload
    def shared(self, *, type: Any = ...) -> State[Any]: ...

    def shared(self, *, type: Any = Any) -> State[Any]:
        """The shared state of the run: see `Run.shared`."""
        return self.run.shared(type=type)

    def add(self) -> Additions:
        """Adds nodes to the run: inside `with current_task().add():` tasks of the workflow, when they are called or
        stand in operators, become new nodes of this run. They come into being when the current task is completed, at
        once with that, and what needs it waits for them, too.

            with current_task().add():
                load("a") >> store("a")

        Their names begin with that of the current task: "split/load". They may need any node that does not wait for
        the current task, by its name.
        """
        return Additions(self._job, self._task)

    def __repr__(self) -> str:
        return f"<distcoord.CurrentTask {self.name!r} of run {self.run_id}>"


class Additions(Builder):
    """What a running task adds to its run: see `CurrentTask.add`."""

    def __init__(self, job: Any, task: Any) -> None:
        # The names of nodes have no brackets, and those of one round and item are not those of another.
        name = task.name.replace("[", ".").replace("]", "")
        super().__init__(name, f"{name}~{task.round}/" if task.round else f"{name}/")
        self._job = job
        self._task = task
        self._token: Optional[Token[Optional[Builder]]] = None

    def __enter__(self) -> Self:
        self._token = building.set(self)
        return self

    def __exit__(
        self, kind: Optional[type[BaseException]], value: Optional[BaseException], trace: Optional[TracebackType],
    ) -> None:
        if self._token is not None:
            building.reset(self._token)
        if value is None and len(self):
            add_native = getattr(self._task, "add_builder", None)
            if add_native is not None:  # a run without a server
                add_native(self)
            else:
                self._task.add(self.native({}))
            with_additions.add(self._job)
