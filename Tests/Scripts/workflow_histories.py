"""Random operations on one run, against a model that knows nothing of counters on the server."""

from __future__ import annotations

import random
from typing import Optional

from queue_tools import BASE, Queue
from workflow_tools import Run, Shown, Task

from workflows.behaviour import list_of
from workflows.generator import Generator
from workflows.graphs import Graph
from workflows.model import ENDED, READY, STATES, SUCCEEDED, Model, Spot


class History:
    """Draws operations, does them on both sides, and compares."""

    def __init__(self, queue: Queue, seed: int, size: int = 40) -> None:
        self.queue, self.dice = queue, random.Random(seed)
        self.graph = Generator(seed, self.dice.randint(3, size), kills=False).graph()
        self.additions = self.graph.added()
        fails_fast = self.dice.random() < 0.15
        self.model = Model(self.graph, fails_fast)
        self.run = Run(queue)
        self.held: dict[str, Task] = {}
        self.resumed = 0
        assert self.run.start(self.graph, part=self.dice.choice([3, 500]), fails_fast=fails_fast) == 1

    # ------------------------------------------------------------ operations

    def claim(self) -> None:
        tasks = self.run.claim(self.dice.choice([1, 1, 3]))
        claimable = {spot.name for spot in self.model.ready()}
        assert tasks or not claimable, f"nothing is given out of {claimable}"
        for task in tasks:
            assert task.name in claimable, (task, claimable)
            spot = self.model.spots[task.name]
            assert (task.attempt, task.round, task.index) == (spot.attempt, spot.round, spot.index), (task, spot)
            assert task.arguments == spot.node.work.encode(), task
            assert task.item == (spot.item if spot.kind == "item" else None), (task, spot.item)
            self.compare_inputs(task, spot)
            self.model.claim(spot)
            self.held[task.name] = task

    def compare_inputs(self, task: Task, spot: Spot) -> None:
        inputs = task.inputs if task.inputs is not None else self.run.inputs(task.name)
        wanted = self.model.inputs(spot)
        # What did not succeed comes with words of its own.
        had = [(one[0], one[1] or one[0], one[2], one[3], one[4] if one[3] == SUCCEEDED else b"") for one in inputs]
        known = [(one.need, one.task or one.need, one.many, one.state, one.bytes) for one in wanted]
        assert had == known, (had, known)

    def pick(self) -> Optional[tuple[Task, Spot]]:
        held = [spot for spot in self.model.claimed() if spot.name in self.held]
        if not held:
            return None
        spot = self.dice.choice(held)
        return self.held[spot.name], spot

    def settle(self) -> None:
        if not (picked := self.pick()):
            return
        task, spot = picked
        how = self.dice.choices(
            ("complete", "repeat", "fail", "die", "skip", "lose"),
            (14, 6 if spot.name in self.model.loops else 0, 2, 1, 1, 1))[0]
        result = f"{task.name} {task.round} {self.dice.random():.5f}".encode()
        if spot.node.wish("list") and self.dice.random() < 0.9:
            result = list_of(self.dice.getrandbits(64), 6)
        if how == "complete" and (key := spot.node.wish("add")) and spot.round == 0 and not spot.is_done:
            self.add(task, spot, key, result)
            return
        if how in ("complete", "repeat"):
            assert self.run.complete(task, result, "r" if how == "repeat" else "") == "1", task
            getattr(self.model, how)(spot, result)
        elif how in ("fail", "die"):
            assert self.run.fail(task, retry=how == "fail") == 1, task
            self.model.fail(spot, retry=how == "fail")
        elif how == "skip":
            assert self.run.skip(task) == 1, task
            self.model.skip(spot)
        else:
            self.run.lose(task)
            self.model.lose(spot)
        del self.held[task.name]
        self.late(task)

    def add(self, task: Task, spot: Spot, key: str, result: bytes) -> None:
        graph = self.additions[key]
        part = self.dice.choice([2, 500])
        assert self.run.add(task, graph, part) == 1
        if self.dice.random() < 0.3:
            assert self.run.add(task, graph, part) == 1, "sent again"
        if any(node.name in self.model.spots for node in graph.nodes):
            # The task has added them before it was taken up again.
            assert self.run.complete(task, result, "a") == "2"
            assert self.run.fail(task, retry=False) == 1
            self.model.fail(spot, retry=False)
        else:
            assert self.run.complete(task, result, "a") == "1"
            self.model.complete(spot, result, graph)
        del self.held[task.name]

    def late(self, task: Task) -> None:
        """Who no longer has a task is not listened to."""
        if self.dice.random() < 0.1:
            assert self.run.complete(task, b"late") == "0"
            assert self.run.fail(task) == 0
            assert self.run.skip(task) == 0
            assert self.run.add(task, Graph("late", list(self.graph.nodes[:1]))) == 0

    def pause(self) -> None:
        if self.model.state() == "running":
            assert self.run.control("pause") == 1
            self.model.pause()

    def go_on(self) -> None:
        if self.model.state() in ("running", "paused"):
            assert self.run.control("resume") == 1
            self.model.resume()

    def stop(self) -> None:
        if self.model.state() in ("running", "paused", "stopping"):
            at_once = self.dice.random() < 0.3
            assert self.run.control("stop", "enough", at_once) == 1
            self.model.stop(at_once)

    def take_up(self) -> None:
        """A run that failed or was stopped goes on."""
        self.resumed += 1
        assert self.run.control("resume") == 1
        self.model.resume()

    # ------------------------------------------------------------ playing

    def compare(self) -> None:
        self.run.go()
        shown, summary = self.run.tasks(), self.run.summary()
        wanted = self.model.spots
        assert shown.keys() == wanted.keys(), (shown.keys() ^ wanted.keys())
        for name, spot in wanted.items():
            one: Shown = shown[name]
            # A task that runs is ready on the server, and has somebody who holds it.
            assert one.state == spot.state, (name, STATES[one.state], STATES[spot.state])
            assert one.round == spot.round, (name, one.round, spot.round)
            assert one.group == (spot.group.name if spot.group else ""), (name, one.group)
            assert bool(one.ended) == spot.has_ended, (name, one)
            if spot.state == READY:
                assert bool(one.holder) == spot.is_claimed, (name, one.holder, spot)
            if spot.state == SUCCEEDED and spot.is_task:
                assert one.outcome[1:] == spot.result, (name, one.outcome, spot.result)
        state = self.model.state()
        assert self.run.state() == state, (self.run.state(), state)
        counts = [sum(spot.is_task and spot.state in states for spot in wanted.values())
                  for states in ((0,), (1, 2), (3,), (4,), (5,), (6,), (7,))]
        assert [int(count) for count in summary[5:12]] == counts, (summary, counts)

    def play(self, steps: int) -> None:
        operations = [self.claim] * 8 + [self.settle] * 9 + [self.pause, self.go_on] * (self.dice.random() < 0.5)
        if self.dice.random() < 0.2:
            operations.append(self.stop)
        for _ in range(steps):
            self.dice.choice(operations)()
            self.compare()
            if self.has_ended():
                return

    def has_ended(self) -> bool:
        return all(spot.state in ENDED for spot in self.model.roots)

    def drain(self) -> None:
        """To the end, and once more when that is not a good one; then the run is forgotten."""
        while True:
            self.go_on()
            while not self.has_ended():
                self.claim()
                self.settle()
                self.compare()
            if self.model.state() == "succeeded" or self.resumed >= 3:
                break
            self.take_up()
            self.compare()
        # Who finds a list empty forgets it.
        assert not self.run.claim()
        assert self.run.control("delete") == 1
        left = {key.decode().removeprefix(BASE) for key in self.queue.redis("KEYS", BASE + "*")}
        left = {key for key in left if key not in ("c", "o", "e", "v", "R") and key[:2] != "k:"}
        assert not left, left
