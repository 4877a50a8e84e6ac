"""Tasks of workflows: functions, of which a graph may have any number of nodes."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Mapping
from contextvars import ContextVar
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Optional, TypedDict, Union
from weakref import WeakSet

from .._signature import Signature
from ..options import Span, check_names, seconds
from . import perform
from .node import Node, Part

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .._perform import Call
    from ..current import AnyJob
    from .builder import Builder

building: ContextVar[Optional[Builder]] = ContextVar("distcoord_builder", default=None)
"""The additions that are being written by a running task; without any, tasks add nodes to their workflow."""


with_additions: WeakSet[Any] = WeakSet()
"""Jobs of running tasks that have added others."""


class NodeSettings(TypedDict, total=False):
    """Options of a node.

    `name`: in the graph. `needs`: tasks, nodes or names that must have ended before it begins. `always`: run whatever
    became of those, also when the run is being stopped. `retries`: attempts after the first, none if not given.
    `backoff`, `backoff_max`: seconds before the first retry, and the most that they double to. `timeout`: seconds that
    one attempt may take. `requires`: what its worker must have; `capability_timeout`: seconds after which it fails when
    nobody has that. `pool`, `priority`, `delay`, `headers`: as of any task. `concurrency_key`: of one key only so many
    jobs of the queue run at a time as `Queue.set_key_limit` allows. `language`: of its workers.
    """

    name: str
    needs: Iterable[Union[Part, str]]
    always: bool
    retries: int
    backoff: Span
    backoff_max: Span
    timeout: Optional[Span]
    requires: Union[str, Iterable[str]]
    capability_timeout: Optional[Span]
    pool: str
    priority: int
    delay: Span
    headers: Mapping[str, str]
    concurrency_key: str
    language: str


class StepOptions(NodeSettings, total=False):
    """Options of `AppWorkflow.task`: those of a node, and `when`: called with the same arguments as the function; when
    it answers false, the task is skipped. `task`: the name under which workers know the function, "workflow.function"
    if not given. `interrupt`: as for `App.task`.
    """

    when: Callable[..., object]
    task: str
    interrupt: bool


OF_NODES = frozenset(NodeSettings.__annotations__)
OF_STEPS = OF_NODES | {"when", "task", "interrupt"}

_SPANS = frozenset({"backoff", "backoff_max", "timeout", "capability_timeout", "delay"})
_ABOUT_NODES = frozenset({"name", "needs", "always", "language", "when", "task", "interrupt"})


def push_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """Of the options of a node those that its job has, as `Workflow.add_task` takes them."""
    made = {}
    for name, value in options.items():
        if name not in _ABOUT_NODES:
            known = "capabilities" if name == "requires" else name
            made[known] = seconds(value) if name in _SPANS and isinstance(value, timedelta) else value
    return made


class WorkflowTask(Part):
    """A function of a workflow, made by `@workflow.task`.

    By itself it stands for one node of its name. Called, it adds a node with constants for its parameters: the first
    call gives it its own name, "load", the next ones "load-2" and so on, unless `options(name=...)` says another.
    `function` is the function itself.
    """

    _serializer = "json"
    _is_step = True

    def __init__(self, builder: Builder, function: Callable[..., Any], options: StepOptions) -> None:
        check_names(options, OF_STEPS, "a task of a workflow")
        if not callable(function):
            raise TypeError(f"a task is a function, not {type(function).__name__}")
        if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
            raise TypeError(f"{function.__qualname__} is a generator, which gives no result to send")
        name = options.get("name") or getattr(function, "__name__", "")
        if not name or name == "<lambda>":
            raise ValueError("a task without a name needs name=")
        self._builder = builder
        self._node_name = name
        self._task_name = options.get("task") or f"{builder.name}.{name}"
        self._options = options
        self._group = builder.group_now
        self._number = builder.next_number()
        self._function = function
        self._signature = Signature(function, name)
        self._is_coroutine = inspect.iscoroutinefunction(function)
        self._interrupt = bool(options.get("interrupt", False))
        when = options.get("when")
        self._when = None if when is None else Signature(when, f"when of {name}")
        self._gives_list = False
        functools.update_wrapper(self, function)

    @property
    def name(self) -> str:
        """The name of its first node."""
        return self._node_name

    @property
    def task(self) -> str:
        """The name under which workers know it."""
        return self._task_name

    @property
    def function(self) -> Callable[..., Any]:
        """The function itself, to be called here and now."""
        return self._function

    # ------------------------------------------------------------ what workers do with it

    def _call_of(self, job: AnyJob, task: perform.AnyTask, accept_pickle: bool) -> Call:
        """The call that a job stands for; see `call_of_step`."""
        return self, *perform.call_of_step(self, job, task, accept_pickle)

    def _checked(self, value: Any) -> Any:
        """What it returned; see `checked_value`."""
        return perform.checked_value(self, value)

    def _has_added(self, job: object) -> bool:
        """Whether a job must be completed at once and not together with others: the answer says whether what it added
        was accepted."""
        return job in with_additions

    # ------------------------------------------------------------ nodes

    def __call__(self, /, *args: Any, **kwargs: Any) -> Node:
        """Adds a node: its parameters get these constants, JSON as of any task."""
        return Placing(self, {})(*args, **kwargs)

    def map(self, over: Union[Part, Iterable[Any], str], /, *args: Any, **kwargs: Any) -> Node:
        """Adds a map: a task for each item of a list, or of the list that another task returns (that one itself, or the
        name of its node). The item is its first argument, constants come after it."""
        return Placing(self, {}).map(over, *args, **kwargs)

    def options(self, **options: Unpack[NodeSettings]) -> Placing:
        """Its nodes with other options: `load.options(name="load-eu", retries=5)("eu.csv")`."""
        check_names(options, OF_NODES, "a node")
        return Placing(self, options)

    def _heads(self) -> list[Node]:
        return [self._node()]

    _tails = _heads

    def _node(self) -> Node:
        return (building.get() or self._builder).node_of(self)

    def __repr__(self) -> str:
        return f"<distcoord.WorkflowTask {self._task_name!r}>"

    def __reduce__(self) -> Any:
        # By name, as functions: pickle checks that the name stands for this very object.
        return getattr(self, "__qualname__", self._node_name)


class Placing(Part):
    """A task with options for the nodes that it adds."""

    __slots__ = ("_options", "_placed", "_template")

    def __init__(self, template: WorkflowTask, options: NodeSettings) -> None:
        self._template = template
        self._options = options
        self._placed: Optional[Node] = None

    def __call__(self, /, *args: Any, **kwargs: Any) -> Node:
        """See `WorkflowTask`."""
        builder = building.get() or self._template._builder
        node = builder.place(self._template, "task", self._options)
        node.args, node.kwargs = args, kwargs
        return node

    def map(self, over: Union[Part, Iterable[Any], str], /, *args: Any, **kwargs: Any) -> Node:
        """See `WorkflowTask.map`."""
        builder = building.get() or self._template._builder
        source: Union[Node, str, None] = None
        items: Optional[list[Any]] = None
        if isinstance(over, str):
            source = builder.named(over) or over
        elif isinstance(over, Part):
            tails = over._tails()
            if len(tails) != 1 or tails[0].kind != "task":
                raise ValueError("a map takes the list that one task returns; this is several, or a group or map")
            source = tails[0]
            if source.template is not None:
                source.template._gives_list = True
        else:
            items = list(over)
        node = builder.place(self._template, "map", self._options)
        node.args, node.kwargs, node.source, node.items = args, kwargs, source, items
        return node

    def _heads(self) -> list[Node]:
        if self._placed is None:
            self._placed = self()
        return [self._placed]

    _tails = _heads
