"""Runs of random graphs on one server, the faults that befall everybody, and the ledger of each run."""

from __future__ import annotations

import random
import shutil
import signal
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from harness import Proxy, Server

from .crew import QUEUE, Control, Programs, Slot
from .graphs import Graph
from .model import ENDED, STATES
from .records import Ledger, load

RUN_STATES = ("running", "paused", "stopping", "succeeded", "failed", "cancelled")
FAULTS = {"kill": 10, "kill of an instance": 6, "stop": 2, "lose": 3, "cut": 1, "pause": 2}
# As instance.h has it.
PREFIX = "run:"
MOST_PROBLEMS = 20
IMMORTAL = """
local found = {}
for _, key in ipairs(redis.call('KEYS', ARGV[1])) do
    if redis.call('PTTL', key) < 0 then found[#found + 1] = key end
end
return table.concat(found, ' ')"""


@dataclass
class Trial:
    """One graph that runs."""

    run: str
    graph: Graph
    queue: str = QUEUE
    instances: list[Slot] = field(default_factory=list)
    is_paused: bool = False
    state: str = ""
    took: float = 0.0  # until its end was seen

    @property
    def has_ended(self) -> bool:
        return self.state in ("succeeded", "failed", "cancelled")


class Campaign:
    """One server, one crew, any number of waves."""

    def __init__(self, programs: Programs, folder: Path, seed: int, languages: list[str], kept: Path | None = None,
                 faults: dict[str, int] | None = None, seconds: float = 60) -> None:
        self.programs, self.seed, self.kept, self.seconds = programs, seed, kept, seconds
        self.chances = FAULTS if faults is None else faults
        self.dice = random.Random(seed)
        self.faults: Counter[str] = Counter()
        self.problems: list[str] = []
        self.records = folder / "records"
        for part in ("records", "server", "proxy"):
            (folder / part).mkdir(parents=True)
        self.server = Server(folder / "server", durable=True)
        self.proxy = Proxy(folder / "proxy", self.server.socket)
        self.control = Control(programs, self.server.url)
        self.crew = [Slot(f"{language}{number}", language, self.proxy.url if number == 1 else self.server.url)
                     for language in languages for number in range(2)]
        if "c" in languages:
            self.crew += [Slot("c2", "c", self.server.url, "runtime"), Slot("c3", "c", self.proxy.url, "runtime")]
        self.trials: list[Trial] = []

    def __enter__(self) -> Campaign:
        for slot in self.crew:
            self._start(slot)
        return self

    def __exit__(self, *_: object) -> None:
        for slot in self._everybody():
            slot.kill()
        self.control.kill()
        self.proxy.close()
        self.server.kill()

    def _everybody(self) -> list[Slot]:
        return [slot for slot in self.crew + [one for trial in self.trials for one in trial.instances]
                if slot.process is not None]

    def _start(self, slot: Slot) -> None:
        slot.start(self.programs, self.records, self.dice.randrange(1 << 27))

    # ------------------------------------------------------------ one wave

    def wave(self, graphs: dict[str, tuple[Graph, int]], restarts: int = 1) -> dict[str, Ledger]:
        """Runs graphs at the same time, each with so many instances of its own, or with the common crew if that is 0;
        gathers what is known of each run."""
        self.trials = []
        for run, (graph, instances) in graphs.items():
            for name, text in graph.files(run).items():
                (self.records / f"{name}.graph").write_text(text)
            trial = Trial(run, graph)
            if instances:
                trial.queue = PREFIX + run
                trial.instances = [Slot(f"{run}-i{index}", "c", self.server.url, "instance", run, index, instances)
                                   for index in range(instances)]
            self.trials.append(trial)
        self.start = time.monotonic()
        for trial in self.trials:
            self._begin(trial)
        until = time.monotonic() + self.seconds
        restart_at = sorted(time.monotonic() + self.dice.uniform(0.3, 2.5) for _ in range(restarts))
        while not self._have_all_ended():
            if time.monotonic() > until:
                self._complain()
                break
            self._one_fault()
            self._live(self.dice.uniform(0.02, 0.25))
            if restart_at and time.monotonic() > restart_at[0]:
                del restart_at[0]
                self.faults["restart"] += 1
                self.server.restart(after=self.dice.choice([0.0, 0.1, 1.2]))
        self._calm()
        self._dismiss()
        return self._gather()

    def _begin(self, trial: Trial) -> None:
        for slot in trial.instances:
            self._start(slot)
        if trial.instances:
            return
        path = str(self.records / f"{trial.run}.graph")
        if self.dice.random() < 0.3:
            # Somebody dies while starting it; another starts it again.
            starter = Control(self.programs, self.server.url)
            starter.ask("summary", trial.queue, trial.run)
            starter.send("start", trial.queue, trial.run, path)
            time.sleep(self.dice.uniform(0, 0.02))
            starter.kill()
            self.faults["kill while starting"] += 1
        answer = self.control.ask("start", trial.queue, trial.run, path)
        if answer.split()[0] not in ("OK", "EXISTS"):
            self.problems.append(f"starting {trial.run} answers {answer}")

    def _have_all_ended(self) -> bool:
        for trial in self.trials:
            if not trial.has_ended:
                status, *words = self.control.ask("summary", trial.queue, trial.run).split()
                trial.state = RUN_STATES[int(words[0])] if status == "OK" else status
                trial.took = time.monotonic() - self.start
        return all(trial.has_ended for trial in self.trials)

    def _complain(self) -> None:
        for trial in self.trials:
            if not trial.has_ended:
                left = {end.name: STATES[end.state] for end in self.control.tasks(trial.queue, trial.run).values()
                        if end.state not in ENDED}
                self.problems.append(f"after {self.seconds:g} s {trial.run} is {trial.state}: {left}")

    def _gather(self) -> dict[str, Ledger]:
        ledgers = load(self.records)
        found = {}
        for trial in self.trials:
            ledger = found[trial.run] = ledgers.get(trial.run, Ledger(trial.run))
            ledger.state = trial.state
            ledger.ends = self.control.tasks(trial.queue, trial.run)
            if not trial.has_ended:
                continue
            if trial.instances and (left := self.server.command("EVAL", IMMORTAL, "0", f"*{trial.run}*")):
                self.problems.append(f"{trial.run} is left for ever, as {left}")
            answer = self.control.ask("delete", trial.queue, trial.run)
            left = self.server.command("--scan", "--pattern", f"*:{trial.run}*").split()
            left = [key for key in left if f"{{graphs:queue:{trial.queue}}}" in key]
            if not answer.startswith("OK") or left:
                self.problems.append(f"deleting {trial.run} answers {answer} and leaves {left}")
        return found

    def slowest(self) -> Trial:
        return max(self.trials, key=lambda trial: trial.took)

    def keep(self, name: str) -> None:
        """Leaves what was written down in the folder that was asked for."""
        if self.kept:
            shutil.copytree(self.records, self.kept / name, dirs_exist_ok=True)

    # ------------------------------------------------------------ the crew

    def _live(self, seconds: float) -> None:
        """Lets time pass; wakes who has slept enough, and replaces who has died."""
        until = time.monotonic() + seconds
        while True:
            for slot in self._everybody():
                if slot.stopped_until and time.monotonic() >= slot.stopped_until:
                    slot.go_on()
                self._look_after(slot)
            if len(self.problems) > MOST_PROBLEMS:
                raise RuntimeError(f"the crew does not live: {self.problems[-1]}")
            left = until - time.monotonic()
            if left <= 0:
                return
            time.sleep(min(left, 0.02))

    def _look_after(self, slot: Slot) -> None:
        status = slot.has_died()
        if status is None or (slot.run and status in (0, 1)):
            return
        # Poison has it kill itself; anything else is a fault of the worker.
        if status != -signal.SIGKILL:
            self.problems.append(f"{slot.label} has ended with {status}: {slot.last_words(self.records)}")
        self.faults["poison"] += 1
        self._start(slot)

    def _dismiss(self) -> None:
        """Instances end with their run, and say how that went."""
        for trial in self.trials:
            for slot in trial.instances:
                until = time.monotonic() + 20
                while (status := slot.has_died()) is None and time.monotonic() < until:
                    time.sleep(0.01)
                if status is None or status == -signal.SIGKILL:
                    slot.kill()
                wanted = 0 if trial.state == "succeeded" else 1
                if trial.has_ended and status not in (wanted, -signal.SIGKILL):
                    self.problems.append(
                        f"{slot.label} ended with {status}, the run {trial.state}: {slot.last_words(self.records)}")

    # ------------------------------------------------------------ faults

    def _one_fault(self) -> None:
        if not self.chances:
            return
        fault = self.dice.choices(list(self.chances), list(self.chances.values()))[0]
        self.proxy.stop_chaos()
        running = [trial for trial in self.trials if not trial.has_ended]
        instances = [slot for trial in running for slot in trial.instances if slot.has_died() is None]
        paused = [trial for trial in running if trial.is_paused]
        if paused and self.dice.random() < 0.5:
            self._resume(paused[0])
        elif fault == "kill of an instance" and instances:
            # The one that coordinates more often than the others.
            slot = self.dice.choice(instances + [slot for slot in instances if slot.index == 0])
            self._kill(slot, fault)
        elif fault == "kill":
            slot = self.dice.choice(self.crew)
            self._kill(slot, f"kill of {slot.language}")
        elif fault == "stop":
            slot = self.dice.choice(self.crew + instances)
            if not slot.stopped_until and slot.has_died() is None:
                slot.stop(self.dice.choice([0.1, 0.5, 1.5]))
                self.faults[fault] += 1
        elif fault == "lose":
            self.proxy.start_chaos(self.dice.randrange(1 << 30), 0.05)
            self.faults[fault] += 1
        elif fault == "cut":
            self.proxy.cut_all()
            self.faults[fault] += 1
        elif fault == "pause" and running:
            trial = self.dice.choice(running)
            if self.control.ask("pause", trial.queue, trial.run).startswith("OK"):
                trial.is_paused = True
                self.faults[fault] += 1

    def _kill(self, slot: Slot, fault: str) -> None:
        slot.kill()
        self.faults[fault] += 1
        self._start(slot)

    def _resume(self, trial: Trial) -> None:
        answer = self.control.ask("resume", trial.queue, trial.run)
        trial.is_paused = not answer.startswith(("OK", "EXPIRED"))

    def _calm(self) -> None:
        self.proxy.stop_chaos()
        for slot in self._everybody():
            if slot.stopped_until:
                slot.go_on()

    def end(self) -> None:
        """The crew ends in order."""
        for slot in self.crew:
            if problem := slot.end(self.records):
                self.problems.append(problem)
