"""Workflows as the library would send them to the scripts, and workers for their tasks."""

from __future__ import annotations

import json
import struct
from typing import NamedTuple, Optional

from queue_tools import BASE, Queue, failure, failure_message

TASK, GROUP, MAP, ITEM = range(4)
STATES = ("waiting", "ready", "begun", "succeeded", "failed", "skipped", "cancelled", "blocked")
RUN_STATES = ("running", "paused", "stopping", "succeeded", "failed", "cancelled")
STATE_FORMAT = "<BBBBIIIIII6sQ6sQBBH"


class Node(NamedTuple):
    """A node of a workflow."""

    name: str
    kind: int = TASK
    needs: tuple[str, ...] = ()
    group: Optional[str] = None
    arguments: bytes = b""
    attempts: int = 1
    policy: int = 0
    least: int = 0
    always: bool = False
    source: Optional[str] = None  # of a map: whose result is the list
    items: Optional[str] = None  # of a map: the list
    loop: Optional[tuple[str, int, tuple[str, ...]]] = None
    capabilities: str = ""
    key: str = ""  # concurrency
    delay: int = 0
    priority: int = 0


def task(name: str, *needs: str, **more) -> Node:
    return Node(name, needs=needs, **more)


def pack(letter: str, value: bytes) -> bytes:
    return letter.encode() + struct.pack("<I", len(value)) + value


def listed(names) -> bytes:
    return "".join(name + "\n" for name in names).encode()


def encoded(nodes: list[Node], parent: Optional[str] = None) -> list[tuple[str, bytes, bytes]]:
    """Name, state and definition of each node; of additions to `parent` if given."""
    known = {node.name for node in nodes}
    members: dict[str, list[str]] = {}
    followers: dict[str, list[str]] = {}
    for node in nodes:
        members.setdefault(node.group or "", []).append(node.name)
        for need in dict.fromkeys(node.needs + ((node.source,) if node.source else ())):
            followers.setdefault(need, []).append(node.name)
    words = []
    for index, node in enumerate(nodes):
        needs = list(dict.fromkeys(node.needs + ((node.source,) if node.source else ())))
        group = node.group or parent
        its_members = members.get(node.name, [])
        open_needs = len([need for need in needs if parent is None or need in known])
        state = struct.pack(
            STATE_FORMAT, node.kind, 0, (1 if node.always else 0) | (16 if needs else 0), node.policy,
            open_needs + (1 if group else 0), len(its_members), 0, 0,
            1 if node.kind == TASK and followers.get(node.name) else node.least, index, bytes(6), 0, bytes(6), 0, 0, 0, 0)
        outer = [need for need in needs if parent is not None and need not in known]
        parts = [("p", group.encode() if group else b""), ("n", listed(needs))]
        if node.kind in (TASK, MAP):
            parts += job_parts(node)
        parts += [("d", str(node.delay).encode() if node.delay else b""), ("a", node.arguments),
                  ("f", (node.source or "").encode()), ("x", (node.items or "").encode()), ("o", listed(outer)),
                  ("s", listed(followers.get(node.name, []))), ("c", listed(its_members))]
        if node.loop:
            first, at_most, body = node.loop
            parts.append(("l", f"{first}\n{at_most}\n".encode() + listed(body)))
        words.append((node.name, state, b"".join(pack(letter, value) for letter, value in parts if value)))
    return words


def job_parts(node: Node) -> list[tuple[str, bytes]]:
    """Head of the record and ties of a task's job: no backoff, no result."""
    name = node.name.encode()
    flags = 1 | 2 | 64 | 128 | (8 if node.priority else 0)
    head = struct.pack("<i", node.priority) if node.priority else b""
    head += struct.pack("<II", 0, 0) + bytes(6) + bytes([len(name)]) + name
    ties = b"".join(letter.encode() + struct.pack("<H", len(value)) + value.encode()
                    for letter, value in (("C", node.capabilities), ("K", node.key)) if value)
    return [("h", bytes([flags, 1, node.attempts]) + head), ("t", ties)]


class Task:
    """A claimed task."""

    def __init__(self, id: bytes, record: bytes, claim: int, number: int) -> None:
        self.id, self.claim, self.number = id.decode(), claim, number
        flags, at = record[6], 9
        self.attempt, self.attempts = record[7], record[8]
        at += (4 if flags & 8 else 0) + (8 if flags & 1 else 0) + (6 if flags & 2 else 0)
        if flags & 128:
            at += 1 + record[at]
        length = struct.unpack_from("<H", record, at)[0]
        at += 2
        end, self.ties = at + length, {}
        while at < end:
            size = struct.unpack_from("<H", record, at + 1)[0]
            self.ties[chr(record[at])] = record[at + 3:at + 3 + size].decode()
            at += 3 + size
        self.run, self.name, round_, index, _ = self.ties["G"].split("\n")
        self.round, self.index = int(round_), int(index)
        self.is_apart = bool(flags & 4)
        self.arguments, self.item, self.inputs = b"", None, None
        if not self.is_apart:
            self.unpack(record[end:])

    def unpack(self, payload: bytes) -> None:
        size = struct.unpack_from("<I", payload)[0]
        self.arguments, at = payload[4:4 + size], 4 + size
        size = struct.unpack_from("<I", payload, at)[0]
        at += 4
        if size != 0xFFFFFFFF:
            self.item, at = payload[at:at + size], at + size
        kind, at = payload[at], at + 1
        if kind == 1:
            return
        self.inputs = []
        while at < len(payload):
            names = []
            for _ in range(2):
                size = struct.unpack_from("<H", payload, at)[0]
                names.append(payload[at + 2:at + 2 + size].decode())
                at += 2 + size
            many, state, size = struct.unpack_from("<BBI", payload, at)
            self.inputs.append((*names, bool(many), STATES[state], payload[at + 6:at + 6 + size]))
            at += 6 + size


