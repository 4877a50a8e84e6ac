"""The whole graph in this process, one task after the other: what must come of it, however many run it."""

from __future__ import annotations

from .behaviour import behave
from .graphs import Graph
from .model import Model


def execute(graph: Graph, last_first: bool = False) -> Model:
    """Runs all of it, one task after the other."""
    model = Model(graph)
    additions = graph.added()
    while ready := model.ready():
        spot = ready[-1 if last_first else 0]
        model.claim(spot)
        deed = behave(spot.name, spot.node.work.encode(), spot.attempt, spot.round, spot.item, model.inputs(spot))
        if deed.how == "complete":
            model.complete(spot, deed.result, additions.get(deed.addition))
        elif deed.how == "repeat":
            model.repeat(spot, deed.result)
        elif deed.how == "skip":
            model.skip(spot)
        else:
            model.fail(spot, retry=deed.how == "fail")
    return model
