"""What a graph is written into: a workflow, or the additions of a running task."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import count
from typing import TYPE_CHECKING, Any, Optional, Union

from ...errors import invalid
from .. import _json, _payload
from ..options import check_names
from .binding import Given, accepts, bound, names_of
from .node import Group, Node, Part, name_of, part_of
from .template import OF_NODES, NodeSettings, WorkflowTask, push_options

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ...workflows.workflow import Policy, Workflow


class Loop:
    """A part of a graph that may run again."""

    __slots__ = ("at_most", "first", "last")

    def __init__(self, first: Node, last: Node, at_most: int) -> None:
        self.first = first
        self.last = last
        self.at_most = at_most


class Builder:
    """Nodes of a graph and what is between them."""

    def __init__(self, name: str, prefix: str = "") -> None:
        self.name = name
        self.loops: list[Loop] = []
        self.group_now: Optional[Group] = None
        self._prefix = prefix
        self._numbers = count()
        self._nodes: dict[str, Node] = {}
        self._templates: dict[WorkflowTask, list[Node]] = {}

    # ------------------------------------------------------------ writing

    def next_number(self) -> int:
        """A place in the order of what is declared."""
        return next(self._numbers)

    def declare(self, template: WorkflowTask) -> None:
        """Has a task of its own: it gets a node in any case."""
        self._templates.setdefault(template, [])

    def place(self, template: WorkflowTask, kind: str, options: NodeSettings) -> Node:
        """Adds a node of a task."""
        nodes = self._templates.setdefault(template, [])
        is_own = template._builder is self
        merged: dict[str, Any] = {**template._options, **options}
        name = options.get("name") or self._free_name(self._prefix + template._node_name)
        number = template._number if is_own and not nodes else self.next_number()
        group = self.group_now or (template._group if is_own else None)
        node = self._add(Node(self, name, kind, number, group, template, merged))
        nodes.append(node)
        self._describe(node, merged)
        return node

    def node_of(self, template: WorkflowTask) -> Node:
        """The node that a task stands for by itself."""
        nodes = self._templates.get(template) or []
        if len(nodes) > 1:
            names = ", ".join(node.name for node in nodes)
            raise ValueError(
                f"the graph has several nodes of {template._node_name}: {names}; use what its calls returned")
        return nodes[0] if nodes else self.place(template, "task", {})

    def group(
        self, name: str, *, policy: Policy = "all", at_least: Optional[int] = None,
        needs: Iterable[Union[Part, str]] = (), always: bool = False,
    ) -> Group:
        """Adds a group; what is added inside `with` it belongs to it, other groups too.

        It has succeeded when none of its members ended badly ("all"), always ("best_effort"), or when `at_least` so
        many of them succeeded. Who needs it is given the list of what its members gave.
        """
        from ...workflows.workflow import policy_of

        policy_of(policy, at_least)  # said here, where it is wrong
        node = Group(self, self._prefix + name, "group", self.next_number(), self.group_now)
        node.policy, node.at_least = policy, at_least
        self._add(node)
        self._describe(node, {"needs": needs, "always": always})
        return node

    def policy(self, node: Union[Part, str], policy: Policy = "all", at_least: Optional[int] = None) -> None:
        """Says when a map, or a group, has succeeded: see `group`."""
        from ...workflows.workflow import policy_of

        policy_of(policy, at_least)
        found = self._one(node)
        found.policy, found.at_least = policy, at_least

    def foreign(
        self, name: str, /, arguments: Any = None, *, over: Union[Part, Iterable[Any], str, None] = None,
        task: Optional[str] = None, **options: Unpack[NodeSettings],
    ) -> Node:
        """Adds a task that other programs do, in whatever `language`. `arguments`: what its worker is given, JSON, or
        bytes as they are. `over`: makes it a map over a list, or over what another task returns. `task`: the name under
        which workers know it, the node's if not given."""
        check_names(options, OF_NODES - {"name"}, "a foreign task")
        merged: dict[str, Any] = dict(options)
        merged["task"] = task or name
        node = Node(self, self._prefix + name, "task" if over is None else "map", self.next_number(), self.group_now,
                    None, merged)
        if isinstance(over, str):
            node.source = self.named(over) or over
        elif isinstance(over, Part):
            node.source = self._one(over)
        elif over is not None:
            node.items = list(over)
        node.arguments = (
            b"" if arguments is None else arguments if isinstance(arguments, bytes)
            else _json.encode(arguments, f"arguments of {name}"))
        self._add(node)
        self._describe(node, merged)
        return node

    def loop(self, first: Union[Part, str], last: Union[Part, str], at_most: int) -> None:
        """Lets the nodes from `first` to `last`, which may be the same, run again: when the task `last` returns or
        raises `distcoord.again(value)`, all of them run once more, `first` with `value` as its first argument.
        `at_most` so many rounds in all."""
        self.loops.append(Loop(self._one(first), self._one(last), at_most))

    def _add(self, node: Node) -> Node:
        if node.name in self._nodes:
            raise ValueError(f"the graph has a node {node.name!r} already; give one of them name=")
        self._nodes[node.name] = node
        return node

    def _describe(self, node: Node, options: Mapping[str, Any]) -> None:
        needs = options.get("needs") or ()
        if isinstance(needs, (str, Part)):
            needs = [needs]
        node.need(*(each if isinstance(each, str) else part_of(each) for each in needs))
        node.always = bool(options.get("always", False))
        node.language = options.get("language") or ""

    def _free_name(self, wanted: str) -> str:
        if wanted not in self._nodes:
            return wanted
        return next(name for number in count(2) if (name := f"{wanted}-{number}") not in self._nodes)

    def _one(self, part: Union[Part, str]) -> Node:
        if isinstance(part, str):
            found = self.named(part)
            if found is None:
                raise ValueError(f"the graph has no node {part!r}")
            return found
        tails = part_of(part)._tails()
        if len(tails) != 1:
            raise ValueError(f"{part!r} is several nodes, and this takes one")
        return tails[0]

    # ------------------------------------------------------------ groups that are open

    def enter(self, group: Group) -> Optional[Group]:
        """What is added from now on belongs to the group; answers to which it belonged before."""
        before, self.group_now = self.group_now, group
        return before

    def leave(self, before: Optional[Group]) -> None:
        """The end of `enter`."""
        self.group_now = before

    # ------------------------------------------------------------ reading

    def named(self, name: str) -> Optional[Node]:
        """The node of that name, or, in additions, of that name with their prefix."""
        return self._nodes.get(name) or self._nodes.get(self._prefix + name)

    def nodes(self) -> list[Node]:
        """All nodes, in the order in which they were declared."""
        for template, placed in list(self._templates.items()):
            if not placed:
                self.place(template, "task", {})
        return sorted(self._nodes.values(), key=lambda node: node.number)

    def knows_languages(self) -> bool:
        """Whether tasks of several languages are in it, so that those of Python have to say that they are."""
        return any(node.language for node in self._nodes.values())

    def given_to(self, node: Node, arguments: Mapping[str, Any]) -> Given:
        """The constants of a node: what its call gave, and of the arguments of the run those that it has parameters
        for."""
        assert node.template is not None
        signature = node.template._signature.signature
        needs = node.needed_names()
        taken = {name for needed in needs for name in names_of(needed)} | set(node.kwargs)
        parameters = list(signature.parameters)
        places = len(node.args) + (node.kind == "map")
        own = {
            name: value for name, value in arguments.items()
            if name not in taken and accepts(signature, name) and parameters.index(name) >= places}
        return Given(
            node.args, {**node.kwargs, **own}, tuple((name, None) for name in needs if name != name_of(
                node.source or "")), (None,) if node.kind == "map" else None)

    def check_parameters(self, arguments: Mapping[str, Any]) -> None:
        """Raises InvalidArgument for parameters of tasks that nothing gives, and for arguments that nothing takes."""
        problems, taken = [], set()
        for node in self.nodes():
            if node.template is None:
                continue
            given = self.given_to(node, arguments)
            taken |= set(given.kwargs)
            try:
                bound(f"task {node.name!r}", node.template._signature.signature, given)
            except TypeError as error:
                problems.append(str(error))
        problems += [f"no task has a parameter {name!r} for the argument" for name in arguments if name not in taken]
        if problems:
            raise invalid("\n".join(problems))

    # ------------------------------------------------------------ for the library

    def native(self, arguments: Mapping[str, Any], checked: bool = True) -> Workflow:
        """The graph as the library has it. `checked`: whether each parameter must be given something. Raises
        InvalidArgument, NotSerializable."""
        from ...workflows.workflow import Workflow

        nodes = self.nodes()
        if checked:
            self.check_parameters(arguments)
        language = "python" if self.knows_languages() else ""
        made = Workflow(self.name)
        for node in nodes:
            self._write(made, node, arguments, language)
        for loop in self.loops:
            made.add_loop(loop.first.name, loop.last.name, loop.at_most)
        return made

    def _write(self, made: Workflow, node: Node, arguments: Mapping[str, Any], language: str) -> None:
        group = None if node.group is None else node.group.name
        policy: Any = node.policy
        common: dict[str, Any] = {"group": group, "needs": node.needed_names(), "always": node.always}
        if node.kind == "group":
            made.add_group(node.name, policy=policy, at_least=node.at_least, **common)
            return
        options = push_options(node.options)
        if node.template is None:
            data = node.arguments or b""
            options["task"] = node.options["task"]
        else:
            given = self.given_to(node, arguments)
            data = written_call(given)
            options["task"] = node.template._task_name
            options["content_type"] = _payload.JSON
        common["language"] = node.language or ("" if node.template is None else language)
        if node.kind == "task":
            made.add_task(node.name, data, **common, **options)
            return
        items = None if node.items is None else _json.encode(node.items, f"items of {node.name}")
        made.add_map(
            node.name, items, data, source=None if node.source is None else name_of(node.source), policy=policy,
            at_least=node.at_least, **common, **options)

    def __iter__(self) -> Iterator[Node]:
        return iter(self.nodes())

    def __len__(self) -> int:
        return len(self.nodes())

    def __bool__(self) -> bool:
        return True  # also without nodes


def written_call(given: Given) -> bytes:
    """The payload of a node's tasks: a call with the constants."""
    return _payload.write_call("json", given.args, dict(given.kwargs))
