"""Rounds of jobs on one server with one crew, the faults that befall them, and the ledger of each round."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable

from harness import Proxy, Server
from harness.server import LEASHED

from .audit import Audit
from .crew import LEASE, Programs, Slot
from .records import SECOND, Ledger, load

BEHIND_A_PROXY = 2
FAULTS = {"kill": 16, "stop": 3, "cut": 2, "deaf": 1, "lose": 3}
# Whoever was disturbed may have lost an attempt unseen until its lease has ended and it was back.
AFTERMATH = int((2 * LEASE + 3) * SECOND)
DRAIN_SECONDS = 90.0
MOST_PROBLEMS = 20


@dataclass
class Plan:
    """What a campaign consists of."""

    producers: list[tuple[str, bool, dict[str, int]]]  # label, behind a proxy, jobs per theme
    slots: Callable[[str, list[str]], list[Slot]]  # given the server's URL and those of the proxies
    queues: list[str]  # specs
    kills: int = 0  # per round at least
    restarts: int = 0  # per round
    faults: dict[str, int] = field(default_factory=lambda: dict(FAULTS))


class Campaign:
    """One server, one crew, any number of rounds."""

    def __init__(self, programs: Programs, folder: Path, seed: int, plan: Plan, kept: Path | None = None) -> None:
        self.programs, self.folder, self.seed, self.plan, self.kept = programs, folder, seed, plan, kept
        self.dice = random.Random(seed)
        self.faults: Counter[str] = Counter()
        self.problems: list[str] = []
        self.rounds = 0
        self.records = folder / "records"
        for part in ("records", "server"):
            (folder / part).mkdir(parents=True)
        self.server = Server(folder / "server", durable=True)
        self._tune()
        self.proxies: list[Proxy] = []
        for number in range(BEHIND_A_PROXY):
            (folder / f"proxy-{number}").mkdir()
            self.proxies.append(Proxy(folder / f"proxy-{number}", self.server.socket))
        self.crew = plan.slots(self.server.url, [proxy.url for proxy in self.proxies])
        self.audit = Audit(programs.folder / "audit", self.server, plan.queues)
        self.disturbances: list[tuple[int, int]] = []
        self.counts = {queue.partition("/")[0]: Counter() for queue in plan.queues}

    def __enter__(self) -> Campaign:
        for slot in self.crew:
            slot.start(self.programs, self.records, self.seed)
        return self

    def __exit__(self, *_: object) -> None:
        for slot in self.crew:
            if slot.process is not None:
                slot.kill()
        for proxy in self.proxies:
            proxy.close()
        self.server.kill()

    # ------------------------------------------------------------ one round

    def round(self) -> Ledger:
        """Pushes the jobs of a round, plays faults until they are done and enough has happened, and gathers what is
        known of them."""
        self.rounds += 1
        name = f"r{self.rounds}"
        self.disturbances = []
        kills, restarts = self.faults["kill"] + self.plan.kills, self.plan.restarts
        producers = [self._produce(name, *producer) for producer in self.plan.producers]
        start = time.monotonic()
        while any(producer.poll() is None for producer in producers) or self.faults["kill"] < kills or restarts:
            for _ in range(self.dice.randrange(2, 12)):
                self._one_fault()
                self._live(self.dice.uniform(0.02, 0.25))
            if restarts and self.dice.random() < 0.4:
                restarts -= 1
                self._restart()
            self._live(self.dice.uniform(0.1, 0.6))
        for producer in producers:
            if producer.returncode != 0:
                self.problems.append(f"a producer ends with {producer.returncode}")
        self._calm()
        self.took = time.monotonic() - start
        self._drain()
        return self._gather(name)

    def _produce(
        self, name: str, label: str, is_behind_a_proxy: bool, themes: dict[str, int]) -> subprocess.Popen[bytes]:
        url = self.proxies[0].url if is_behind_a_proxy else self.server.url
        return subprocess.Popen(
            [*LEASHED, str(self.programs.folder / "producer"), url, label, str(self.records), name,
             str(self.dice.randrange(1 << 27)), *(f"{theme}={count}" for theme, count in themes.items())])

    def _gather(self, name: str) -> Ledger:
        ledger = Ledger(disturbances=list(self.disturbances))
        ledger.capabilities = {
            slot.label.partition(".")[0]: set(filter(None, slot.capabilities.split(","))) for slot in self.crew}
        load(self.records, name, ledger)
        self.audit.ask_ends(ledger)
        ledger.counts = self.audit.counts()
        for queue, counts in ledger.counts.items():
            ledger.growth[queue] = Counter({key: counts[key] - self.counts[queue][key] for key in counts})
            self.counts[queue] = counts
        self._forget_records()
        return ledger

    def _forget_records(self) -> None:
        """What has been judged; whoever lives goes on writing at the beginning."""
        living = {slot.label for slot in self.crew}
        for path in self.records.iterdir():
            if self.kept:
                (self.kept / f"{self.rounds}").mkdir(parents=True, exist_ok=True)
                shutil.copy(path, self.kept / f"{self.rounds}")
            if path.stem in living:
                os.truncate(path, 0)
            else:
                path.unlink()

    def forget(self) -> None:
        """All that is kept of jobs that have ended, so that the next round begins with nothing."""
        self.problems.extend(self.audit.forget_ended())
        self.counts = self.audit.counts()

    # ------------------------------------------------------------ the crew

    def _live(self, seconds: float) -> None:
        """Lets time pass; wakes who has slept enough, and replaces who has died."""
        until = time.monotonic() + seconds
        while True:
            for slot in self.crew:
                if slot.stopped and time.monotonic() >= slot.go_on_at:
                    self._go_on(slot)
                status = slot.has_died()
                if status is not None:
                    # Poison has it kill itself; anything else is a fault of the worker.
                    if status != -signal.SIGKILL:
                        self.problems.append(
                            f"{slot.label} has ended by itself with {status}: {slot.last_words(self.records)}")
                    self.faults["poison"] += 1
                    self._replace(slot)
                    if len(self.problems) > MOST_PROBLEMS:
                        raise RuntimeError(f"the crew does not live: {self.problems[-1]}")
            left = until - time.monotonic()
            if left <= 0:
                return
            time.sleep(min(left, 0.02))

    def _replace(self, slot: Slot) -> None:
        slot.kill()
        self._disturbed(time.time_ns())
        slot.start(self.programs, self.records, self.seed)

    def _disturbed(self, since: int) -> None:
        self.disturbances.append((since - int(LEASE * SECOND), time.time_ns() + AFTERMATH))

    def _go_on(self, slot: Slot) -> None:
        slot.signal(signal.SIGCONT)
        self._disturbed(slot.stopped)
        slot.stopped = 0

    # ------------------------------------------------------------ faults

    def _one_fault(self) -> None:
        if not self.plan.faults:
            return
        fault = self.dice.choices(list(self.plan.faults), list(self.plan.faults.values()))[0]
        slot = self.dice.choice([slot for slot in self.crew if not slot.is_safe])
        proxy = self.dice.choice(self.proxies)
        for other in self.proxies:
            other.stop_chaos()
        if fault == "stop" and any(other.stopped for other in self.crew):
            return
        self.faults[fault] += 1
        if fault == "kill":
            self.faults[f"kill of {slot.language}"] += 1
            self._replace(slot)
        elif fault == "stop":
            slot.stopped = time.time_ns()
            slot.go_on_at = time.monotonic() + self.dice.choice([0.05, 0.5, 1.0, 2.0]) * self.dice.uniform(0.8, 1.2)
            slot.signal(signal.SIGSTOP)
        elif fault == "cut":
            proxy.cut_all()
        elif fault == "deaf":
            proxy.stall_all()
            self._disturbed(time.time_ns())
        else:
            proxy.start_chaos(self.dice.randrange(1 << 30), 0.02)
            self._disturbed(time.time_ns())

    def _restart(self) -> None:
        self.faults["restart"] += 1
        start = time.time_ns()
        self.server.restart(after=self.dice.choice([0.0, 0.2, 1.5]))
        self._tune()
        self._disturbed(start)

    def _tune(self) -> None:
        # The file is read again at each restart: keep it short.
        self.server.command("CONFIG", "SET", "auto-aof-rewrite-min-size", "16mb")

    # ------------------------------------------------------------ the end of a round

    def _calm(self) -> None:
        for proxy in self.proxies:
            proxy.stop_chaos()
        for slot in self.crew:
            if slot.stopped:
                self._go_on(slot)

    def _drain(self) -> None:
        """Until the queues are empty; poison goes on killing."""
        until = time.monotonic() + DRAIN_SECONDS
        while left := self.audit.left():
            if time.monotonic() > until:
                self.problems.append(f"after {DRAIN_SECONDS:g} s there are still jobs: {left}")
                return
            self._live(0.2)

    def end(self) -> None:
        """Half of the crew ends in order, and gives back what it has."""
        for slot in self.crew:
            if slot.number % 2 == 0:
                if problem := slot.end():
                    self.problems.append(problem)
