"""Workflows of an app."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Optional, Union, overload

from ..options import check_names
from .builder import Builder
from .results import TypedResults
from .template import OF_STEPS, WorkflowTask

if TYPE_CHECKING:
    from typing_extensions import Literal, Self, Unpack

    from ...queues.queue import Queue
    from ...workflows._progress import Progress
    from ...workflows.run import Run
    from ...workflows.workflow import Policy, Workflow
    from ..application import App
    from .aio import AioWorkflow
    from .local import Foreign, LocalRun
    from .node import Group, Node, Part
    from .template import NodeSettings, StepOptions


class AppWorkflow:
    """A graph of functions. Made by `App.workflow`.

        with app.workflow("etl") as etl:
            @etl.task(retries=2)
            def extract(path: str) -> list[int]: ...

            @etl.task
            def total(extract: list[int]) -> int: ...

            extract >> total

        run = etl.start(arguments={"path": "a.csv"})
        print(run["total"])                         # a worker: python -m distcoord worker images:app

    A parameter that is named like a task which is needed gets its result; the results that are left go, in the order
    of the needs, to the parameters without a default that are left. A group or a map gives the list of the results of
    those of its tasks that succeeded; a task that was skipped, or failed, gives None.
    """

    def __init__(self, app: App, name: str, queue: Optional[str]) -> None:
        self._app = app
        self._queue_name = queue
        self._builder = Builder(name)

    @property
    def name(self) -> str:
        """Its name."""
        return self._builder.name

    @property
    def queue(self) -> Queue:
        """The queue on which it runs."""
        return self._app.queue(self._queue_name)

    # ------------------------------------------------------------ writing

    @overload
    def task(self, function: Callable[..., Any], /) -> WorkflowTask: ...
    @overload
    def task(self, **options: Unpack[StepOptions]) -> Callable[[Callable[..., Any]], WorkflowTask]: ...

    def task(  # type: ignore[misc]
        self, function: Optional[Callable[..., Any]] = None, /, **options: Unpack[StepOptions]) -> Any:
        """Makes a function, or a coroutine function, a task of the workflow: `@etl.task` or `@etl.task(retries=2)`. See
        StepOptions for what there is. A task of the app may be given, too: `etl.task(resize)`."""
        check_names(options, OF_STEPS, "a task of a workflow")
        if function is None:
            return lambda decorated: self._declare(decorated, options)
        return self._declare(function, options)

    def _declare(self, function: Callable[..., Any], options: StepOptions) -> WorkflowTask:
        plain = getattr(function, "_function", function)  # of a task of the app
        step = WorkflowTask(self._builder, plain, options)
        self._app._know(step)
        self._builder.declare(step)
        return step

    def group(
        self, name: str, *, policy: Policy = "all", at_least: Optional[int] = None,
        needs: Iterable[Union[Part, str]] = (), always: bool = False,
    ) -> Group:
        """Adds a group: `with etl.group("checks", at_least=2):`; what is added inside belongs to it. See
        `Builder.group`."""
        return self._builder.group(name, policy=policy, at_least=at_least, needs=needs, always=always)

    def policy(self, node: Union[Part, str], policy: Policy = "all", at_least: Optional[int] = None) -> None:
        """Says when a map has succeeded: when none of its tasks ended badly ("all"), always ("best_effort"), or when
        `at_least` so many succeeded."""
        self._builder.policy(node, policy, at_least)

    def foreign(
        self, name: str, /, arguments: Any = None, *, over: Union[Part, Iterable[Any], str, None] = None,
        task: Optional[str] = None, **options: Unpack[NodeSettings],
    ) -> Node:
        """Adds a task that other programs do: `etl.foreign("resize", {"width": 640}, language="c", needs=[extract])`.

        `arguments`: what its worker is given, JSON, or bytes as they are. `over`: makes it a map, over a list or over
        what another task returns. `task`: the name under which workers know it, the node's if not given.
        """
        return self._builder.foreign(name, arguments, over=over, task=task, **options)

    def loop(self, first: Union[Part, str], last: Union[Part, str], at_most: int) -> None:
        """Lets the nodes from `first` to `last`, which may be the same, run again, `at_most` so many rounds in all:
        when the task `last` returns or raises `distcoord.again(value)`, `first` is called with `value` as its first
        argument, in place of what that was."""
        self._builder.loop(first, last, at_most)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: Optional[type[BaseException]], value: Optional[BaseException], trace: Optional[TracebackType],
    ) -> None:
        if value is None:
            self.validate()

    # ------------------------------------------------------------ looking at it

    def validate(self) -> None:
        """Checks the graph: unknown names, needs in a circle, nodes that could never begin, loops that cross. Raises
        InvalidArgument, which names all that was found, with paths. The end of a `with` block checks, and starting
        does; that also checks that each parameter is given something."""
        self._builder.native({}, checked=False).validate()

    def check_capabilities(self) -> None:
        """Checks that workers that were heard of in the last minute have what the tasks require. Raises
        NoSuchWorker."""
        self._builder.native({}, checked=False).check_capabilities(self.queue)

    def graph(self, form: Literal["mermaid", "dot", "text"] = "text") -> str:
        """The graph as text: for Mermaid, for Graphviz, or for people."""
        from .drawing import drawn

        return drawn(self._builder, form)

    @property
    def tasks(self) -> list[str]:
        """The names of its nodes, in the order in which they were declared."""
        return [node.name for node in self._builder.nodes()]

    def native(self, arguments: Optional[Mapping[str, Any]] = None) -> Workflow:
        """The graph as the library has it, for `Queue.start` and `Client.join_run`."""
        return self._builder.native(arguments or {})

    # ------------------------------------------------------------ running

    def start(
        self, run_id: Optional[str] = None, arguments: Optional[Mapping[str, Any]] = None, *,
        retention: Optional[float] = None, fail_fast: bool = False, join: bool = False,
    ) -> Run:
        """Starts a run, which workers of the app do: `python -m distcoord worker module:app`.

        `arguments`: given to all tasks that have parameters of these names which nothing else gives. `run_id`,
        `retention`, `fail_fast`, `join`: as for `Queue.start`. Raises InvalidArgument for what is wrong with the graph
        or its parameters, NotSerializable, RunExists, Conflict, ServerErrors: nothing was started then.
        """
        from ...workflows.workflow import start

        native = self.native(arguments)
        return start(self.queue, native, run_id, retention, fail_fast, join, self._results())

    def run(
        self, run_id: Optional[str] = None, arguments: Optional[Mapping[str, Any]] = None, *,
        timeout: Optional[float] = -1, progress: Progress = None, check: bool = True,
        fail_fast: bool = False,
    ) -> Run:
        """Starts a run and waits for its end, at most `timeout` seconds: -1 (or None) for ever.

        With `check` raises WorkflowFailed, naming the tasks that failed with their errors, when it did not succeed.
        `progress`: see `Run.wait`. Raises RunTimeout, and like `start`.
        """
        run = self.start(run_id, arguments, fail_fast=fail_fast)
        summary = run.wait(timeout, progress)
        if check:
            run.raise_if_failed(summary)
        return run

    def open_run(self, run_id: str) -> Run:
        """A handle on a run of this workflow by its id; nothing is sent."""
        from ...workflows.run import Run

        return Run(self.queue, run_id, self._results())

    def run_local(
        self, arguments: Optional[Mapping[str, Any]] = None, *, foreign: Optional[Foreign] = None, check: bool = True,
        fail_fast: bool = False,
    ) -> LocalRun:
        """Does the whole graph in this process, without a server: for tests, and for small runs. It comes to the same
        end as a run on a server; tasks run one after the other. `foreign`: functions that stand in for tasks of other
        programs, by task name, called with the job. Raises like `run`."""
        from .local import LocalRun

        run = LocalRun(self, arguments or {}, foreign or {}, fail_fast)
        if check:
            run.raise_if_failed()
        return run

    @property
    def aio(self) -> AioWorkflow:
        """The same methods for coroutines: `await etl.aio.run()`."""
        from .aio import AioWorkflow

        return AioWorkflow(self)

    def _results(self) -> TypedResults:
        return TypedResults(self._app.accept_pickle, self._builder)

    def __repr__(self) -> str:
        return f"<distcoord.AppWorkflow {self.name!r} {len(self._builder)} nodes>"
