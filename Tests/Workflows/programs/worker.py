"""A worker in Python on a queue, until SIGTERM. It does as workflows/behaviour.py says, and writes down what ledger.h
says.

    worker.py queue URL LABEL FOLDER SEED QUEUE
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from pathlib import Path
from typing import Optional

import distcoord

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from workflows.behaviour import SUCCEEDED, Deed, Input, behave, wishes_of  # noqa: E402
from workflows.graphs import POLICIES  # noqa: E402

LEASE = 1.0
STATES = ("waiting", "ready", "running", "succeeded", "failed", "skipped", "cancelled", "blocked")
assert STATES[SUCCEEDED] == "succeeded"


class Worker:
    """One process, one thread."""

    def __init__(self, url: str, label: str, folder: str, seed: int) -> None:
        self.label, self.folder, self.dice = label, Path(folder), random.Random(seed)
        self.file = os.open(f"{folder}/{label}.log", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self.client = distcoord.connect(url, "graphs", label=label, connect_timeout=1, timeout=3)
        self.record("w", self.client.id)

    def record(self, *words: object) -> None:
        os.write(self.file, (" ".join(map(str, words)) + "\n").encode())

    def note(self, kind: str, job: distcoord.Job, *words: object) -> None:
        task = job.run_task
        self.record(kind, time.time_ns(), task.run_id, task.name, task.round, job.attempt, job.fence, *words)

    def work(self, name: str, ending: list[int]) -> None:
        queue = self.client.queue(name, lease=LEASE, capabilities=["lang:python"])
        while not ending:
            try:
                jobs = queue.claim_many(self.dice.randint(1, 4), timeout=0.1)
            except distcoord.DistcoordError:
                time.sleep(0.005)
                continue
            for job in jobs:
                self.note("c", job)
            for job in jobs:
                self.attend(job)

    def attend(self, job: distcoord.Job) -> None:
        task, wishes = job.run_task, wishes_of(job.payload)
        if us := int(wishes.get("busy", "0")):
            time.sleep(us / 1e6)
        try:
            inputs = [Input(one.need, one.task, one.many, STATES.index(one.state), one.data) for one in task.inputs()]
        except distcoord.DistcoordError as error:
            self.note("a", job, "fetch", status_of(error))
            return
        deed = behave(task.name, job.payload, job.attempt, task.round, task.item or b"", inputs)
        if job.attempt == 1 and "kill" in wishes:
            os.kill(os.getpid(), signal.SIGKILL)
        if job.attempt == 1 and "hang" in wishes:
            time.sleep(2 * (job.timeout or 0))
        if deed.addition:
            try:
                task.add(read_graph(self.folder / f"{task.run_id}.{deed.addition}.graph"))
            except distcoord.DistcoordError as error:
                self.note("a", job, "add", status_of(error))
                return
        self.note("b", job, deed.how)
        error = self.settle(job, deed)
        self.note("a", job, deed.how, status_of(error) if error else "OK")

    def settle(self, job: distcoord.Job, deed: Deed) -> Optional[distcoord.DistcoordError]:
        try:
            if deed.how == "complete":
                job.complete(deed.result)
            elif deed.how == "repeat":
                job.run_task.repeat(deed.result)
            elif deed.how == "skip":
                job.run_task.skip("asked to")
            else:
                job.fail("asked to fail", retry=deed.how == "fail")
        except distcoord.DistcoordError as error:
            return error
        return None


# As in status.h; what else there is has a number here.
STATUSES = {3: "NOT_HELD", 4: "LOST", 9: "NOT_FOUND", -10: "ERROR_UNREACHABLE", -11: "ERROR_NO_REPLY",
            -13: "ERROR_UNAVAILABLE"}


def status_of(error: distcoord.DistcoordError) -> str:
    return STATUSES.get(error.status, f"{type(error).__name__}({error.status})")


def read_graph(path: Path) -> distcoord.Workflow:
    """As graph.h does."""
    lines = [line.split("\t") for line in path.read_text().splitlines()]
    policies = {words[1]: (words[2], words[3]) for words in lines if words[0] == "policy"}
    languages = {words[1]: words[2] for words in lines if words[0] == "language"}
    always = {words[1] for words in lines if words[0] == "always"}
    workflow = distcoord.Workflow("graph")
    for kind, *words in lines:
        given = [None if word == "-" else word for word in words]
        name, rest = words[0], {"group": given[1] if len(given) > 1 else None, "always": words[0] in always}
        if kind in ("map", "group") and name in policies:
            policy, least = policies[name]
            rest["policy"] = POLICIES[int(policy)]
            if rest["policy"] == "at_least":
                rest["at_least"] = int(least)
        if kind in ("task", "map"):
            attempts, timeout_ms, work = given[-3:]
            rest |= {"language": languages.get(name, ""), "retries": int(attempts) - 1, "backoff": 0.001,
                     "backoff_max": 0.02, "timeout": int(timeout_ms) / 1000 or None}
            if kind == "task":
                workflow.add_task(name, work or "", **rest)
            else:
                workflow.add_map(name, given[3], work or "", source=given[2], **rest)
        elif kind == "group":
            workflow.add_group(name, **rest)
        elif kind == "need":
            workflow.add_need(words[0], words[1])
        elif kind == "loop":
            workflow.add_loop(words[0], words[1], int(words[2]))
    return workflow


def main() -> None:
    _, url, label, folder, seed, queue = sys.argv[1:]
    ending: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: ending.append(number))
    worker = Worker(url, label, folder, int(seed))
    worker.work(queue, ending)
    worker.client.close()


main()
