"""Random graphs, the same for the same seed, whose results tell what each task was given."""

from __future__ import annotations

import hashlib
import random
from typing import Any

import distcoord
from distcoord.app import App, AppWorkflow, LocalRun, Node, current_task

Outcome = dict[str, tuple[Any, ...]]


def seen() -> str:
    """A digest of what the current task was given, in whatever order others ran."""
    task = current_task()
    inputs = [[each.need, each.task, each.state, each.value] for each in task.inputs()]
    return hashlib.sha256(repr([task.name, task.round, inputs]).encode()).hexdigest()[:12]


class Maker:
    """Writes one graph."""

    def __init__(self, app: App, seed: int, size: int) -> None:
        self._random = random.Random(seed)
        self.workflow = app.workflow(f"random-{seed}")
        self._size = size
        self._open: list[Any] = []
        self._known: list[Node] = []
        self._lists: list[Node] = []

        @self.workflow.task(task=f"random-{seed}.added", name="added")
        def added(word: str) -> str:
            return f"{word} {seen()}"

        self._added = added
        self._known.append(added("here"))

    def make(self) -> AppWorkflow:
        number = 0
        while number < self._size:
            number += 1
            roll = self._random.random()
            if roll < 0.08 and len(self._open) < 3:
                self._group(f"g{number}")
            elif roll < 0.16 and self._open:
                self._close()
            elif roll < 0.26:
                self._map(f"m{number}")
            elif roll < 0.31:
                self._loop(f"l{number}")
            else:
                self._task(f"t{number}")
        while self._open:
            self._close()
        return self.workflow

    def _needs(self) -> list[Node]:
        return self._random.sample(self._known, min(len(self._known), self._random.choice([0, 1, 1, 2, 3])))

    def _group(self, name: str) -> None:
        policy, at_least = self._policy()
        group = self.workflow.group(name, policy=policy, at_least=at_least, needs=self._needs())
        group.__enter__()
        # A group is never empty, so that at least one member can always be asked for.
        self._open.append(group)
        self._task(f"{name}-first")

    def _policy(self) -> Any:
        return self._random.choice([("all", None), ("all", None), ("best_effort", None), ("at_least", 1)])

    def _close(self) -> None:
        group = self._open.pop()
        group.__exit__(None, None, None)
        self._known.append(group)

    def _task(self, name: str, kind: str = "") -> None:
        kind = kind or self._random.choices(
            ["plain", "list", "fails", "flaky", "skips", "adds", "always"], [60, 12, 6, 6, 7, 5, 4])[0]
        workflow, added = self.workflow, self._added

        def task() -> Any:
            if kind == "fails" or kind == "flaky" and current_task().attempt == 1:
                raise RuntimeError(f"{name} fails")
            if kind == "skips":
                return distcoord.skip(f"{name} has nothing to do")
            if kind == "list":
                return [f"{index} {seen()}" for index in range(len(name) % 3 + 1)]
            if kind == "adds":
                with current_task().add():
                    added("first") >> added("second")
            return seen()

        always = kind == "always"
        made = workflow.task(name=name, retries=1 if kind == "flaky" else 0, backoff=0, needs=self._needs(),
                             always=always)(task)
        node = made._node()
        self._known.append(node)
        if kind == "list":
            self._lists.append(node)

    def _map(self, name: str) -> None:
        bad = self._random.random() < 0.15

        def each(item: str) -> str:
            if bad and item.startswith("1"):
                raise RuntimeError(f"{name} fails for {item}")
            return f"{item} {seen()}"

        over: Any = self._random.choice(self._lists) if self._lists and self._random.random() < 0.6 else [
            str(index) for index in range(self._random.randrange(4))]
        node = self.workflow.task(name=name, needs=self._needs())(each).map(over)
        policy, at_least = self._policy()
        if at_least is None:
            self.workflow.policy(node, policy)
        self._known.append(node)

    def _loop(self, name: str) -> None:
        rounds = self._random.randrange(1, 4)

        def first(before: str = "") -> str:
            return f"{before[:4]} {seen()}"

        def last() -> Any:
            if current_task().round < rounds:
                return distcoord.again(seen())
            return seen()

        begin = self.workflow.task(name=f"{name}-first", needs=self._needs())(first)._node()
        end = self.workflow.task(name=f"{name}-last", needs=[begin])(last)._node()
        known, self._known = self._known, [begin]
        lists, self._lists = self._lists, []
        inside = self._random.choice(["nothing", "map", "group", "adds"])
        if inside == "map":
            self._map(f"{name}-map")
        elif inside == "group":
            self._group(f"{name}-group")
            self._close()
        elif inside == "adds":
            self._task(f"{name}-adds", "adds")
        end.need(*self._known)
        self._known, self._lists = known, lists
        self.workflow.loop(begin, end, at_most=self._random.randrange(1, 5))
        self._known.append(end)


def random_workflow(app: App, seed: int, size: int) -> AppWorkflow:
    """The graph of a seed."""
    return Maker(app, seed, size).make()


def outcome(run: Any) -> Outcome:
    """How each node of a run ended: state, round, error, attempts, and the result of those that succeeded."""
    found: Outcome = {}
    for task in run.tasks():
        has_result = task.state == "succeeded" and task.kind in ("task", "item")
        if isinstance(run, LocalRun):
            value = run.result(task.name) if has_result else None
        else:
            value = run.result(task.name, timeout=0) if has_result else None
        found[task.name] = (
            task.state, task.round if task.kind == "task" else 0, task.error, task.attempts, task.group, value)
    return found
