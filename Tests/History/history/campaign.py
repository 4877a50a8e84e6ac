"""A crew of workers on one server, the faults that befall them, and the history that is left."""

from __future__ import annotations

import random
import signal
import subprocess
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from harness import Proxy, Server
from harness.server import LEASHED

from .observer import Observer, Redis, now
from .records import MILLISECOND, SECOND, History, Progress, load

# Threads of each process; the last ones reach the server through a proxy that loses things.
THREADS = [1, 2, 2, 1, 3, 2, 2, 2, 2, 1]
BEHIND_A_PROXY = 3
# The longest lease of the workers (things.c), or of a grant that its receiver never saw.
LONGEST_LEASE = 1.0
# What clients need to come back to a server that was away.
RECOVERY = 2.5

ALL_KINDS = (1 << 8) - 1
FAULTS = {"kill": 4, "stop": 6, "cut": 3, "deaf": 1, "lose": 4, "restart": 2}


@dataclass
class Worker:
    """One process of the crew, and those that were there before it in its place."""

    slot: int
    url: str
    generation: int = -1
    process: subprocess.Popen[bytes] | None = None
    stopped: int = 0
    go_on_at: float = 0.0

    @property
    def label(self) -> str:
        return f"w{self.slot}.{self.generation}"


@dataclass
class Ended:
    """How a campaign went; `problems` are those that no history shows."""

    history: History
    faults: Counter[str]
    seconds: float
    problems: list[str] = field(default_factory=list)


