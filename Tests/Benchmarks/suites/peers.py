"""What other Python libraries do in the same run, in a virtual environment that the benchmark makes for itself."""

from __future__ import annotations

import os
import subprocess
import sys
from statistics import median

from harness.context import FOLDER, ROOT, Context, Row, Unavailable, compare

PEERS = os.path.join(FOLDER, "peers")
FACE = os.path.join(FOLDER, "python")


def interpreter() -> str:
    """The environment's Python; made on first use with the versions of requirements.txt."""
    folder = os.path.join(ROOT, ".build", "benchmark-peers")
    python = os.path.join(folder, "bin", "python")
    wanted = open(os.path.join(PEERS, "requirements.txt"), encoding="utf-8").read()
    marker = os.path.join(folder, "installed")
    if os.path.exists(marker) and open(marker, encoding="utf-8").read() == wanted:
        return python
    try:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        subprocess.run([python, "-m", "pip", "install", "-q", "--disable-pip-version-check", "-r",
                        os.path.join(PEERS, "requirements.txt")], check=True)
    except subprocess.CalledProcessError as error:
        raise Unavailable(f"the peers cannot be installed: {error}") from error
    with open(marker, "w", encoding="utf-8") as file:
        file.write(wanted)
    return python


def lock(context: Context) -> list[Row]:
    context.need_library()
    python, milliseconds = interpreter(), str(int(500 * context.scale))

    def run(kind: str) -> float:
        return context.run(python, f"{FACE}/lock_pair.py", kind, context.server.socket, milliseconds)["pairs"][0]

    got = context.in_turns(ours=lambda: run("distcoord"), peer=lambda: run("redis-py"))
    return [compare("lock pair, Python, to redis-py", got["ours"], got["peer"], "pairs/s", 1.5,
                    floor_name="redis-py Lock")]


def wakeup(context: Context) -> list[Row]:
    context.need_library()
    python, iterations = interpreter(), int(40 * context.scale) or 1

    def run(kind: str) -> float:
        return context.run(python, f"{FACE}/lock_wakeup.py", kind, context.server.socket, str(iterations))["p50"][0]

    kinds = ("python-redis-lock", "redis-py-1ms", "redis-py")
    names = ("python-redis-lock", "redis-py Lock, sleep=0.001", "redis-py Lock")
    got = context.in_turns(
        C=lambda: median(context.program("programs/wakeup.c", "lock", 1, iterations)["ours"]),
        Python=lambda: run("distcoord"), **{kind: lambda kind=kind: run(kind) for kind in kinds})
    return [compare(f"lock wake-up, {face}, p50", got[face], got[kind], "us", wanted, False, name)
            for face in ("C", "Python") for kind, name, wanted in zip(kinds, names, (1 / 3, 1 / 3, 1 / 100))]


def worker(context: Context) -> list[Row]:
    context.need_library()
    python = interpreter()
    jobs = {"ours": int(20000 * context.scale), "rq": int(500 * context.scale), "dramatiq": int(1000 * context.scale)}

    def run(script: str, target: str, count: int, *more: str) -> float:
        rate = context.run(python, script, target, str(count), *more)["jobs"][0]
        context.server.flush()
        return rate

    got = context.in_turns(
        ours=lambda: run(f"{FACE}/drain.py", context.server.url, jobs["ours"], "50"),
        single=lambda: run(f"{FACE}/drain_single.py", context.server.url, jobs["ours"] // 4),
        rq=lambda: run(f"{PEERS}/rq_drain.py", context.server.socket, jobs["rq"]),
        dramatiq=lambda: run(f"{PEERS}/dramatiq_drain.py", context.server.socket, jobs["dramatiq"]))
    return [compare("no-op jobs, one Python process, by 50", got["ours"], got["rq"], "jobs/s", 5,
                    floor_name="RQ SimpleWorker"),
            compare("no-op jobs, one Python process, by 50", got["ours"], got["dramatiq"], "jobs/s", 5,
                    floor_name="Dramatiq, 8 threads"),
            compare("no-op jobs, one Python process, singly", got["single"], got["dramatiq"], "jobs/s",
                    floor_name="Dramatiq, 8 threads")]


BENCHMARKS = {"peer-lock": lock, "peer-wakeup": wakeup, "peer-worker": worker}
