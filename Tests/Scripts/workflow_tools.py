"""Graphs as the library sends them, and the scripts of runs with the arguments that it would send."""

from __future__ import annotations

import os
import struct
import sys
from collections import defaultdict
from typing import NamedTuple, Optional

from queue_tools import BASE, Queue, failure

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Workflows"))

from workflows.graphs import Graph, Node  # noqa: E402
from workflows.model import Model  # noqa: E402

STATE = "<BBBBIIIIII"
KINDS = {"task": 0, "group": 1, "map": 2, "item": 3}
RUN_STATES = ("running", "paused", "stopping", "succeeded", "failed", "cancelled")


class Shown(NamedTuple):
    """A node as `workflow_tasks` shows it."""

    kind: int
    state: int
    flags: int
    open: int
    left: int
    ready: int
    ended: int
    fence: int
    job: int
    attempts: int
    lost: int
    round: int
    group: str
    needs: list[str]
    holder: str
    outcome: bytes


def parts(**values: bytes) -> bytes:
    """A definition; what is empty is left out."""
    return b"".join(
        letter.encode() + struct.pack("<I", len(value)) + value for letter, value in values.items() if value)


def names(found: list[str]) -> bytes:
    return "".join(f"{name}\n" for name in found).encode()


def encoded(graph: Graph, adder: str = "") -> list[tuple[str, bytes, bytes]]:
    """Name, state and definition of each node; of additions with the task that adds them."""
    members, followers = defaultdict(list), defaultdict(list)
    for node in graph.nodes:
        members[node.group].append(node.name)
        for need in node.needs:
            followers[need].append(node.name)
    known = {node.name for node in graph.nodes}
    found = []
    for index, node in enumerate(graph.nodes):
        group = node.group or adder
        its = members[node.name]
        needs = [name for name in node.needs if name in known]
        flags = node.always | 16 * bool(node.needs)
        state = struct.pack(STATE, KINDS[node.kind], 0, flags, node.policy, len(needs) + bool(group), len(its), 0, 0,
                            1 if node.kind == "task" and followers[node.name] else node.least, index) + bytes(32)
        found.append((node.name, state, parts(
            p=group.encode(), n=names(node.needs), h=head(node) if node.kind != "group" else b"",
            a=node.work.encode(), f=node.source.encode(),
            x=b"" if node.items is None else f"[{', '.join(node.items)}]".encode(),
            o=names([name for name in node.needs if name not in known]), s=names(followers[node.name]),
            c=names(its), l=loop_of(graph, node))))
    return found


def head(node: Node) -> bytes:
    """Of the record of a job: backoff, no result kept, tied."""
    return bytes([1 | 2 | 64, 1, node.attempts]) + struct.pack("<II", 1, 20) + bytes(6)


def loop_of(graph: Graph, node: Node) -> bytes:
    for loop in graph.loops:
        if loop.last == node.name:
            body = Model._body(graph, loop)
            return f"{loop.first}\n{loop.at_most}\n".encode() + names(body)
    return b""


class Run:
    """One run on a queue."""

    def __init__(self, queue: Queue, id: str = "run") -> None:
        self.queue, self.id = queue, id

    def start(self, graph: Graph, token: str = "token", fingerprint: str = "f", part: int = 500,
              fails_fast: bool = False, retention: int = 60000) -> int:
        """The answer to the last part."""
        nodes = encoded(graph)
        top = sum(not node.group for node in graph.nodes)
        answer = 0
        for first in range(0, max(1, len(nodes)), part):
            some = nodes[first:first + part]
            is_last = first + part >= len(nodes)
            answer = self.queue.run(
                "workflow_start", self.id, token, "1" if is_last else "0", graph.name, fingerprint, retention,
                "f" if fails_fast else "", top, *(word for node in some for word in node))
            if not is_last:
                assert answer == 3, answer
        return answer

    def summary(self) -> Optional[list]:
        answer = self.queue.run("workflow_summary", self.id, "", "")
        return None if answer == 0 else answer

    def state(self) -> str:
        return RUN_STATES[int(self.summary()[0])]

    def tasks(self) -> dict[str, Shown]:
        found, cursor = {}, b"0"
        while True:
            answer = self.queue.run("workflow_tasks", self.id, cursor)
            cursor, rest = answer[0], answer[1:]
            for i in range(0, len(rest), 7):
                name, state, group, needs, _, holder, outcome = rest[i:i + 7]
                numbers = struct.unpack_from(STATE, state)
                ready, ended = (int.from_bytes(state[at:at + 6], "little") for at in (28, 42))
                job, = struct.unpack_from("<Q", state, 34)
                fence, attempts, lost, round_ = struct.unpack_from("<QBBH", state, 48)
                found[name.decode()] = Shown(
                    numbers[0], numbers[1], numbers[2], numbers[4], numbers[5], ready, ended, fence, job, attempts,
                    lost, round_, group.decode(), needs.decode().split(), holder.decode(), outcome)
            if cursor == b"0":
                return found

    def control(self, verb: str, reason: str = "", at_once: bool = False) -> int:
        """The answer once there is nothing more to do."""
        answer = self.queue.run("workflow_control", self.id, verb, reason, "1" if at_once else "0")
        for _ in range(1000):
            if answer != 2:
                return answer
            answer = self.queue.run("workflow_control", self.id, "go", "", "0")
        raise AssertionError("there is always more to do")

    def go(self) -> None:
        """Does what earlier calls left to do."""
        if self.queue.redis("EXISTS", BASE + "M:" + self.id):
            self.control("go")

    def complete(self, task: "Task", result: bytes = b"", marks: str = "") -> str:
        outcome = b"\0" + struct.pack("<Q", task.claim) + bytes([task.attempt]) + result
        marks += "f" if task.attempt > 1 else ""
        return self.queue.run("queue_complete", "0", task.job, task.claim,
                              f"0t{marks}:{task.tie}", outcome).decode()

    def fail(self, task: "Task", retry: bool = True, message: str = "went wrong") -> int:
        return self.queue.run("queue_fail", task.job, task.claim, task.claim, failure(message), "1" if retry else "0",
                              1000, "0")

    def skip(self, task: "Task", reason: str = "no need") -> int:
        return self.queue.run("queue_cancelled", task.job, task.claim, task.claim, "3", reason)

    def add(self, task: "Task", graph: Graph, part: int = 500) -> int:
        nodes, answer = encoded(graph, task.name), 1
        for number, first in enumerate(range(0, len(nodes), part)):
            packed = b"".join(struct.pack("<I", len(piece)) + piece for name, *rest in nodes[first:first + part]
                              for piece in (name.encode(), *rest))
            answer = self.queue.run("workflow_add", self.id, task.job, task.claim, number, packed)
        return answer

    def lose(self, task: "Task") -> None:
        """The lease ends."""
        self.queue.redis("ZADD", BASE + "a", 1, task.job)
        self.control("go")

    def claim(self, count: int = 1) -> list["Task"]:
        reply = self.queue.claim(count)
        claim = int(reply[0])
        return [Task.of(id.decode(), record, claim) for id, record in zip(reply[1::2], reply[2::2])] if claim else []

    def inputs(self, name: str) -> list[tuple[str, str, bool, int, bytes]]:
        """Need, task, whether it is one of many, state, result or text."""
        found, need, place = [], b"0", b"0"
        while place != b"-1":
            answer = self.queue.run("workflow_inputs", self.id, name, need, place)
            need, place, *rest = answer
            for i in range(0, len(rest), 5):
                outcome = rest[i + 4]
                text = outcome[1:]
                found.append((rest[i].decode(), rest[i + 1].decode(), rest[i + 2] == b"1", int(rest[i + 3]), text))
        return found


