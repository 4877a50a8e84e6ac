"""Pipelines: modules with what they depend on, done by all instances of a program together."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Optional, TypedDict, Union, overload

from ..app.application import App
from ..app.flows.template import WorkflowTask
from ..app.options import Span, check_names
from ..workflows.instance import Instance, InstanceOptions

if TYPE_CHECKING:
    from typing_extensions import Literal, Unpack

    from ..app.flows.local import Foreign, LocalRun
    from ..app.flows.node import Group, Node, Part
    from ..app.flows.template import NodeSettings
    from ..client import Client
    from ..workflows.run import Run
    from ..workflows.summary import RunSummary, TaskInfo
    from ..workflows.workflow import Policy


class ModuleOptions(TypedDict, total=False):
    """Options of `Pipeline.module`.

    `depends_on`: modules, or names of some, that must have ended before. `requires`: what the instance must have that
    does it; the operating system's name ("linux") is always there. `retries`: attempts after the first, none if not
    given. `timeout`: seconds that one attempt may take. `skip_when`: true, or a function that takes what it wants of
    what the module is given and answers whether to skip it; what depends on skipped modules alone is skipped, too.
    `always`: do it whatever became of those that it depends on, also when the run is being stopped. `category`: a word
    for the table. `name`: the function's if not given. `capability_timeout`: seconds after which it fails when no
    instance has what it requires. `backoff`, `priority`, `interrupt`: as for tasks; modules are interrupted unless
    they say otherwise. `over`: makes it a module for each item of a list, or of what another module returns.
    """

    depends_on: Iterable[Union[Part, str]]
    requires: Union[str, Iterable[str]]
    retries: int
    timeout: Optional[Span]
    skip_when: Union[bool, Callable[..., object]]
    always: bool
    category: str
    name: str
    capability_timeout: Optional[Span]
    backoff: Span
    priority: int
    interrupt: bool
    over: Union[Part, Iterable[Any], str]


_OF_MODULES = frozenset(ModuleOptions.__annotations__)


class PipelineResult(NamedTuple):
    """How a distributed run ended, for the instance that asks."""

    summary: RunSummary
    """How the run ended."""
    tasks: tuple[TaskInfo, ...]
    """Its modules."""
    instances: Mapping[str, int]
    """The index of each instance that was seen, by the identity of its client (`TaskInfo.worker`)."""
    signal: int
    """The signal that had this instance stop the run; 0 for none."""

    @property
    def succeeded(self) -> bool:
        """Whether the run has succeeded."""
        return self.summary.state == "succeeded"

    @property
    def status(self) -> int:
        """The exit status that says so: 0 when it has succeeded, 1 when it has failed, 130 when it was stopped; 143
        when SIGTERM had this instance do that."""
        if self.summary.state == "cancelled":
            return 128 + (self.signal or 2)
        return 0 if self.succeeded else 1


class Pipeline:
    """Modules of one program that are done by several instances of it. See the package `distcoord.pipelines`.

    A parameter of a module that is named like one that it depends on gets its result; results are JSON, as of tasks.
    """

    def __init__(
        self, name: str, url: Optional[str] = None, namespace: Optional[str] = None, *,
        client: Optional[Client] = None, fail_fast: bool = False, **connection: Any,
    ) -> None:
        """`url`, `namespace`, `client`, `connection`: as for `App`; nothing is connected before it runs. `fail_fast`:
        whether the run is stopped when a module fails."""
        self._app = App(url, namespace, client=client, **connection)
        self._workflow = self._app.workflow(name)
        self._fail_fast = fail_fast
        self._categories: dict[str, str] = {}

    @property
    def name(self) -> str:
        """Its name."""
        return self._workflow.name

    # ------------------------------------------------------------ declaring

    @overload
    def module(self, function: Callable[..., Any], /) -> WorkflowTask: ...
    @overload
    def module(self, **options: Unpack[ModuleOptions]) -> Callable[[Callable[..., Any]], WorkflowTask]: ...

    def module(  # type: ignore[misc]
        self, function: Optional[Callable[..., Any]] = None, /, **options: Unpack[ModuleOptions]) -> Any:
        """Makes a function, or a coroutine function, a module: `@pipeline.module` or
        `@pipeline.module(depends_on=[restore])`. See ModuleOptions for what there is."""
        check_names(options, _OF_MODULES, "a module")
        if function is None:
            return lambda decorated: self._declare(decorated, options)
        return self._declare(function, options)

    def _declare(self, function: Callable[..., Any], given: ModuleOptions) -> WorkflowTask:
        options: dict[str, Any] = dict(given)
        options["needs"] = options.pop("depends_on", ())
        options.setdefault("interrupt", True)
        category = options.pop("category", "")
        over = options.pop("over", None)
        skip_when = options.pop("skip_when", False)
        if skip_when is not False:
            options["when"] = _unless(skip_when)
        made = self._workflow.task(**options)(function)
        if over is not None:
            made.map(over)
        if category:
            self._categories[made.name] = category
        return made

    def group(
        self, name: str, *, policy: Policy = "all", at_least: Optional[int] = None,
        needs: Iterable[Union[Part, str]] = (), always: bool = False,
    ) -> Group:
        """Adds a group of modules: see `AppWorkflow.group`."""
        return self._workflow.group(name, policy=policy, at_least=at_least, needs=needs, always=always)

    def foreign(self, name: str, /, arguments: Any = None, **options: Unpack[NodeSettings]) -> Node:
        """Adds a module that instances in other languages do: see `AppWorkflow.foreign`."""
        return self._workflow.foreign(name, arguments, **options)

    def validate(self) -> None:
        """Checks the graph: see `AppWorkflow.validate`."""
        self._workflow.validate()

    def graph(self, form: Literal["mermaid", "dot", "text"] = "text") -> str:
        """The graph as text: see `AppWorkflow.graph`."""
        return self._workflow.graph(form)

    # ------------------------------------------------------------ running

    def run(
        self, identity: Optional[str] = None, *, index: Optional[int] = None, total: Optional[int] = None,
        threads: int = 1, capabilities: Union[str, Iterable[str], None] = None,
        arguments: Optional[Mapping[str, Any]] = None, lease: float = 10.0, expiry: float = 3600.0,
        prefix: Optional[str] = None, with_attempt: bool = False, index_variable: Optional[str] = None,
        total_variable: Optional[str] = None, progress: bool = True, signals: bool = False,
        on_join: Optional[Callable[[Instance], object]] = None,
    ) -> PipelineResult:
        """Takes part in the run until it has ended: joins it, and does the modules that this instance can, `threads` at
        a time. Every instance calls this; the first to be there starts the run, and any may come late, or die.

        `arguments`: given to all modules that have parameters of these names which nothing else gives; the same in all
        instances. `progress`: whether stderr is told how the run goes, and the table of all modules at the end.
        `signals`: whether SIGINT and SIGTERM stop the run everywhere, at the second at once; then this must be called
        on the main thread. Without it a KeyboardInterrupt does so, and goes on. `on_join`: called once it has joined.
        The others: as for `Client.join_run`. Raises like that; RunLost, and ServerErrors that do not pass.
        """
        from .taking_part import TakingPart

        native = self._workflow.native(arguments)
        if self._workflow._builder.knows_languages():
            from ..app.application import with_language

            capabilities = with_language(capabilities)
        instance = Instance(self._app.client, native, InstanceOptions(
            identity, with_attempt, prefix, index, total, index_variable, total_variable, capabilities, lease, expiry,
            self._fail_fast), self._workflow._results())
        with instance:
            if on_join is not None:
                on_join(instance)
            return TakingPart(self, instance, threads, progress).until_the_end(signals)

    def open_run(self, identity: str, prefix: str = "run:") -> Run:
        """A handle on a run by its identity, for who looks at it from outside; nothing is sent."""
        from ..workflows.run import Run

        return Run(self._app.queue(prefix + identity), identity, self._workflow._results())

    def run_local(
        self, arguments: Optional[Mapping[str, Any]] = None, *, foreign: Optional[Foreign] = None, check: bool = True,
    ) -> LocalRun:
        """Does all modules in this process, without a server: see `AppWorkflow.run_local`."""
        return self._workflow.run_local(arguments, foreign=foreign, check=check, fail_fast=self._fail_fast)

    def main(self, arguments: Optional[Sequence[str]] = None) -> int:
        """The program's main function: reads options (`--help` names them), takes part in the run, and answers the exit
        status: `sys.exit(pipeline.main())`."""
        from .command import main

        return main(self, sys.argv[1:] if arguments is None else arguments)

    def __repr__(self) -> str:
        return f"<distcoord.Pipeline {self.name!r} {len(self._workflow.tasks)} modules>"


def _unless(skip_when: Union[bool, Callable[..., object]]) -> Callable[..., object]:
    """The condition for running that belongs to one for skipping."""
    if not callable(skip_when):
        answer = not skip_when
        return lambda: answer
    condition = skip_when

    @functools.wraps(condition)
    def runs(*args: Any, **kwargs: Any) -> bool:
        return not condition(*args, **kwargs)

    return runs
