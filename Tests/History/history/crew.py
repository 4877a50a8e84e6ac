"""A crew of processes on one server, or on several, and the faults that befall them."""

from __future__ import annotations

import random
import signal
import subprocess
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

from harness import Proxy, Server
from harness.server import LEASHED

from .observer import Redis, now
from .records import MILLISECOND, SECOND, Circumstances

# The longest lease of the workers, or of a grant that its receiver never saw.
LONGEST_LEASE = 1.0
# What clients need to come back to a server that was away.
RECOVERY = 2.5

AnyHistory = TypeVar("AnyHistory", bound=Circumstances)

FAULTS = {"kill": 4, "stop": 6, "cut": 3, "deaf": 1, "lose": 4, "restart": 2}


@dataclass
class Worker:
    """One process of the crew, and those that were there before it in its place."""

    slot: int
    url: str
    threads: int
    generation: int = -1
    process: subprocess.Popen[bytes] | None = None
    stopped: int = 0
    go_on_at: float = 0.0

    @property
    def label(self) -> str:
        return f"w{self.slot}.{self.generation}"


@dataclass
class Ended(Generic[AnyHistory]):
    """How a campaign went; `problems` are those that no history shows."""

    history: AnyHistory
    faults: Counter[str]
    seconds: float
    problems: list[str] = field(default_factory=list)


class Crew(Generic[AnyHistory]):
    """What is common to all campaigns. `threads` has a number for each process; the last processes reach the servers
    through proxies that lose things."""

    def __init__(self, folder: Path, seed: int, threads: list[int], behind_a_proxy: int, history: AnyHistory,
                 faults: dict[str, int] = FAULTS, servers: int = 1) -> None:
        self.seed, self.history, self.chances = seed, history, faults
        self.dice = random.Random(seed)
        self.faults: Counter[str] = Counter()
        self.problems: list[str] = []
        self.records = folder / "records"
        self.records.mkdir()
        self.servers = []
        for number in range(servers):
            (folder / f"server-{number}").mkdir()
            self.servers.append(Server(folder / f"server-{number}", durable=True))
        self._tune()
        self.proxies: list[Proxy] = []
        direct = len(threads) - behind_a_proxy
        self.crew = []
        for slot, count in enumerate(threads):
            fronts = self.servers if slot < direct else [self._proxy(folder, server) for server in self.servers]
            self.crew.append(Worker(slot, _url_of([front.url for front in fronts]), count))
        self.cut_off = {worker.slot for worker in self.crew[direct:]}

    def _proxy(self, folder: Path, server: Server) -> Proxy:
        place = folder / f"proxy-{len(self.proxies)}"
        place.mkdir()
        self.proxies.append(Proxy(place, server.socket))
        return self.proxies[-1]

    def command(self, worker: Worker, seed: int) -> list[str]:
        """What a process of the crew is."""
        raise NotImplementedError

    # ------------------------------------------------------------ the crew

    def _tune(self) -> None:
        # The file is read again at each restart: keep it short.
        for server in self.servers:
            server.command("CONFIG", "SET", "auto-aof-rewrite-min-size", "8mb")

    def start_all(self) -> None:
        for worker in self.crew:
            self._start(worker)

    def _start(self, worker: Worker) -> None:
        worker.generation += 1
        worker.stopped = 0
        if worker.slot in self.cut_off:
            self.history.cut_off.add(worker.label)
        seed = (self.seed * 1000 + worker.slot * 100 + worker.generation) % (1 << 27)
        worker.process = subprocess.Popen([*LEASHED, *self.command(worker, seed)])

    def disturb(self, most: int, calm: tuple[float, float]) -> None:
        """At most so many faults one after the other, then calm for some seconds, in which most of the acquisitions
        happen, and those before whom others died go on."""
        for _ in range(self.dice.randint(1, most)):
            self._one_fault()
            self._live(self.dice.uniform(0.02, 0.25))
        self._live(self.dice.uniform(*calm))

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

    def _disconnect(self, worker: Worker, proxy: Proxy) -> None:
        """The server ends the connections of everybody, of one kind."""
        self.dice.choice(self.servers).command(
            "CLIENT", "KILL", "TYPE", self.dice.choice(["normal", "pubsub"]), "SKIPME", "yes")

    def _restart(self, worker: Worker, proxy: Proxy) -> None:
        """Of one server, which then is a minority of several, or all there are."""
        start = now()
        self.dice.choice(self.servers).restart(after=self.dice.choice([0.0, 0.1, 0.3, 1.2]))
        self._tune()
        self.history.outages.append((start, now() + int(RECOVERY * SECOND)))

    # ------------------------------------------------------------ the end

    def end_all(self) -> None:
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

    def ended(self, seconds: float) -> Ended[AnyHistory]:
        return Ended(self.history, self.faults, seconds, self.problems)

    def everything_expires(self, but: str = "no such key") -> None:
        """What is left on the servers does not stay, but for keys with that text in their name."""
        for server in self.servers:
            redis = Redis(server.socket)
            [keys] = redis.run(["KEYS", "*"])
            assert isinstance(keys, list)
            for key in keys:
                [left] = redis.run(["PTTL", key.decode()])
                if left == -1 and but not in key.decode():
                    self.problems.append(f"the key {key.decode()} never expires")
            redis.close()

    def clear(self) -> None:
        for worker in self.crew:
            if worker.process is not None:
                worker.process.kill()
                worker.process.wait()
        for proxy in self.proxies:
            proxy.close()
        for server in self.servers:
            server.kill()


def _url_of(urls: list[str]) -> str:
    return urls[0] if len(urls) == 1 else "quorum:" + ",".join(urls)
