"""What starting costs: size, dlopen, and the command against the usual tools."""

from __future__ import annotations

import os
import subprocess
import sys
from statistics import median
from typing import Callable

from harness.context import Context, Row, compare

LOAD = """
import ctypes, sys, time
start = time.perf_counter()
ctypes.CDLL(sys.argv[1])
print("load", (time.perf_counter() - start) * 1000)
"""


def timed(context: Context, *commands: list[str]) -> Callable[[], float]:
    """Milliseconds that the commands take one after the other: the median of some runs."""
    program = context.compile("programs/spawn.c", with_library=False)
    line = commands[0] + [part for command in commands[1:] for part in (";", *command)]
    return lambda: median(context.run(program, "5", *line)["ms"])


def size(context: Context) -> list[Row]:
    context.need_library()
    stripped = os.path.join(context.server.folder, "stripped.so")
    subprocess.run(["strip", "-o", stripped, context.library], check=True)
    return [Row("library, stripped", os.path.getsize(stripped) / 1e6, None, "MB", None, 12, False)]


def load(context: Context) -> list[Row]:
    context.need_library()
    times: list[float] = []
    for _ in range(3 * context.rounds):
        times += context.run(sys.executable, "-c", LOAD, context.library)["load"]
    times.sort()
    return [Row("dlopen in Python", times[len(times) // 2], None, "ms", None, 20, False)]


def command(context: Context) -> list[Row]:
    context.need_command()
    lock_file = os.path.join(context.server.folder, "flock")
    base = [context.command, "--url", context.server.url]
    got = context.in_turns(
        version=timed(context, [context.command, "version"]),
        true=timed(context, ["true"]),
        lock=timed(context, base + ["lock", "x", "--", "true"]),
        flock=timed(context, ["flock", lock_file, "true"], ["redis-cli", "-s", context.server.socket, "ping"]))
    return [Row("distcoord version", median(got["version"]), median(got["true"]), "ms", None, 5, False, "true"),
            compare("distcoord lock x -- true", got["lock"], got["flock"], "ms", 1.5, False,
                    "flock x true; redis-cli ping")]


BENCHMARKS = {"size": size, "load": load, "command": command}
