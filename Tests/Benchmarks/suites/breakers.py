"""What a closed circuit breaker adds to a call, and how fast a rate limiter lets through, from C."""

from __future__ import annotations

from harness.context import Context, Row, compare


def breaker(context: Context) -> list[Row]:
    rows = []
    for threads in (1, 4, 16):
        got = context.program("programs/breaker_call.c", threads, context.rounds, int(100 * context.scale))
        name = "breaker call while closed, C" + (f", {threads} threads" if threads > 1 else "")
        row = compare(name, got["ours"], got["floor"], "us", floor_name="hiredis, one INCR")
        # The bound is one of time, not of the ratio.
        row.wanted, row.at_least, row.ratio = (1, False, None) if threads == 1 else (None, False, row.ratio)
        rows.append(row)
    return rows


def limiter(context: Context) -> list[Row]:
    rows = []
    for kind, name in (("bucket", "token bucket"), ("window", "sliding window")):
        for keys in (1, 10_000):
            got = context.program("programs/limiter_take.c", kind, keys, context.rounds, int(200 * context.scale))
            context.server.flush()
            rows.append(compare(f"limiter, C: {name}, {keys} key{'s' if keys > 1 else ''}", got["ours"], got["floor"],
                                "permits/s", floor_name="hiredis, a script that counts"))
    return rows


BENCHMARKS = {"breaker": breaker, "limiter": limiter}
