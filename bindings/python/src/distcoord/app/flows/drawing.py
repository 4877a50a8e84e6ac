"""Graphs as text: for Mermaid, for Graphviz, for people."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Optional

from .builder import Builder
from .node import Node, name_of

_FORMS = ("mermaid", "dot", "text")


def drawn(builder: Builder, form: str) -> str:
    """See `AppWorkflow.graph`."""
    if form not in _FORMS:
        raise ValueError(f"a graph is drawn as one of {', '.join(map(repr, _FORMS))}, not {form!r}")
    nodes = builder.nodes()
    members: dict[Optional[Node], list[Node]] = {}
    for node in nodes:
        members.setdefault(node.group, []).append(node)
    lines = {"mermaid": _mermaid, "dot": _dot, "text": _text}[form](builder, nodes, members)
    return "\n".join(lines) + "\n"


_Members = dict[Optional[Node], list[Node]]


def _mermaid(builder: Builder, nodes: list[Node], members: _Members) -> Iterator[str]:
    ids = {node.name: f"n{number}" for number, node in enumerate(nodes)}

    def shape(node: Node) -> str:
        label = f'"{_quoted(node)}"'
        return f"[[{label}]]" if node.kind == "map" else f"([{label}])" if node.always else f"[{label}]"

    def level(group: Optional[Node], indent: str) -> Iterator[str]:
        for node in members.get(group, []):
            if node.kind == "group":
                yield f'{indent}subgraph {ids[node.name]}["{_quoted(node)}"]'
                yield from level(node, indent + "    ")
                yield f"{indent}end"
            else:
                yield f"{indent}{ids[node.name]}{shape(node)}"

    yield "flowchart TD"
    yield from level(None, "    ")
    for node in nodes:
        for need in node.needed_names():
            yield f"    {ids.get(need, need)} --> {ids[node.name]}"
    for loop in builder.loops:
        yield f'    {ids[loop.last.name]} -. "at most {loop.at_most} rounds" .-> {ids[loop.first.name]}'


def _dot(builder: Builder, nodes: list[Node], members: _Members) -> Iterator[str]:
    quote = json.dumps

    def level(group: Optional[Node], indent: str) -> Iterator[str]:
        for node in members.get(group, []):
            if node.kind == "group":
                # A point stands for the group where edges begin and end: Graphviz has none to and from clusters.
                yield f"{indent}subgraph {quote('cluster_' + node.name)} {{"
                yield f"{indent}    label={quote(_label(node))};"
                yield f"{indent}    {quote(node.name)} [shape=point];"
                yield from level(node, indent + "    ")
                yield f"{indent}}}"
            else:
                shape = "box3d" if node.kind == "map" else "box"
                style = ", style=rounded" if node.always else ""
                yield f"{indent}{quote(node.name)} [shape={shape}{style}, label={quote(_label(node))}];"

    yield f"digraph {quote(builder.name)} {{"
    yield from level(None, "    ")
    for node in nodes:
        for need in node.needed_names():
            yield f"    {quote(need)} -> {quote(node.name)};"
    for loop in builder.loops:
        yield (f"    {quote(loop.last.name)} -> {quote(loop.first.name)}"
               f" [style=dashed, constraint=false, label={quote(f'at most {loop.at_most} rounds')}];")
    yield "}"


def _text(builder: Builder, nodes: list[Node], members: _Members) -> Iterator[str]:
    def level(group: Optional[Node], indent: str) -> Iterator[str]:
        for node in members.get(group, []):
            needs = node.needed_names()
            yield f"{indent}{_label(node)}" + (f" <- {', '.join(needs)}" if needs else "")
            yield from level(node, indent + "  ")

    yield builder.name
    yield from level(None, "  ")
    for loop in builder.loops:
        yield f"  loop {loop.first.name} .. {loop.last.name}, at most {loop.at_most} rounds"


def _quoted(node: Node) -> str:
    return _label(node).replace("#", "#35;").replace('"', "#quot;")


def _label(node: Node) -> str:
    """A node in words."""
    words = []
    if node.kind == "map":
        words.append(f"for each of {name_of(node.source)}" if node.source is not None
                     else f"{len(node.items or ())} items")
    if node.at_least is not None:
        words.append(f"at least {node.at_least}")
    elif node.policy == "best_effort":
        words.append("best effort")
    if node.always:
        words.append("always")
    if node.language:
        words.append(node.language)
    return f"{node.name} ({', '.join(words)})" if words else node.name
