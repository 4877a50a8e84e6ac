"""The Python package against the bare floors in C."""

from __future__ import annotations

import os
import sys

from harness.context import FOLDER, Context, Row, compare

from .queues import captured_push, flushed

FACE = os.path.join(FOLDER, "python")


def lock(context: Context) -> list[Row]:
    context.need_library()
    milliseconds = str(int(200 * context.scale))
    got = context.in_turns(
        times=3,
        ours=lambda: context.run(sys.executable, f"{FACE}/lock_pair.py", "distcoord", context.server.socket,
                                 milliseconds)["pairs"][0],
        floor=lambda: context.program("programs/lock_floor.c", milliseconds)["pairs"][0])
    return [compare("lock pair, Python", got["ours"], got["floor"], "pairs/s", 0.7,
                    floor_name="hiredis: SET NX PX, EVALSHA compare-and-delete")]


def push(context: Context) -> list[Row]:
    context.need_library()
    path = os.path.join(context.server.folder, "push-python.template")
    captured_push(context).write(path)
    milliseconds = str(int(200 * context.scale))
    got = context.in_turns(
        times=3,
        ours=flushed(context, lambda: context.run(sys.executable, f"{FACE}/push.py", context.server.url, milliseconds,
                                                  "200")["jobs"][0]),
        floor=flushed(context, lambda: context.program("programs/replay.c", path, 1, milliseconds)["commands"][0]))
    return [compare("push, Python", got["ours"], got["floor"], "jobs/s", 0.7,
                    floor_name="hiredis, same script one at a time")]


BENCHMARKS = {"python-lock": lock, "python-push": push}
