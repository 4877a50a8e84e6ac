"""What other Python libraries do in the same run, in a virtual environment that the benchmark makes for itself."""

from __future__ import annotations

import os
import subprocess
import sys

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
    got = context.in_turns(
        ours=lambda: context.run(python, f"{FACE}/lock_pair.py", context.server.url, milliseconds)["pairs"][0],
        peer=lambda: context.run(python, f"{PEERS}/redis_py_lock_pair.py", context.server.socket,
                                 milliseconds)["pairs"][0])
    return [compare("lock pair, Python, to redis-py", got["ours"], got["peer"], "pairs/s", 1.5,
                    floor_name="redis-py Lock")]


def wakeup(context: Context) -> list[Row]:
    context.need_library()
    python, iterations = interpreter(), str(int(40 * context.scale) or 1)

    def peer(kind: str) -> float:
        return context.run(python, f"{PEERS}/lock_wakeup.py", kind, context.server.socket, iterations)["p50"][0]

    got = context.in_turns(
        ours=lambda: context.run(python, f"{FACE}/wakeup.py", context.server.url, iterations)["p50"][0],
        message=lambda: context.program("programs/message_floor.c", 100)["p50"][0],
        python_redis_lock=lambda: peer("python-redis-lock"), redis_py=lambda: peer("redis-py"))
    return [compare("lock wake-up, Python, p50", got["ours"], got["message"], "us",
                    floor_name="bare PUBLISH to subscriber, C"),
            compare("  python-redis-lock", got["python_redis_lock"], got["message"], "us", floor_name="the same"),
            compare("  redis-py Lock", got["redis_py"], got["message"], "us", floor_name="the same")]


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
