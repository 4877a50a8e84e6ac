"""What graphs are written with: nodes, and the operators between them.

    a >> b              b needs a
    a >> (b | c) >> d   b and c need a, d needs b and c
    a >> [b, c]         the same as a >> (b | c)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Optional, Union

if TYPE_CHECKING:
    from typing_extensions import Self

    from .builder import Builder
    from .template import WorkflowTask

Parts = Union["Part", Iterable["Part"]]
"""A part of a graph, or several side by side."""


class Part:
    """Anything of a graph that can stand on either side of an operator."""

    __slots__ = ()

    def _heads(self) -> list[Node]:
        """The nodes that begin it."""
        raise NotImplementedError

    def _tails(self) -> list[Node]:
        """The nodes that end it."""
        raise NotImplementedError

    def __rshift__(self, other: Parts) -> Flow:
        return _joined(self, part_of(other))

    def __rrshift__(self, other: Parts) -> Flow:
        return _joined(part_of(other), self)

    def __or__(self, other: Parts) -> Flow:
        return side_by_side([self, part_of(other)])

    def __ror__(self, other: Parts) -> Flow:
        return side_by_side([part_of(other), self])

    def reduce(self, task: Part) -> Flow:
        """Has a task take what this gives: `resize.map(files).reduce(summary)`. The same as `>>`; a map gives the list
        of its results, in the order of the items."""
        return self >> task


class Flow(Part):
    """Several nodes of a graph with what is between them."""

    __slots__ = ("_first", "_last")

    def __init__(self, first: list[Node], last: list[Node]) -> None:
        self._first = first
        self._last = last

    def _heads(self) -> list[Node]:
        return self._first

    def _tails(self) -> list[Node]:
        return self._last

    def __repr__(self) -> str:
        first, last = (" | ".join(node.name for node in nodes) for nodes in (self._first, self._last))
        return f"<distcoord.Flow {first}>" if first == last else f"<distcoord.Flow {first} ... {last}>"


class Node(Part):
    """A node of a graph: a task, a map or a group. Made by calling tasks, by their `map`, and by `group` and `foreign`
    of a workflow."""

    __slots__ = (
        "always", "args", "arguments", "at_least", "builder", "group", "items", "kind", "kwargs", "language", "name",
        "needs", "number", "options", "policy", "source", "template")

    name: str
    """Its name in the graph."""
    kind: str
    """"task", "map" or "group"."""
    needs: dict[Union[Node, str], None]
    """What it needs, in order: nodes, or names of nodes."""

    def __init__(
        self, builder: Builder, name: str, kind: str, number: int, group: Optional[Node],
        template: Optional[WorkflowTask] = None, options: Optional[Mapping[str, Any]] = None,
    ) -> None:
        self.builder = builder
        self.name = name
        self.kind = kind
        self.number = number
        self.group = group
        self.template = template
        self.options = dict(options or {})
        self.needs = {}
        self.args: tuple[Any, ...] = ()
        self.kwargs: dict[str, Any] = {}
        self.arguments: Optional[bytes] = None
        self.items: Optional[list[Any]] = None
        self.source: Union[Node, str, None] = None
        self.always = False
        self.language = ""
        self.policy = "all"
        self.at_least: Optional[int] = None

    def _heads(self) -> list[Node]:
        return [self]

    def _tails(self) -> list[Node]:
        return [self]

    def need(self, *others: Union[Part, str]) -> Self:
        """Says that it needs others to have ended: nodes, tasks, or names of nodes."""
        for other in others:
            if isinstance(other, str):
                self.needs[self.builder.named(other) or other] = None
            else:
                self.needs.update(dict.fromkeys(part_of(other)._tails()))
        return self

    def needed_names(self) -> list[str]:
        """The names of what it needs, the source of a map among them, in order."""
        names = [name_of(self.source)] if self.source is not None else []
        return list(dict.fromkeys([*names, *map(name_of, self.needs)]))

    def __repr__(self) -> str:
        return f"<distcoord.Node {self.kind} {self.name!r}>"


class Group(Node):
    """A group of nodes: what is added inside `with workflow.group("name"):` belongs to it. It begins as one when all
    that it needs have ended, and ends when all its members have."""

    __slots__ = ("_before",)

    def __enter__(self) -> Self:
        self._before = self.builder.enter(self)
        return self

    def __exit__(
        self, kind: Optional[type[BaseException]], value: Optional[BaseException], trace: Optional[TracebackType],
    ) -> None:
        self.builder.leave(self._before)


def name_of(node: Union[Node, str]) -> str:
    """The name of a node that is given as itself or by its name."""
    return node if isinstance(node, str) else node.name


def part_of(other: Parts) -> Part:
    """One part for what stands beside an operator."""
    if isinstance(other, Part):
        return other
    if isinstance(other, (list, tuple, set, frozenset)):
        return side_by_side([part_of(each) for each in other])
    raise TypeError(f"a graph is made of tasks, groups and lists of them, not of {type(other).__name__}")


def side_by_side(parts: Iterable[Part]) -> Flow:
    """Several parts that do not wait for each other."""
    heads: dict[Node, None] = {}
    tails: dict[Node, None] = {}
    for part in parts:
        heads.update(dict.fromkeys(part._heads()))
        tails.update(dict.fromkeys(part._tails()))
    if not heads:
        raise ValueError("there is nothing in the list")
    return Flow(list(heads), list(tails))


def _joined(before: Part, after: Part) -> Flow:
    first, last = before._tails(), after._heads()
    for node in last:
        node.need(*first)
    return Flow(before._heads(), after._tails())
