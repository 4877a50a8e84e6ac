"""Queues with very many jobs: what a claim costs, and delayed jobs that all become due at once."""

from __future__ import annotations

from statistics import median
from typing import Optional

from harness.context import Context, Row, compare


def claim(context: Context) -> list[Row]:
    """Half a minute, most of it to push two million jobs."""
    many, few, kinds = int(1000000 * context.scale), 1000, 10

    def cost(name: str, queue: tuple[int, int], less: tuple[int, int], floor: str, wanted: Optional[float]) -> Row:
        context.server.flush()
        got = context.program("programs/claim_cost.c", 2 * context.rounds, 500, kinds, *queue, *less, seconds=300)
        return compare(name, got["ours"], got["floor"], "us", wanted, False, floor)

    return [cost(f"claim, {many} jobs waiting", (many, 0), (few, 0), f"{few} waiting", 1.2),
            cost(f"claim, {many} waiting for others", (few, many), (few, few), f"{few} waiting for others", 1.2),
            cost(f"claim, {few} of {kinds} kinds waiting for others", (few, few), (few, 0), "none waiting for others",
                 None)]


def due(context: Context) -> list[Row]:
    jobs, rows = int(100000 * context.scale), []
    for spread, when in ((1000, "in the same second"), (0, "in the same millisecond")):
        got: dict[str, list[float]] = {}
        for _ in range(min(3, context.rounds)):
            context.server.flush()
            for name, values in context.program("programs/due.c", jobs, spread, 4).items():
                got.setdefault(name, []).extend(values)
        rows += [Row(f"{jobs} jobs due {when}: longest claim", median(got["longest"]), median(got["ping"]), "ms",
                     None, 50, False, "longest PING meanwhile"),
                 Row("  99th percentile of the claims", median(got["p99"]), None, "ms"),
                 Row("  done", median(got["jobs"]), None, "jobs/s")]
    return rows


BENCHMARKS = {"claim-cost": claim, "due": due}