def said_in(outcome: bytes) -> bytes:
    """Result, message or reason of an outcome."""
    if not outcome:
        return b""
    said = outcome[1:]
    return failure_message(said)[1].encode() if outcome[:1] == b"\1" else said


class Runs(Queue):
    """Runs of workflows on one queue."""

    def start(self, nodes: list[Node], run="r", *, fail_fast=False, retention=600000, token="t1", fingerprint="f",
              part=500) -> int:
        words = encoded(nodes)
        top = len([node for node in nodes if not node.group])
        answer = 0
        for first in range(0, max(len(words), 1), part):
            some = [word for entry in words[first:first + part] for word in entry]
            is_last = first + part >= len(words)
            answer = self.run("workflow_start", run, token, "1" if is_last else "0", "wf", fingerprint, retention,
                              "f" if fail_fast else "", top, *some)
            assert is_last or answer != 1
        return answer

    def take(self, count=1, lease=30000, profile="linux") -> list[Task]:
        reply = self.claim(count, lease, profile=profile)
        if int(reply[0]) == 0:
            return []
        tasks = []
        for place in range(1, len(reply), 2):
            task = Task(reply[place], reply[place + 1], int(reply[0]) + (place - 1) // 2, int(reply[0]))
            if task.is_apart:
                task.unpack(self.redis("GET", BASE.encode() + b"b:" + reply[place]))
            if task.inputs is None:
                task.inputs = self.inputs(task.name, task.run)
            tasks.append(task)
        return tasks

    def inputs(self, name: str, run="r"):
        need, place, found = "0", "0", []
        while place != "-1":
            reply = self.run("workflow_inputs", run, name, need, place)
            assert reply != 0, name
            need, place = reply[0].decode(), reply[1].decode()
            for at in range(2, len(reply), 5):
                found.append((reply[at].decode(), reply[at + 1].decode(), reply[at + 2] == b"1",
                              STATES[int(reply[at + 3])], said_in(reply[at + 4])))
        return found

    def done(self, task: Task, result=b"", marks="", again=False) -> str:
        ttl = "0" + ("b" if task.is_apart else "") + ("t" if "K" in task.ties else "") + marks + ":" + task.ties["G"]
        return self.run("queue_complete", "1" if again else "0", task.id, task.number, ttl,
                        b"\0" + struct.pack("<Q", task.claim) + bytes([task.attempt]) + result).decode()

    def failed(self, task: Task, message="no", retry=True) -> int:
        return self.run("queue_fail", task.id, task.number, task.claim, failure(message, "Error", "w"),
                        "1" if retry else "0", 0, "")

    def skipped(self, task: Task, reason="why") -> int:
        return self.run("queue_cancelled", task.id, task.number, task.claim, "3", reason)

    def cancelled(self, task: Task) -> int:
        return self.run("queue_cancelled", task.id, task.number, task.claim, "2", "")

    def add(self, task: Task, nodes: list[Node], part=0) -> int:
        packed = b"".join(
            struct.pack("<I", len(word)) + word
            for name, state, definition in encoded(nodes, task.name) for word in (name.encode(), state, definition))
        return self.run("workflow_add", task.run, task.id, task.number, part, packed)

    def control(self, verb: str, run="r", reason="", at_once=False) -> int:
        answer = self.run("workflow_control", run, verb, reason, "1" if at_once else "0")
        while answer == 2:
            answer = self.run("workflow_control", run, "go", "", "0")
        return answer

    def summary(self, run="r"):
        reply = self.run("workflow_summary", run, "", "0")
        if reply == 0:
            return None
        counts = zip(("waiting", "ready", "succeeded", "failed", "skipped", "cancelled", "blocked"), reply[5:])
        return RUN_STATES[reply[0]], {name: count for name, count in counts if count}

    def reason(self, run="r") -> str:
        return self.run("workflow_summary", run, "", "0")[2].decode()

    def states(self, run="r") -> dict[str, str]:
        cursor, states = "0", {}
        while True:
            reply = self.run("workflow_tasks", run, cursor)
            cursor = reply[0].decode()
            for at in range(1, len(reply), 7):
                states[reply[at].decode()] = STATES[reply[at + 1][1]]
            if cursor == "0":
                return states

    def result(self, name: str, run="r"):
        reply = self.run("workflow_result", run, name)
        return reply if isinstance(reply, int) else (STATES[reply[0][1]], said_in(reply[1]))

    def history(self, run="r") -> list[str]:
        reply = self.run("workflow_history", run, 0)
        return [event.decode() for event in reply[2::2]]

    def work(self, body=None, most=100000, profile="linux") -> list[str]:
        """Runs tasks until there are none; `body(task)` answers the result, or settles the task and answers None."""
        names: list[str] = []
        while len(names) < most:
            tasks = self.take(1, profile=profile)
            if not tasks and not self.redis("EXISTS", BASE + "m"):
                return names
            for one in tasks:
                names.append(one.name)
                result = body(one) if body else one.name.encode()
                if result is not None:
                    assert self.done(one, result) == "1", one.name
        return names


def as_json(value) -> bytes:
    return json.dumps(value, separators=(", ", ": ")).encode()
