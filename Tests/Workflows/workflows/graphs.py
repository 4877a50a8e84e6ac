"""A graph of tasks as the programs read it (programs/graph.h), as the model runs it, and as it is drawn."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Iterator, Optional

ALL, BEST_EFFORT, AT_LEAST = range(3)
POLICIES = ("all", "best_effort", "at_least")


@dataclass
class Node:
    """One node of a definition."""

    name: str
    kind: str  # task, map, group
    group: str = ""
    needs: list[str] = field(default_factory=list)
    policy: int = ALL
    least: int = 0
    always: bool = False
    source: str = ""  # of a map: the node whose result is the list
    items: Optional[list[str]] = None  # of a map without source: JSON texts
    attempts: int = 1
    timeout_ms: int = 0
    language: str = ""
    work: str = ""  # what its tasks do, words of `key=value` (behaviour.py)

    def wish(self, key: str) -> Optional[str]:
        for word in self.work.split():
            name, _, value = word.partition("=")
            if name == key:
                return value
        return None


@dataclass
class Loop:
    first: str
    last: str
    at_most: int


@dataclass
class Graph:
    """Nodes in the order in which they are added."""

    name: str
    nodes: list[Node] = field(default_factory=list)
    loops: list[Loop] = field(default_factory=list)
    additions: dict[str, Graph] = field(default_factory=dict)  # by the key that tasks name

    def node(self, name: str) -> Node:
        return next(node for node in self.nodes if node.name == name)

    def count(self) -> int:
        return len(self.nodes) + sum(graph.count() for graph in self.additions.values())

    def text(self) -> str:
        """A line for each call that builds it; fields are separated by tabs."""
        return "".join("\t".join(fields) + "\n" for fields in self._lines())

    def _lines(self) -> Iterator[tuple[str, ...]]:
        for node in self.nodes:
            group = node.group or "-"
            if node.kind == "group":
                yield "group", node.name, group
            elif node.kind == "task":
                yield "task", node.name, group, str(node.attempts), str(node.timeout_ms), node.work or "-"
            else:
                items = "-" if node.items is None else "[" + ", ".join(node.items) + "]"
                yield ("map", node.name, group, node.source or "-", items, str(node.attempts), str(node.timeout_ms),
                       node.work or "-")
            if node.policy != ALL:
                yield "policy", node.name, str(node.policy), str(node.least)
            if node.always:
                yield "always", node.name
            if node.language:
                yield "language", node.name, node.language
        for node in self.nodes:
            for needed in node.needs:
                if needed != node.source:
                    yield "need", node.name, needed
        for loop in self.loops:
            yield "loop", loop.first, loop.last, str(loop.at_most)

    def files(self, run: str) -> dict[str, str]:
        """Texts of the graph and of all additions, by the name under which programs look for them."""
        found = {run: self.text()}
        for key, graph in self.additions.items():
            found |= graph.files(f"{run}.{key}")
        return found

    def added(self) -> dict[str, Graph]:
        """All additions by key, those of additions as well."""
        found = dict(self.additions)
        for graph in self.additions.values():
            found |= graph.added()
        return found
