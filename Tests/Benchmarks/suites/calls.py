"""How threads should share connections, measured without the library. Prints its own table."""

from __future__ import annotations

import subprocess

from harness.context import Context, Row


def designs(context: Context) -> list[Row]:
    program = context.compile("calls/calls.c", with_library=False)
    print("Designs of concurrent calls (calls/calls.c):", flush=True)
    subprocess.run([program, context.server.socket, str(context.rounds), str(int(200 * context.scale))], check=True)
    print()
    return []


BENCHMARKS = {"calls": designs}
