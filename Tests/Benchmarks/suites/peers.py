"""What other Python libraries do in the same run, in a virtual environment that the benchmark makes for itself."""

from __future__ import annotations

import os
import subprocess
import sys
from statistics import median

from harness.context import FOLDER, ROOT, Context, Row, Unavailable, compare

PEERS = os.path.join(FOLDER, "peers")
FACE = os.path.join(FOLDER, "python")


def interpreter(requirements: str = "requirements.txt") -> str:
    """The Python of the environment with these requirements; made on first use."""
    name = os.path.splitext(requirements)[0].replace("requirements", "benchmark-peers")
    folder = os.path.join(ROOT, ".build", name)
    python = os.path.join(folder, "bin", "python")
    with open(os.path.join(PEERS, requirements), encoding="utf-8") as file:
        wanted = file.read()
    marker = os.path.join(folder, "installed")
    if os.path.exists(marker):
        with open(marker, encoding="utf-8") as file:
            if file.read() == wanted:
                return python
    try:
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        subprocess.run([python, "-m", "pip", "install", "-q", "--disable-pip-version-check", "-r",
                        os.path.join(PEERS, requirements)], check=True)
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


BENCHMARKS = {"peer-lock": lock, "peer-wakeup": wakeup}