class Campaign:
    """Runs once."""

    def __init__(self, programs: Path, folder: Path, seed: int, kinds: int = ALL_KINDS, faults: dict[str, int] = FAULTS,
                 seeded: str = "0") -> None:
        self.programs, self.folder, self.seed, self.kinds, self.seeded = programs, folder, seed, kinds, seeded
        self.dice = random.Random(seed)
        self.chances = faults
        self.faults: Counter[str] = Counter()
        self.history = History()
        self.problems: list[str] = []
        self.records = folder / "records"
        for part in ("records", "server"):
            (folder / part).mkdir()
        self.server = Server(folder / "server", durable=True)
        self._tune()
        self.proxies = []
        for number in range(BEHIND_A_PROXY):
            (folder / f"proxy-{number}").mkdir()
            self.proxies.append(Proxy(folder / f"proxy-{number}", self.server.socket))
        direct = len(THREADS) - BEHIND_A_PROXY
        self.crew = [Worker(slot, self.server.url if slot < direct else self.proxies[slot - direct].url)
                     for slot in range(len(THREADS))]

    def run(self, seconds: float, acquisitions: int) -> Ended:
        """Goes on for that long, and until so many acquires have succeeded."""
        observer = Observer(self.server.socket)
        progress = Progress(self.records)
        start = time.monotonic()
        try:
            for worker in self.crew:
                self._start(worker)
            while time.monotonic() < start + seconds or progress.acquired() < acquisitions:
                for _ in range(self.dice.randrange(1, 12)):
                    self._one_fault()
                    self._live(self.dice.uniform(0.02, 0.25))
                # Calm, in which most of the acquisitions happen, and those before whom others died go on.
                self._live(self.dice.uniform(0.8, 3.0))
            took = time.monotonic() - start
            self._end_all()
            self._nothing_is_left()
        finally:
            self.history.sightings = observer.end()
            self._clear()
        load(self.records, self.history)
        return Ended(self.history, self.faults, took, self.problems)

    # ------------------------------------------------------------ the crew

    def _tune(self) -> None:
        # The file is read again at each restart: keep it short.
        self.server.command("CONFIG", "SET", "auto-aof-rewrite-min-size", "8mb")

    def _start(self, worker: Worker) -> None:
        worker.generation += 1
        worker.stopped = 0
        if worker.url != self.server.url:
            self.history.cut_off.add(worker.label)
        seed = self.seed * 1000 + worker.slot * 100 + worker.generation
        worker.process = subprocess.Popen(
            [*LEASHED, str(self.programs / "worker"), worker.url, worker.label, str(self.records),
             str(THREADS[worker.slot]), str(seed % (1 << 27)), str(self.kinds), self.seeded])

    def _live(self, seconds: float) -> None:
        """Lets time pass; wakes who has slept enough, and replaces who has died by itself."""
        until = time.monotonic() + seconds
        while True:
            for worker in self.crew:
                if worker.stopped and time.monotonic() >= worker.go_on_at:
                    self._go_on(worker)
                assert worker.process is not None
                if worker.process.poll() is not None:
                    self.problems.append(f"{worker.label} has ended by itself with {worker.process.returncode}")
                    self.history.killed.add(worker.label)
                    self._start(worker)
            left = until - time.monotonic()
            if left <= 0:
                return
            time.sleep(min(left, 0.02))

    def _go_on(self, worker: Worker) -> None:
        assert worker.process is not None
        worker.process.send_signal(signal.SIGCONT)
        self.history.pauses.setdefault(worker.label, []).append((worker.stopped, now() + 50 * MILLISECOND))
        worker.stopped = 0

    # ------------------------------------------------------------ faults

    def _one_fault(self) -> None:
        fault = self.dice.choices(list(self.chances), list(self.chances.values()))[0]
        worker, proxy = self.dice.choice(self.crew), self.dice.choice(self.proxies)
        for other in self.proxies:
            other.stop_chaos()
        if fault == "stop" and (worker.stopped or sum(bool(other.stopped) for other in self.crew) >= 3):
            return
        self.faults[fault] += 1
        getattr(self, f"_{fault}")(worker, proxy)

    def _kill(self, worker: Worker, proxy: Proxy) -> None:
        assert worker.process is not None
        self.history.killed.add(worker.label)
        worker.process.kill()
        worker.process.wait()
        self._start(worker)

    def _stop(self, worker: Worker, proxy: Proxy) -> None:
        """For about as long as leases are: those that hold lose it, or just not."""
        assert worker.process is not None
        worker.stopped = now()
        worker.go_on_at = time.monotonic() + self.dice.choice([0.05, 0.3, 0.8, 1.2, 2.0]) * self.dice.uniform(0.8, 1.2)
        worker.process.send_signal(signal.SIGSTOP)

    def _cut(self, worker: Worker, proxy: Proxy) -> None:
        proxy.cut_all()

    def _deaf(self, worker: Worker, proxy: Proxy) -> None:
        proxy.stall_all()

    def _lose(self, worker: Worker, proxy: Proxy) -> None:
        """Requests and replies, until the next fault."""
        proxy.start_chaos(self.dice.randrange(1 << 30), 0.02)

    def _restart(self, worker: Worker, proxy: Proxy) -> None:
        start = now()
        self.server.restart(after=self.dice.choice([0.0, 0.1, 0.3, 1.2]))
        self._tune()
        self.history.outages.append((start, now() + int(RECOVERY * SECOND)))

    # ------------------------------------------------------------ the end

    def _end_all(self) -> None:
        """Half of them are killed, the others asked to end."""
        for proxy in self.proxies:
            proxy.stop_chaos()
        for worker in self.crew:
            if worker.stopped:
                self._go_on(worker)
        for worker in self.crew:
            assert worker.process is not None
            if worker.slot % 2:
                self.history.killed.add(worker.label)
                worker.process.kill()
            else:
                worker.process.send_signal(signal.SIGTERM)
        for worker in self.crew:
            assert worker.process is not None
            try:
                status = worker.process.wait(30)
                if worker.slot % 2 == 0 and status != 0:
                    self.problems.append(f"{worker.label} ends with {status}")
            except subprocess.TimeoutExpired:
                self.problems.append(f"{worker.label} does not end within 30 s")
                self.history.killed.add(worker.label)

    def _nothing_is_left(self) -> None:
        """One lease and a second after the last one is gone nothing is held, and everything left will expire."""
        time.sleep(LONGEST_LEASE + 1)
        looked = subprocess.run(
            [str(self.programs / "look"), self.server.url], stdout=subprocess.PIPE, text=True, timeout=60)
        lines = [line.split() for line in looked.stdout.splitlines()]
        if looked.returncode != 0 or not lines:
            self.problems.append(f"nobody can say what is held: {looked.returncode}")
        self.problems.extend(f"{name} is held for ever" for name, held, _ in lines if held != "0")
        redis = Redis(self.server.socket)
        [keys] = redis.run(["KEYS", "*"])
        assert isinstance(keys, list)
        for key in keys:
            [left] = redis.run(["PTTL", key.decode()])
            if left == -1:
                self.problems.append(f"the key {key.decode()} never expires")
        redis.close()

    def _clear(self) -> None:
        for worker in self.crew:
            if worker.process is not None:
                worker.process.kill()
                worker.process.wait()
        for proxy in self.proxies:
            proxy.close()
        self.server.kill()
