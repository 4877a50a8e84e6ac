"""How nodes of a graph wait for each other, begin and end: what the server does, for runs in this process."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Optional

from ...errors import NotReadable, invalid
from ...workflows.task import TaskInput
from .. import _json
from .builder import Builder, written_call
from .node import Node, name_of

if TYPE_CHECKING:
    from .template import WorkflowTask

BAD = frozenset({"failed", "cancelled", "blocked"})
"""States in which a node has ended badly."""
_WELL = frozenset({"succeeded", "skipped"})
_MOST_ITEMS = 100_000
_STOPPED = "the run was stopped"


class LocalNode:
    """A node of a run."""

    def __init__(
        self, name: str, kind: str, number: int, group: Optional[LocalNode], model: Optional[Node] = None,
    ) -> None:
        self.name = name
        self.kind = kind
        self.number = number
        self.group = group
        self.model = model
        self.needs: list[str] = []
        self.members: list[LocalNode] = []
        self.left = 0
        """Members that have not ended."""
        self.always = False
        self.policy, self.at_least = "all", None if model is None else model.at_least
        self.step: Optional[WorkflowTask] = None
        self.payload = b""
        self.item: Optional[bytes] = None
        self.index = -1
        self.state = "waiting"
        self.reset()
        self.round = 0
        self.again: Optional[bytes] = None

    def reset(self) -> None:
        """As it was before it began."""
        if self.ended and self.group is not None:
            self.group.left += 1
        self.state = "waiting"
        self.own_work_done = False
        self.data = b""
        self.error = self.error_type = self.message = self.trace = ""
        self.attempts = 0

    @property
    def ended(self) -> bool:
        """Whether it has ended."""
        return self.state in BAD or self.state in _WELL


class Graph:
    """The nodes of a run, and what the end of each means for the others."""

    def __init__(self, builder: Builder, arguments: Mapping[str, Any]) -> None:
        self.nodes: dict[str, LocalNode] = {}
        self.top: list[LocalNode] = []
        self._dependents: dict[str, list[LocalNode]] = {}
        self._loops: dict[str, tuple[str, int]] = {}
        self._stopping = False
        self._news: deque[LocalNode] = deque()
        self._is_telling = False
        self._make_ready: Callable[[LocalNode], None] = lambda node: None
        builder.check_parameters(arguments)
        self._take(builder, arguments, None)
        check_circles(self.nodes)

    def _take(self, builder: Builder, arguments: Mapping[str, Any], owner: Optional[LocalNode]) -> list[LocalNode]:
        taken = []
        for model in builder.nodes():
            if model.name in self.nodes:
                raise invalid(f"the run has a node {model.name!r} already")
            group = owner if model.group is None else self.nodes[model.group.name]
            node = LocalNode(model.name, model.kind, len(self.nodes), group, model)
            node.needs = model.needed_names()
            node.always, node.policy, node.step = model.always, model.policy, model.template
            if model.template is not None:
                node.payload = written_call(builder.given_to(model, arguments))
            elif model.arguments is not None:
                node.payload = model.arguments
            self._enter(node)
            taken.append(node)
        for node in taken:
            for need in node.needs:
                if need not in self.nodes or "[" in need:  # items are needed with their map alone
                    raise invalid(f"{node.name} needs {need!r}, which is not there")
                self._dependents.setdefault(need, []).append(node)
        for loop in builder.loops:
            self._loops[loop.last.name] = (loop.first.name, loop.at_most)
        return taken

    def _enter(self, node: LocalNode) -> None:
        self.nodes[node.name] = node
        if node.group is None:
            self.top.append(node)
        else:
            node.group.members.append(node)
            node.group.left += 1

    def begin(self, make_ready: Callable[[LocalNode], None]) -> None:
        """Begins what needs nothing."""
        self._make_ready = make_ready
        for node in list(self.top):
            self._look_at(node)

    # ------------------------------------------------------------ beginning

    def _look_at(self, node: LocalNode) -> None:
        """Begins a node that waits, or ends it, if it waits for nothing more."""
        if node.state != "waiting" or not self._may_begin(node.group):
            return
        states = [self.nodes[need].state for need in node.needs]
        if any(state not in BAD and state not in _WELL for state in states):
            return
        if self._stopping and not node.always:
            self.end(node, "cancelled", error=_STOPPED)
        elif node.always or not states:
            self._begin(node)
        elif any(state in BAD for state in states):
            self.end(node, "blocked", error="something that it needs did not succeed")
        elif "succeeded" in states:
            self._begin(node)
        else:
            self.end(node, "skipped", error="all that it needs was skipped")

    def _may_begin(self, group: Optional[LocalNode]) -> bool:
        return group is None or group.state == "running"

    def _begin(self, node: LocalNode) -> None:
        if node.kind in ("task", "item"):
            node.state = "ready"
            self._make_ready(node)
            return
        if node.kind == "map" and not self._expand(node):
            return
        node.state = "running"
        node.own_work_done = True
        for member in list(node.members):
            self._look_at(member)
        self._look_at_end(node)

    def _expand(self, node: LocalNode) -> bool:
        """Makes the items of a map; false when it has failed."""
        model = node.model
        assert model is not None
        try:
            if model.items is not None:
                items = [_json.encode(item, "item") for item in model.items]
            else:
                value = _json.decode(self.nodes[name_of(model.source or "")].data, "list")
                if not isinstance(value, list) or len(value) > _MOST_ITEMS:
                    raise _json.unreadable("list", "it is no list")
                items = [_json.encode(item, "item") for item in value]
        except NotReadable:
            self.end(node, "failed", error=f"its list is not a JSON array of at most {_MOST_ITEMS} items")
            return False
        for index, item in enumerate(items):
            made = LocalNode(f"{node.name}[{index}]", "item", node.number, node, model)
            made.step, made.payload, made.item, made.index = node.step, node.payload, item, index
            made.round = node.round
            self._enter(made)
        return True

    # ------------------------------------------------------------ ending

    def complete(self, node: LocalNode, data: bytes) -> None:
        """Its own work is done; it ends when what it has added has."""
        node.data, node.own_work_done, node.state = data, True, "running"
        for member in list(node.members):
            self._look_at(member)
        self._look_at_end(node)

    def end(self, node: LocalNode, state: str, error: str = "") -> None:
        """A node has ended."""
        node.state, node.error = state, error
        if node.group is not None:
            node.group.left -= 1
        if state in ("blocked", "skipped", "cancelled"):
            for member in node.members:  # of a group that never began
                if not member.ended:
                    self.end(member, state, error if state == "cancelled" else "its group did not begin")
        # What follows from it comes after what is under way: long chains of blocked nodes would be as many calls deep.
        self._news.append(node)
        if self._is_telling:
            return
        self._is_telling = True
        try:
            while self._news:
                self._tell(self._news.popleft())
        finally:
            self._is_telling = False

    def _tell(self, node: LocalNode) -> None:
        """Looks at those that waited for a node which has ended."""
        for dependent in list(self._dependents.get(node.name, ())):
            self._look_at(dependent)
        if node.group is not None:
            self._look_at_end(node.group)

    def _look_at_end(self, node: LocalNode) -> None:
        if node.state != "running" or not node.own_work_done or node.left:
            return
        states = [member.state for member in node.members]
        bad = sum(state in BAD for state in states)
        if node.kind in ("task", "item"):
            self.end(node, "failed" if bad else "succeeded", f"{bad} of its members did not succeed" if bad else "")
        elif node.policy == "best_effort":
            self.end(node, "succeeded")
        elif node.at_least is not None:
            good = states.count("succeeded")
            met = good >= node.at_least
            self.end(
                node, "succeeded" if met else "failed",
                "" if met else f"{good} of its members succeeded, {node.at_least} were to")
        elif bad:
            self.end(node, "failed", f"{bad} of its members did not succeed")
        elif states and all(state == "skipped" for state in states):
            self.end(node, "skipped", "all of its members were skipped")
        else:
            self.end(node, "succeeded")

    # ------------------------------------------------------------ loops, additions, stopping

    def repeat(self, last: LocalNode, data: bytes) -> bool:
        """Begins another round of the loop that ends with a node; false when there is none."""
        first_name, at_most = self._loops.get(last.name, ("", 0))
        if last.round + 1 >= at_most or self._stopping:
            return False
        round = last.round + 1
        body = self._body(first_name, last)
        for node in body:
            self._again(node, round)
        self.nodes[first_name].again = data
        for node in body:  # a group may begin at once, and its members wait
            self._look_at(node)
        return True

    def _body(self, first: str, last: LocalNode) -> list[LocalNode]:
        """The nodes of its level on ways from the first to the last; ways lead through members of groups, too."""
        level = {node.name: node for node in (self.top if last.group is None else last.group.members)}
        needs = {name: self._needs_within(node) & level.keys() for name, node in level.items()}
        needed_by: dict[str, set[str]] = {}
        for name, others in needs.items():
            for other in others:
                needed_by.setdefault(other, set()).add(name)
        between = _reached(first, needed_by) & _reached(last.name, needs)
        return [node for name, node in level.items() if name in between]

    def _needs_within(self, node: LocalNode) -> set[str]:
        """What a node and its members need, and the groups that are around that."""
        found: set[str] = set()
        for need in node.needs:
            around: Optional[LocalNode] = self.nodes[need]
            while around is not None:
                found.add(around.name)
                around = around.group
        for member in node.members:
            found |= self._needs_within(member)
        return found - {node.name}

    def _again(self, node: LocalNode, round: int) -> None:
        node.reset()
        node.round = round
        for member in list(node.members):
            if member.kind == "item" or node.kind in ("task", "item"):
                self._forget(member)
            else:
                self._again(member, round)

    def _forget(self, node: LocalNode) -> None:
        for member in list(node.members):
            self._forget(member)
        del self.nodes[node.name]
        if node.group is not None:
            node.group.members.remove(node)
            node.group.left -= not node.ended
        for dependents in self._dependents.values():
            if node in dependents:
                dependents.remove(node)

    def add(self, owner: LocalNode, additions: Builder) -> None:
        """Takes over what a task has added."""
        self._take(additions, {}, owner)

    def stop(self) -> None:
        """Cancels what has not begun, but for what always runs."""
        self._stopping = True
        for node in list(self.nodes.values()):
            if node.state == "ready" and not node.always:
                self.end(node, "cancelled", error=_STOPPED)
            elif node.state == "waiting":
                self._look_at(node)

    # ------------------------------------------------------------ looking at it

    def in_order(self) -> Iterator[LocalNode]:
        """All nodes in the order of adding, items behind their map."""
        for node in list(self.nodes.values()):
            if node.kind == "item":
                continue
            yield node
            if node.kind == "map":
                yield from node.members

    def inputs_of(self, node: LocalNode) -> list[TaskInput]:
        """What a task needs, as a claimed one is given it."""
        found = []
        if node.again is not None and node.round:
            found.append(TaskInput("", "", False, "succeeded", node.again))
        owner = node.group if node.kind == "item" and node.group is not None else node
        source = None if owner.model is None or owner.model.source is None else name_of(owner.model.source)
        for need in owner.needs:
            needed = self.nodes[need]
            if need == source:  # each task of a map has its item of it
                continue
            if needed.kind == "task":
                found.append(_input(need, needed, False))
                continue
            flat = list(_flat(needed))
            found += [_input(need, member, True) for member in flat]
            if not flat:
                found.append(TaskInput(need, "", True, needed.state, b""))
        return found


def is_forgiven(node: LocalNode) -> bool:
    """Whether a group around a node may succeed although the node fails."""
    group = node.group
    while group is not None:
        if group.policy == "best_effort" or group.at_least is not None:
            return True
        group = group.group
    return False


def _reached(start: str, ways: Mapping[str, set[str]]) -> set[str]:
    """All that ways lead to, the start among them."""
    found, ahead = {start}, [start]
    while ahead:
        for other in ways.get(ahead.pop(), ()):
            if other not in found:
                found.add(other)
                ahead.append(other)
    return found


def _flat(node: LocalNode) -> Iterator[LocalNode]:
    for member in node.members:
        if member.kind in ("task", "item"):
            yield member
        else:
            yield from _flat(member)


def _input(need: str, node: LocalNode, many: bool) -> TaskInput:
    data = node.data if node.state == "succeeded" else node.message.encode() or node.error.encode()
    return TaskInput(need, node.name, many, node.state, data)


def check_circles(nodes: Mapping[str, LocalNode]) -> None:
    """Raises InvalidArgument for needs in a circle, naming it. A group has two ends: its members wait for the one, and
    the other waits for them."""
    marks: dict[tuple[str, bool], int] = {}

    def waits_for(point: tuple[str, bool]) -> Iterator[tuple[str, bool]]:
        node = nodes[point[0]]
        if point[1]:  # its end
            yield node.name, False
            yield from ((member.name, True) for member in node.members)
        else:
            yield from ((need, True) for need in node.needs)
            if node.group is not None:
                yield node.group.name, False

    for name in nodes:
        if marks.get((name, True)):
            continue
        stack = [((name, True), waits_for((name, True)))]
        marks[name, True] = 1
        while stack:
            point, others = stack[-1]
            for other in others:
                if marks.get(other) == 1:
                    path = [each[0] for each, _ in stack]
                    around = [*path[path.index(other[0]):], other[0]]
                    shown = [each for at, each in enumerate(around) if at == 0 or around[at - 1] != each]
                    raise invalid("needs in a circle: " + " -> ".join(reversed(shown)))
                if other not in marks:
                    marks[other] = 1
                    stack.append((other, waits_for(other)))
                    break
            else:
                marks[point] = 2
                stack.pop()
