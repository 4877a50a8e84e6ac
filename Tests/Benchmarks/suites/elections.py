"""Who leads next, and how soon: after the leader was killed, and after it stood down; beside kazoo on ZooKeeper."""

from __future__ import annotations

import os
import random
import selectors
import subprocess
import sys
import time
from typing import Callable, Optional

from harness.context import FOLDER, Context, Row, Unavailable, percentile
from harness.zookeeper import ZooKeeper

from .peers import interpreter

LEASE_MS = 2000
# One that leads, one that is next, and one that takes part while the place of the killed one is filled.
CANDIDATES = 3
# Elections that go on at once: each is idle nearly all of its time.
AT_ONCE = 5
KILLS = 50
RESIGNATIONS = 200
# Between winning and standing down. Peers need some of it to be in line again.
PAUSE = 0.03
# A killed leader had led for somewhat more than one period of renewal, at a moment that has nothing to do with it.
LEADS = (0.3, 1.6)

KAZOO = "kazoo's Election on ZooKeeper"


class Candidate:
    """A process that stands for one election."""

    def __init__(self, command: list[str], context: Context) -> None:
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0,
                                        env=context.environment())

    def read(self) -> tuple[str, int]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline().split()
        if len(line) != 2:
            raise RuntimeError(f"a candidate has ended with {self.process.wait()}")
        return line[0].decode(), int(line[1])

    def resign(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(b"resign\n")

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            assert stream is not None
            stream.close()


class Election:
    """Some candidates for one name. `end_leadership` says how its leaders end; what passes from the end of one to the
    beginning of the next is noted."""

    def __init__(self, make: Callable[[], Candidate], selector: selectors.BaseSelector, kills: bool) -> None:
        self.make, self.selector, self.kills = make, selector, kills
        self.candidates: set[Candidate] = set()
        self.standing = 0
        self.leader: Optional[Candidate] = None
        self.ended_ns = 0
        self.ends_at = 0.0
        self.took_ms: list[float] = []
        for _ in range(CANDIDATES):
            self._add()

    def _add(self) -> None:
        candidate = self.make()
        self.candidates.add(candidate)
        self.selector.register(candidate.process.stdout, selectors.EVENT_READ, (self, candidate))

    def _remove(self, candidate: Candidate) -> None:
        self.selector.unregister(candidate.process.stdout)
        self.candidates.remove(candidate)
        candidate.end()

    def hear(self, candidate: Candidate) -> None:
        what, moment = candidate.read()
        if what == "stands":
            self.standing += 1
        elif what == "resigns":
            self.ended_ns = moment
            self._note()
        else:
            self.won_ns, self.leader = moment, candidate
            self.ends_at = time.monotonic() + (random.uniform(*LEADS) if self.kills else PAUSE)
            self._note()

    def _note(self) -> None:
        """With both moments known: the two processes may be heard in either order."""
        if self.ended_ns and self.leader:
            self.took_ms.append((self.won_ns - self.ended_ns) / 1e6)
            self.ended_ns = 0

    def go_on(self) -> None:
        """Ends the leadership if it is time, and all that are wanted stand."""
        if self.leader is None or self.standing < CANDIDATES or time.monotonic() < self.ends_at:
            return
        leader, self.leader = self.leader, None
        if not self.kills:
            leader.resign()
            return
        self.standing -= 1
        self.ended_ns = time.monotonic_ns()
        self._remove(leader)
        self._add()

    def end(self) -> None:
        for candidate in list(self.candidates):
            self._remove(candidate)


def run(make: Callable[[str], Candidate], at_once: int, wanted: int, kills: bool) -> list[float]:
    """Milliseconds from the end of a leadership to the next one, that many."""
    deadline = time.monotonic() + 60 + wanted * (6 if kills else 0.5)
    with selectors.DefaultSelector() as selector:
        elections: list[Election] = []
        try:
            for number in range(at_once):
                name = f"bench-{time.monotonic_ns()}-{number}"
                elections.append(Election(lambda name=name: make(name), selector, kills))
            while sum(len(election.took_ms) for election in elections) < wanted:
                if time.monotonic() > deadline:
                    raise RuntimeError("nobody wins any more")
                for key, _ in selector.select(0.01):
                    election, candidate = key.data
                    election.hear(candidate)
                for election in elections:
                    election.go_on()
        finally:
            for election in elections:
                election.end()
    return [took for election in elections for took in election.took_ms]


def makers(context: Context, zookeeper: Optional[ZooKeeper], python: str) -> dict[str, Callable[[str], Candidate]]:
    """How a candidate of each kind is started for an election of a name."""
    program = os.path.join(FOLDER, "python", "candidate.py")
    compiled = context.compile("programs/candidate.c")

    def maker(*command: str) -> Callable[[str], Candidate]:
        return lambda name: Candidate([*command, name, str(LEASE_MS)], context)

    kinds = {"C": maker(compiled, context.server.socket),
             "Python": maker(python, program, "distcoord", context.server.socket)}
    if zookeeper:
        kinds["kazoo"] = maker(python, program, "kazoo", zookeeper.address)
    return kinds


def elections(context: Context) -> list[Row]:
    """Longer than a minute: a lease has to end for each kill."""
    context.need_library()
    zookeeper, python = None, sys.executable
    try:
        python = interpreter("requirements-kazoo.txt")
        zookeeper = ZooKeeper()
    except Unavailable as missing:
        print(f"elections: without kazoo: {missing}", file=sys.stderr)
    try:
        kinds = makers(context, zookeeper, python)
        kills, resignations = max(5, int(KILLS * context.scale)), max(20, int(RESIGNATIONS * context.scale))
        killed = {kind: run(kinds[kind], AT_ONCE, kills, True) for kind in kinds if kind != "Python"}
        resigned = {kind: run(kinds[kind], 1, resignations, False) for kind in kinds}
    finally:
        if zookeeper:
            zookeeper.stop()
    title = f"leader killed (lease {LEASE_MS / 1000:g} s): next one leads"
    return [beside(f"{title}, p50", killed, "C", 0.5, 1), beside(f"{title}, p99", killed, "C", 0.99),
            Row("  the same: more than the lease, p99", percentile(killed["C"], 0.99) - LEASE_MS, None, "ms", None, 100,
                False),
            beside("leader stands down: next one leads, C, p50", resigned, "C", 0.5),
            Row("leader stands down: next one leads, C, p99", percentile(resigned["C"], 0.99), None, "ms", None, 10,
                False),
            beside("  Python to Python, p50", resigned, "Python", 0.5, 1),
            beside("  Python to Python, p99", resigned, "Python", 0.99, 1)]


def beside(name: str, took: dict[str, list[float]], kind: str, part: float, wanted: Optional[float] = None) -> Row:
    """A row of one kind beside kazoo, if that is there."""
    ours = percentile(took[kind], part)
    if "kazoo" not in took:
        return Row(name, ours, None, "ms")
    peer = percentile(took["kazoo"], part)
    return Row(name, ours, peer, "ms", ours / peer, wanted, False, KAZOO)


BENCHMARKS = {"elections": elections}
