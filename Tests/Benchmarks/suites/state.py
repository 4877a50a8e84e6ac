"""Shared state from C: writing, counting, reading, with and without somebody who watches."""

from __future__ import annotations

from harness.context import Context, Row, compare

VALUE = 100
THREADS = 16


def calls(context: Context) -> list[Row]:
    milliseconds, requests = int(500 * context.scale), int(60000 * context.scale)
    value = "x" * VALUE

    def ours(call: str, watched: int = 0):
        def run() -> float:
            context.server.flush()
            return context.program("programs/state_set.c", call, THREADS, milliseconds, VALUE, watched)["calls"][0]

        return run

    def floor(*command: str):
        return lambda: context.redis_benchmark(requests, THREADS, 1, *command)

    got = context.in_turns(
        set=ours("set"), set_floor=floor("SET", "key:000000000001", value), watched=ours("set", 1),
        add=ours("add"), add_floor=floor("INCRBY", "counter:000000000001", "1"),
        get=ours("get"), get_floor=floor("GET", "key:000000000001"))
    name = f"redis-benchmark -c {THREADS}, "
    return [compare("state set, C, 16 threads", got["set"], got["set_floor"], "calls/s", 0.7, floor_name=name + "SET"),
            compare("  with a watch of the scope", got["watched"], got["set_floor"], "calls/s", floor_name="the same"),
            compare("state add, C, 16 threads", got["add"], got["add_floor"], "calls/s", floor_name=name + "INCRBY"),
            compare("state get, C, 16 threads", got["get"], got["get_floor"], "calls/s", floor_name=name + "GET")]


BENCHMARKS = {"state": calls}
