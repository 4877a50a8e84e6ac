"""Workflows: what a task costs beside a plain job, memory per waiting task, and an ETL workflow beside Graflow's."""

from __future__ import annotations

import os
import socket
from statistics import median

from harness.context import Context, Row, compare

from .peers import PEERS, interpreter

CHAIN, FAN, WAITING = 1000, 10000, 10000


def drain(context: Context, shape: str, tasks: int, batch: int) -> dict[str, list[float]]:
    context.server.flush()
    return context.program("programs/workflow_drain.c", shape, tasks, batch, context.rounds, seconds=300)


def chain(context: Context) -> list[Row]:
    """Seconds of a chain over those of as many calls of claim and complete, each one after the other."""
    got = drain(context, "chain", max(10, int(CHAIN * context.scale)), 1)
    ours, floor = ([1e6 / rate for rate in got[name]] for name in ("ours", "floor"))
    return [compare(f"task of a chain of {CHAIN}", ours, floor, "us", 3, False, "claim+complete of plain jobs")]


def fan(context: Context) -> list[Row]:
    tasks = max(100, int(FAN * context.scale))
    rows = []
    for batch, wanted in ((50, 0.5), (1, None)):
        got = drain(context, "fan", tasks, batch)
        how = f"claim({batch})+complete_many" if batch > 1 else "claim+complete singly"
        rows.append(compare(f"fan-out of {tasks}, joined, {how}", got["ours"], got["floor"], "tasks/s", wanted,
                            floor_name="as many plain jobs, the same worker"))
        if wanted:
            rows.append(Row("  started, checked", median(got["start"]), None, "nodes/s"))
    return rows


def memory(context: Context) -> list[Row]:
    """Of tasks of which none but the first is ready."""
    tasks = max(1000, int(WAITING * context.scale))
    rows = []
    for shape, what in (
            ("chain", "each needs the one before"), ("fan", "in a group"), ("needs", "each needs the first")):
        context.program("programs/workflow_start.c", shape, 1)
        context.server.flush()
        before = context.server.used_memory()
        context.program("programs/workflow_start.c", shape, tasks)
        each = (context.server.used_memory() - before) / tasks
        rows.append(Row(f"memory per waiting task, {what}", each, None, "bytes", None, 600, False))
    return rows


def listen(context: Context) -> int:
    """Has the server listen on a TCP port, too, for who knows nothing else; tells which one."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    context.server.cli("config", "set", "port", str(port))
    return port


def etl(context: Context) -> list[Row]:
    """Extract, four transforms at the same time, load: from the start to the result, with two workers that wait."""
    context.need_library()
    python = interpreter("requirements-graflow.txt")
    runs, port = max(3, int(10 * context.scale)), listen(context)

    def run(kind: str) -> list[float]:
        context.server.flush()
        return context.run(python, os.path.join(PEERS, "workflow_run.py"), kind, context.server.socket, str(port),
                           str(runs), seconds=300)["ms"]

    got: dict[str, list[float]] = {"distcoord": [], "graflow": []}
    for _ in range(min(3, context.rounds)):
        for kind, times in got.items():
            times.append(median(run(kind)))
    context.server.cli("config", "set", "port", "0")
    return [compare("ETL workflow, Python, to its result", got["distcoord"], got["graflow"], "ms", 0.1, False,
                    "Graflow, workers that poll each 0.1 s")]


BENCHMARKS = {"workflow-chain": chain, "workflow-fan": fan, "workflow-memory": memory, "workflow-etl": etl}
