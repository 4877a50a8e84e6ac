"""Queues and workers from Python, beside what other Python libraries do in the same run, by the very same program."""

from __future__ import annotations

import os
from statistics import median

from harness.context import Context, Row, compare, percentile

from .peers import PEERS, interpreter

# Kinds of peers/queue_run.py.
KINDS = {"rq": "RQ, SimpleWorker", "dramatiq": "Dramatiq, 8 threads", "celery": "Celery, solo", "huey": "Huey",
         "taskiq": "Taskiq on streams", "taskiq.on_lists": "Taskiq on lists", "saq": "SAQ", "bullmq": "BullMQ",
         "arq": "arq"}
# Jobs to drain: so many that each takes about a second. What they do in a second does not depend on the number.
DRAINED = {"rq": 500, "dramatiq": 2500, "celery": 800, "huey": 4000, "taskiq": 2000, "taskiq.on_lists": 3000,
           "saq": 2000, "bullmq": 3000, "arq": 2000}
FILLED = 10000
# As many as `memory` of queues.py, for what is compared with a bound.
FILLED_WITH_BOUND = 100000


def run(context: Context, kind: str, what: str, *arguments: object, seconds: float = 120) -> dict[str, list[float]]:
    python = interpreter("requirements-arq.txt" if kind == "arq" else "requirements.txt")
    context.server.flush()
    return context.run(python, os.path.join(PEERS, "queue_run.py"), kind, what, context.server.socket,
                       *map(str, arguments), seconds=seconds)


def beside_all(name: str, ours: list[float], peers: dict[str, list[float]], unit: str, wanted: float,
               at_least: bool = True) -> list[Row]:
    """A row for each peer, the best first; the bound is for the best."""
    ranked = sorted(peers, key=lambda kind: median(peers[kind]), reverse=at_least)
    return [compare(name if kind == ranked[0] else "  the same", ours, peers[kind], unit,
                    wanted if kind == ranked[0] else None, at_least, KINDS[kind]) for kind in ranked]


def push(context: Context) -> list[Row]:
    """Longer than a minute."""
    context.need_library()
    milliseconds = int(250 * context.scale)
    single: dict[str, list[float]] = {}
    bulk: dict[str, list[float]] = {}
    buffered: list[float] = []
    for _ in range(context.rounds):
        for kind in ("distcoord", "distcoord.App", *KINDS):
            got = run(context, kind, "push", milliseconds)
            single.setdefault(kind, []).append(got["single"][0])
            # Where there is no push of many, or it is no gain, many single ones are what there is.
            bulk.setdefault(kind, []).append(max(got["bulk"][0], got["single"][0]))
            buffered += got.get("buffered", [])
    ours, app = (({"single": single.pop(kind), "bulk": bulk.pop(kind)}) for kind in ("distcoord", "distcoord.App"))
    best = max(single, key=lambda kind: median(single[kind]))
    return [*beside_all("push, Python, one at a time", ours["single"], single, "jobs/s", 2),
            compare("  submit of a task", app["single"], single[best], "jobs/s", floor_name=KINDS[best]),
            compare("push through the buffered producer", buffered, single[best], "jobs/s", 15,
                    floor_name=f"{KINDS[best]}, one at a time"),
            *beside_all("push of many, Python", ours["bulk"], bulk, "jobs/s", 8)]


def drain(context: Context) -> list[Row]:
    """Longer than a minute."""
    context.need_library()
    jobs = {"distcoord": 50000, "distcoord.Handler": 50000, "distcoord.App": 20000, **DRAINED}
    got = context.in_turns(**{
        kind: lambda kind=kind: run(context, kind, "drain", max(100, int(jobs[kind] * context.scale)))["jobs"][0]
        for kind in jobs})
    ours, handler, app = (got.pop(kind) for kind in ("distcoord", "distcoord.Handler", "distcoord.App"))
    best = max(got, key=lambda kind: median(got[kind]))
    return [*beside_all("no-op jobs, one Python process", ours, got, "jobs/s", 5),
            compare("  with a handler that the worker calls", handler, got[best], "jobs/s", floor_name=KINDS[best]),
            compare("  tasks of an app", app, got[best], "jobs/s", floor_name=KINDS[best])]


def pickup(context: Context) -> list[Row]:
    """Longer than a minute."""
    context.need_library()
    iterations = max(10, int(60 * context.scale))
    p50: dict[str, list[float]] = {}
    all_of: dict[str, list[float]] = {}
    for _ in range(context.rounds):
        for kind in ("distcoord", *KINDS):
            times = run(context, kind, "pickup", iterations)["us"]
            p50.setdefault(kind, []).append(median(times))
            all_of.setdefault(kind, []).extend(times)
    ours = p50.pop("distcoord")
    best = min(p50, key=lambda kind: median(p50[kind]))
    return [*beside_all("idle pick-up, Python to Python, p50", ours, p50, "us", 0.5, False),
            Row("idle pick-up, Python to Python, p99", percentile(all_of["distcoord"], 0.99),
                percentile(all_of[best], 0.99), "us", None, 1000, False, KINDS[best])]


def memory(context: Context) -> list[Row]:
    """Of the same number of jobs each, on streams of more; once, because it does not vary."""
    context.need_library()

    def each(kind: str, count: int) -> float:
        jobs = max(1000, int(count * context.scale))
        # What the first use of scripts and connections leaves behind is not the jobs'.
        run(context, kind, "fill", 100)
        context.server.flush()
        before = context.server.used_memory()
        run(context, kind, "fill", jobs, seconds=300)
        return (context.server.used_memory() - before) / jobs

    few, many = each("distcoord", FILLED), each("distcoord", FILLED_WITH_BOUND)
    sizes = {kind: each(kind, FILLED) for kind in KINDS if kind != "taskiq"}
    return [compare("memory per waiting job of 200 bytes", [many], [each("taskiq", FILLED_WITH_BOUND)], "bytes", 0.85,
                    False, KINDS["taskiq"]),
            *(compare("  the same, fewer jobs", [few], [sizes[kind]], "bytes", None, False, KINDS[kind])
              for kind in sorted(sizes, key=lambda kind: sizes[kind]))]


def held(context: Context) -> list[Row]:
    """A handler that keeps the interpreter's lock for three leases, so that no thread of Python can renew anything; and
    as a check one that takes as long and releases it."""
    context.need_library()
    runs = {(kind, keeps): run(context, kind, "held", 1, keeps)["runs"][0]
            for kind in ("distcoord", "dramatiq") for keeps in (1, 0)}
    return [Row("runs of a job that holds the GIL for 3 leases", runs["distcoord", 1], runs["dramatiq", 1], "runs",
                None, 1, False, "Dramatiq, heartbeats from a Python thread"),
            Row("  of one that releases it", runs["distcoord", 0], runs["dramatiq", 0], "runs", None, 1, False,
                "the same")]


BENCHMARKS = {"peer-push": push, "peer-drain": drain, "peer-pickup": pickup, "peer-memory": memory,
              "peer-held": held}
