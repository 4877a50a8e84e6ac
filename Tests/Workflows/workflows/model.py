"""How a run should stand: the rules of workflows, written down once more, without keys, counters or scripts.

It is told what happens to tasks (claim, complete, fail, skip ...) and draws the consequences at once."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Iterator, Optional

from .behaviour import Input
from .graphs import ALL, AT_LEAST, BEST_EFFORT, Graph, Loop, Node

WAITING, READY, RUNNING, SUCCEEDED, FAILED, SKIPPED, CANCELLED, BLOCKED = range(8)
STATES = ("waiting", "ready", "running", "succeeded", "failed", "skipped", "cancelled", "blocked")
ENDED = (SUCCEEDED, FAILED, SKIPPED, CANCELLED, BLOCKED)
BAD = (FAILED, CANCELLED, BLOCKED)
# A death beyond the last attempt is forgiven so often.
FORGIVEN = 3


@dataclass(eq=False)
class Spot:
    """A node of a run."""

    node: Node
    group: Optional[Spot]
    kind: str  # task, map, group, item
    index: int = -1
    item: bytes = b""
    state: int = WAITING
    members: list[Spot] = field(default_factory=list)
    is_claimed: bool = False
    is_held: bool = False  # by a pause
    is_asked: bool = False  # to stop
    is_done: bool = False  # a map that has made its tasks, a task that waits for what it has added
    attempt: int = 1
    deaths: int = 0
    round: int = 0
    result: bytes = b""
    given: Optional[bytes] = None  # by the round before, to the first of a loop

    @property
    def name(self) -> str:
        return self.node.name if self.index < 0 else f"{self.node.name}[{self.index}]"

    @property
    def has_ended(self) -> bool:
        return self.state in ENDED

    @property
    def is_task(self) -> bool:
        return self.kind in ("task", "item")


class Model:
    """One run."""

    def __init__(self, graph: Graph, fails_fast: bool = False) -> None:
        self.graph, self.fails_fast = graph, fails_fast
        self.spots: dict[str, Spot] = {}
        self.roots: list[Spot] = []
        self.loops: dict[str, tuple[Loop, list[str]]] = {}
        self.is_paused = self.is_stopping = self.at_once = False
        self.stopper = ""  # user, failure
        # How each round of each task was ended by its worker: complete, repeat, skip, fail. A loop within another has
        # its first round more than once.
        self.history: dict[tuple[str, int], list[str]] = defaultdict(list)
        self._enter(graph, None)
        self._settle()

    def _enter(self, graph: Graph, adder: Optional[Spot]) -> None:
        for node in graph.nodes:
            group = self.spots[node.group] if node.group else adder
            spot = Spot(node, group, node.kind)
            self.spots[node.name] = spot
            (group.members if group else self.roots).append(spot)
        for loop in graph.loops:
            self.loops[loop.last] = loop, self._body(graph, loop)

    @staticmethod
    def _body(graph: Graph, loop: Loop) -> list[str]:
        """Nodes on the ways from first to last."""
        level = [node for node in graph.nodes if node.group == graph.node(loop.first).group]
        after = {loop.first}
        for node in level:  # needs point backwards
            if after & set(node.needs):
                after.add(node.name)
        before = {loop.last}
        for node in reversed(level):
            if node.name in before:
                before |= set(node.needs)
        return [node.name for node in level if node.name in after & before | {loop.first, loop.last}]

    # ------------------------------------------------------------ consequences

    def _settle(self) -> None:
        """Until nothing follows any more."""
        goes_on = True
        while goes_on:
            goes_on = False
            for spot in list(self.spots.values()):
                goes_on = self._step(spot) or goes_on
        if all(spot.has_ended for spot in self.roots):
            self.is_paused = False

    def _step(self, spot: Spot) -> bool:
        if spot.state == WAITING:
            return self._may_begin(spot)
        has_members = spot.kind in ("group", "map") or spot.is_done
        if spot.state == RUNNING and has_members and all(one.has_ended for one in spot.members):
            self._end(spot, self._verdict(spot))
            return True
        return False

    def _may_begin(self, spot: Spot) -> bool:
        """Whether it was found out what becomes of a node that waits."""
        if spot.group is not None and spot.group.has_ended:
            self._end(spot, spot.group.state)
            return True
        if spot.group is not None and spot.group.state != RUNNING:
            return False
        needs = [] if spot.kind == "item" else [self.spots[name] for name in spot.node.needs]
        if not all(one.has_ended for one in needs):
            return False
        if self.is_stopping and (self.at_once or not spot.node.always):
            self._end(spot, CANCELLED)
        elif spot.node.always or not needs:
            self._begin(spot)
        elif any(one.state in BAD for one in needs):
            self._end(spot, BLOCKED)
        elif not any(one.state == SUCCEEDED for one in needs):
            self._end(spot, SKIPPED)
        else:
            self._begin(spot)
        return True

    def _begin(self, spot: Spot) -> None:
        if spot.is_task and not spot.is_done:
            spot.state, spot.is_held = READY, self.is_paused
            return
        spot.state = RUNNING
        if spot.kind == "map" and not spot.is_done:
            texts = items_of(self.spots[spot.node.source].result) if spot.node.source else spot.node.items or []
            if texts is None:
                self._end(spot, FAILED)
                return
            spot.is_done = True
            for index, text in enumerate(texts):
                item = Spot(spot.node, spot, "item", index, text.encode(), round=spot.round)
                self.spots[item.name] = item
                spot.members.append(item)

    def _verdict(self, spot: Spot) -> int:
        states = [one.state for one in spot.members]
        bad, good = any(state in BAD for state in states), states.count(SUCCEEDED)
        if spot.is_task:
            return FAILED if bad else SUCCEEDED
        if spot.node.policy == BEST_EFFORT:
            return SUCCEEDED
        if spot.node.policy == AT_LEAST:
            return SUCCEEDED if good >= spot.node.least else FAILED
        if bad:
            return FAILED
        return SKIPPED if states and not good else SUCCEEDED

    def _end(self, spot: Spot, state: int) -> None:
        spot.state = state
        spot.is_claimed = spot.is_held = spot.is_asked = False
        if state == FAILED and spot.is_task and self.fails_fast and not self._is_forgiven(spot):
            self._stop("failure")

    @staticmethod
    def _is_forgiven(spot: Spot) -> bool:
        """Whether a group around it is content with less."""
        group = spot.group
        while group is not None and (group.is_task or group.node.policy == ALL):
            group = group.group
        return group is not None

    # ------------------------------------------------------------ what workers do

    def ready(self) -> list[Spot]:
        """Tasks that may be claimed."""
        return [spot for spot in self.spots.values() if spot.state == READY and not spot.is_claimed
                and not spot.is_held]

    def claimed(self) -> list[Spot]:
        return [spot for spot in self.spots.values() if spot.is_claimed]

    def claim(self, spot: Spot) -> None:
        spot.is_claimed = True

    def complete(self, spot: Spot, result: bytes, addition: Optional[Graph] = None) -> None:
        self.history[spot.name, spot.round].append("complete")
        spot.result = result
        if addition and addition.nodes:
            spot.state, spot.is_done, spot.is_claimed = RUNNING, True, False
            self._enter(addition, spot)
        else:
            self._end(spot, SUCCEEDED)
        self._settle()

    def repeat(self, spot: Spot, result: bytes) -> None:
        loop, body = self.loops.get(spot.name, (None, []))
        if loop is None or spot.round + 1 >= loop.at_most:
            self.complete(spot, result)
            return
        self.history[spot.name, spot.round].append("repeat")
        again: list[str] = []
        for name in body:
            self._again(self.spots[name], spot.round + 1, again)
        # Loops within this one begin anew.
        for inner, its_body in self.loops.values():
            if inner is not loop and inner.last in again:
                for name in its_body:
                    self._first_round(self.spots[name])
        self.spots[loop.first].given = result
        self._settle()

    def _first_round(self, spot: Spot) -> None:
        spot.round = 0
        for member in spot.members:
            self._first_round(member)

    def _again(self, spot: Spot, round_: int, again: list[str]) -> None:
        """For another round. What maps and tasks have made is forgotten."""
        if spot.is_done:
            for member in spot.members:
                self._forget(member)
            spot.members = []
        for member in spot.members:
            self._again(member, round_, again)
        self._rewind(spot)
        spot.is_done, spot.result, spot.given, spot.round = False, b"", None, round_
        again.append(spot.name)

    def _forget(self, spot: Spot) -> None:
        for member in spot.members:
            self._forget(member)
        del self.spots[spot.name]

    @staticmethod
    def _rewind(spot: Spot) -> None:
        spot.state, spot.attempt, spot.deaths = WAITING, 1, 0
        spot.is_claimed = spot.is_held = spot.is_asked = False

    def skip(self, spot: Spot) -> None:
        self.history[spot.name, spot.round].append("skip")
        self._end(spot, SKIPPED)
        self._settle()

    def fail(self, spot: Spot, retry: bool = True) -> None:
        spot.is_claimed = False
        if spot.is_asked:
            self._end(spot, CANCELLED)
        elif retry and spot.attempt < spot.node.attempts:
            spot.attempt += 1
        else:
            self.history[spot.name, spot.round].append("fail")
            self._end(spot, FAILED)
        self._settle()

    def lose(self, spot: Spot) -> None:
        """Its worker has died."""
        spot.is_claimed = False
        if spot.is_asked:
            self._end(spot, CANCELLED)
        elif spot.attempt < spot.node.attempts:
            spot.attempt += 1
        elif spot.deaths < FORGIVEN and not self.is_stopping:
            spot.deaths += 1
            self._begin(spot)
        else:
            self._end(spot, FAILED)
        self._settle()

    # ------------------------------------------------------------ what is done from outside

    def pause(self) -> None:
        self.is_paused = True
        for spot in self.ready():
            spot.is_held = True

    def resume(self) -> None:
        """After a pause, or after an end that was not good: then what succeeded or was skipped stays."""
        if not all(spot.has_ended for spot in self.roots):
            self._let_go()
        else:
            self.is_stopping = self.at_once = False
            self.stopper = ""
            for spot in [spot for spot in self.spots.values() if spot.state in BAD and not self._is_settled(spot)]:
                self._rewind(spot)
                if not spot.members:
                    spot.is_done = False
        self._settle()

    def _let_go(self) -> None:
        self.is_paused = False
        for spot in self.spots.values():
            spot.is_held = False

    @staticmethod
    def _is_settled(spot: Spot) -> bool:
        """Whether it is within something that stays as it is."""
        group = spot.group
        while group is not None and group.state not in (SUCCEEDED, SKIPPED):
            group = group.group
        return group is not None

    def stop(self, at_once: bool = False) -> None:
        self._stop("user", at_once)
        self._settle()

    def _stop(self, stopper: str, at_once: bool = False) -> None:
        if self.is_stopping and not (at_once and not self.at_once):
            return
        self.is_stopping, self.at_once, self.stopper = True, at_once, self.stopper or stopper
        self._let_go()
        for spot in list(self.spots.values()):
            if spot.state == READY and (at_once or not spot.node.always):
                if spot.is_claimed:
                    spot.is_asked = True
                else:
                    self._end(spot, CANCELLED)

    # ------------------------------------------------------------ what is known

    def inputs(self, spot: Spot) -> list[Input]:
        found = []
        if spot.given is not None:
            found.append(Input("", "", False, SUCCEEDED, spot.given))
        for name in spot.node.needs:
            need = self.spots[name]
            if name == spot.node.source:
                continue  # each has its item of that list
            if need.kind not in ("group", "map"):
                found.append(Input(name, name, False, need.state, result_of(need)))
                continue
            leaves = list(leaves_of(need))
            found += [Input(name, leaf.name, True, leaf.state, result_of(leaf)) for leaf in leaves]
            if not leaves:
                found.append(Input(name, "", True, need.state, b""))
        return found

    def state(self) -> str:
        if not all(spot.has_ended for spot in self.roots):
            return "stopping" if self.is_stopping else "paused" if self.is_paused else "running"
        if not any(spot.state in BAD for spot in self.roots):
            return "succeeded"
        return "cancelled" if self.stopper == "user" else "failed"

    def ends(self) -> dict[str, tuple[int, bytes]]:
        """State and result by name."""
        return {name: (spot.state, result_of(spot)) for name, spot in self.spots.items()}


def result_of(spot: Spot) -> bytes:
    return spot.result if spot.state == SUCCEEDED else b""


def leaves_of(spot: Spot) -> Iterator[Spot]:
    """Tasks of a group or map, in order, those of groups within laid out flat."""
    for member in spot.members:
        if member.kind in ("group", "map"):
            yield from leaves_of(member)
        else:
            yield member


def items_of(text: bytes) -> Optional[list[str]]:
    """The texts of the items of a JSON array as they stand there."""
    source = text.decode()
    decoder = json.JSONDecoder()
    try:
        if not isinstance(json.loads(source), list):
            return None
    except ValueError:
        return None
    found, at = [], source.index("[") + 1
    while True:
        while source[at] in " \t\r\n,":
            at += 1
        if source[at] == "]":
            return found
        _, end = decoder.raw_decode(source, at)
        found.append(source[at:end])
        at = end