class Task(NamedTuple):
    """A claimed job of a run."""

    job: str
    claim: int
    attempt: int
    run: str
    name: str
    round: int
    index: int
    arguments: bytes
    item: Optional[bytes]
    inputs: Optional[list[tuple[str, str, bool, int, bytes]]]  # None when they are to be fetched
    parent: str

    @property
    def tie(self) -> str:
        return f"{self.run}\n{self.name}\n{self.round}\n{self.index}\n{self.parent}"

    @staticmethod
    def of(id: str, record: bytes, claim: int) -> "Task":
        flags, attempt = record[6], record[7]
        at = 9 + 4 * bool(flags & 8) + 8 * bool(flags & 1) + 6 * bool(flags & 2)
        if flags & 128:
            at += 1 + record[at]
        length = int.from_bytes(record[at:at + 2], "little")
        ties, payload = record[at + 2:at + 2 + length], record[at + 2 + length:]
        tie = b""
        while ties:
            size = int.from_bytes(ties[1:3], "little")
            if ties[:1] == b"G":
                tie = ties[3:3 + size]
            ties = ties[3 + size:]
        run, name, round_, index, parent = tie.decode().split("\n")
        length = int.from_bytes(payload[:4], "little")
        arguments, payload = payload[4:4 + length], payload[4 + length:]
        length = int.from_bytes(payload[:4], "little")
        item, payload = (None, payload[4:]) if length == 0xFFFFFFFF else (payload[4:4 + length], payload[4 + length:])
        return Task(id, claim, attempt, run, name, int(round_), int(index), arguments, item, inputs_in(payload), parent)


def inputs_in(block: bytes) -> Optional[list[tuple[str, str, bool, int, bytes]]]:
    """Those that came with the job."""
    kind, block = block[0], block[1:]
    if kind < 2:
        return [] if kind == 0 else None
    found = []
    while block:
        texts = []
        for _ in range(2):
            length = int.from_bytes(block[:2], "little")
            texts.append(block[2:2 + length].decode())
            block = block[2 + length:]
        many, state, length = block[0], block[1], int.from_bytes(block[2:6], "little")
        found.append((texts[0], texts[1], bool(many), state, block[6:6 + length]))
        block = block[6 + length:]
    return found


# ---------------------------------------------------------------- for tests

def task(name: str, *needs: str, group: str = "", **rest) -> Node:
    return Node(name, "task", group, list(needs), **rest)


def started(queue, *nodes: Node, loops: tuple = (), **options) -> Run:
    """A run of a graph of these nodes."""
    run = Run(queue)
    assert run.start(Graph("graph", list(nodes), list(loops)), **options) == 1
    return run


def do(run: Run, *results: tuple[str, bytes]) -> None:
    """Claims tasks in that order and completes them."""
    for name, result in results:
        [one] = run.claim()
        assert one.name == name, (one.name, name)
        assert run.complete(one, result) == "1"


def patiently(run: Run) -> list[Task]:
    """Many tasks; each call does some of what is to be done before there are any."""
    for _ in range(100):
        if got := run.claim(500):
            return got
    return []


def states(run: Run) -> dict[str, int]:
    return {name: shown.state for name, shown in run.tasks().items()}
