"""How soon those who wait for each other go on: barriers beside a bare message and beside kazoo's, latches, events."""

from __future__ import annotations

import os
from typing import Optional

from harness.context import FOLDER, Context, Row, compare
from harness.zookeeper import ZooKeeper

from .peers import interpreter

PROCESSES = 8
# Many threads in few processes.
CROWD_PROCESSES, CROWD_THREADS = 4, 50
BARE_MESSAGE = "bare PUBLISH to subscriber"
KAZOO = "kazoo's DoubleBarrier on ZooKeeper"


def barrier(context: Context) -> list[Row]:
    rows = []
    for kind, name in (("barrier", f"barrier of {PROCESSES} processes"), ("double", "  double barrier")):
        got = context.program("programs/barrier.c", kind, PROCESSES, 1, context.rounds, int(100 * context.scale) or 1)
        rows += [compare(f"{name}: last one arrives, all released, p50", got["ours"], got["floor"], "us",
                         3 if kind == "barrier" else None, False, f"bare PUBLISH to {PROCESSES} subscribers"),
                 compare("  the same, p99", got["ours99"], got["floor99"], "us", floor_name="the same")]
        context.server.flush()
    return rows


def crowd(context: Context) -> list[Row]:
    got = context.program("programs/barrier.c", "barrier", CROWD_PROCESSES, CROWD_THREADS, context.rounds,
                          int(50 * context.scale) or 1)
    floor_name = f"bare PUBLISH to {CROWD_PROCESSES} subscribers"
    return [compare(f"barrier of {CROWD_PROCESSES * CROWD_THREADS} threads in {CROWD_PROCESSES} processes, p50",
                    got["ours"], got["floor"], "ms", floor_name=floor_name, times=0.001),
            Row("  the same, p99", got["ours99"][0] / 1000, got["floor99"][0] / 1000, "ms", None, 50, False,
                floor_name)]


def flags(context: Context) -> list[Row]:
    rows = []
    for kind in ("latch", "event"):
        got = context.program("programs/flag_wakeup.c", kind, context.rounds, int(100 * context.scale) or 1)
        rows += [compare(f"{kind} wake-up, p50", got["ours"], got["floor"], "us", None, False, BARE_MESSAGE),
                 compare(f"{kind} wake-up, p99", got["ours99"], got["floor99"], "us", floor_name="the same")]
        context.server.flush()
    return rows


def peers(context: Context) -> list[Row]:
    """The same number of processes, and the same way to measure: C to Python, and Python to Python."""
    context.need_library()
    python = interpreter("requirements-kazoo.txt")
    program, rounds = os.path.join(FOLDER, "python", "barrier_release.py"), int(50 * context.scale) or 1
    zookeeper = ZooKeeper()

    def run(kind: str, server: Optional[str] = None) -> float:
        server = server or context.server.socket
        return context.run(python, program, kind, server, str(PROCESSES), str(rounds))["p50"][0]

    def in_c(kind: str) -> float:
        return context.program("programs/barrier.c", kind, PROCESSES, 1, 1, rounds)["ours"][0]

    try:
        got = context.in_turns(
            kazoo=lambda: run("kazoo", zookeeper.address), C=lambda: in_c("barrier"), double=lambda: in_c("double"),
            Python=lambda: run("distcoord"), Python_double=lambda: run("distcoord.double"))
    finally:
        zookeeper.stop()
    names = {"C": "C", "double": "C, double barrier", "Python": "Python", "Python_double": "Python, double barrier"}
    return [compare(f"barrier of {PROCESSES} processes, {name}, p50", got[kind], got["kazoo"], "us", 1 / 5, False,
                    KAZOO) for kind, name in names.items()]


BENCHMARKS = {"barrier": barrier, "barrier-crowd": crowd, "flags": flags, "peer-barrier": peers}
