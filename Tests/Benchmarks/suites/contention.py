"""Many on one lock: rate, fairness and waits against other libraries, and lines of ten to ten thousand."""

from __future__ import annotations

import os
from statistics import median

from harness.context import FOLDER, Context, Row, compare

from .peers import interpreter

PROCESSES, THREADS = 2, 4
LINES = (10, 100, 1000, 10000)
# More processes than elsewhere: ten thousand threads are too many for one.
LINE_PROCESSES = 4


def contended(context: Context) -> list[Row]:
    """Two processes with four threads each on one lock, with nothing to do under it."""
    context.need_library()
    python, shape = interpreter(), [str(PROCESSES), str(THREADS), str(int(1000 * context.scale))]
    got: dict[str, dict[str, list[float]]] = {}

    def keep(contender: str, series: dict[str, list[float]]) -> None:
        for name, values in series.items():
            got.setdefault(contender, {}).setdefault(name, []).extend(values)

    def from_c(mode: str) -> None:
        keep(f"C {mode}", context.program("programs/contended.c", mode, *shape))

    def from_python(kind: str) -> None:
        program = os.path.join(FOLDER, "python", "lock_contended.py")
        keep(kind, context.run(python, program, kind, context.server.socket, *shape))

    for _ in range(context.rounds):
        from_c("fair")
        from_c("unfair")
        for kind in ("distcoord", "distcoord-unfair", "python-redis-lock", "redis-py"):
            from_python(kind)

    def row(name: str, ours: str, peer: str, series: str, unit: str, wanted=None, at_least: bool = True) -> Row:
        return compare(name, got[ours][series], got[peer][series], unit, wanted, at_least, peer)

    rows = []
    for face, ours in (("C", "C fair"), ("Python", "distcoord")):
        rows += [row(f"contended, fair, {face}", ours, "python-redis-lock", "rate", "acq/s", 2),
                 row(f"  p99 wait, {face}", ours, "python-redis-lock", "p99", "us", 1 / 5, False),
                 Row(f"  Jain fairness, {face}", median(got[ours]["jain"]), median(got["python-redis-lock"]["jain"]),
                     "", None, 0.99, True, "python-redis-lock")]
    for face, ours in (("C", "C unfair"), ("Python", "distcoord-unfair")):
        rows += [row(f"contended, unfair, {face}", ours, "redis-py", "rate", "acq/s", 2),
                 row(f"  p99 wait, {face}", ours, "redis-py", "p99", "us"),
                 Row(f"  Jain fairness, {face}", median(got[ours]["jain"]), median(got["redis-py"]["jain"]), "",
                     floor_name="redis-py")]
    return rows


def line(context: Context) -> list[Row]:
    """A hand-over must not cost more than O(log n): in a line of 10 000 twice as much as in one of 100 at most."""
    rounds = min(context.rounds, 3)
    got = context.program("programs/line.c", LINE_PROCESSES, rounds, *LINES)
    rows = []
    for waiters in LINES:
        rows.append(compare(f"hand-over, {waiters} in line", got[f"each-{waiters}"], got["floor"], "us each",
                            floor_name="bare PUBLISH bounced between two threads"))
        rows.append(Row("  server's time in scripts", median(got[f"server-{waiters}"]), None, "us each"))
    rows.append(compare("server's time, growth over the line", got[f"server-{LINES[-1]}"], got[f"server-{LINES[1]}"],
                        "us each", 2, False, f"{LINES[1]} in line; log n doubles"))
    rows.append(Row(f"scripts per hand-over, {LINES[-1]} in line", median(got[f"calls-{LINES[-1]}"]), None, "",
                    wanted=2, at_least=False))
    return rows


BENCHMARKS = {"lock-contended": contended, "lock-line": line}
