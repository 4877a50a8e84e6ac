"""Locks from C: the uncontended pair, the wake-up of a waiter, a crowd, and what a call costs by itself."""

from __future__ import annotations

from statistics import median

from harness.context import Context, Row, compare


def pair(context: Context) -> list[Row]:
    got = context.program("programs/lock_pair.c", 3 * context.rounds, int(150 * context.scale))
    return [compare("lock pair, C, 1 thread", got["ours"], got["floor"], "pairs/s", 0.9,
                    floor_name="hiredis: SET NX PX, EVALSHA compare-and-delete")]


def wakeup(context: Context) -> list[Row]:
    got = context.program("programs/wakeup.c", "lock", context.rounds, int(100 * context.scale))
    return [compare("lock wake-up, p50", got["ours"], got["floor"], "us", 2, False,
                    "bare PUBLISH to subscriber"),
            compare("lock wake-up, p99", got["ours99"], got["floor99"], "us", floor_name="the same")]


def handover(context: Context) -> list[Row]:
    got = context.program("programs/handover.c", context.rounds, 1000)
    return [compare("hand-over among 1 000 waiters", got["ours"], got["floor"], "us each",
                    floor_name="bare PUBLISH bounced between two threads")]


def trivial(context: Context) -> list[Row]:
    got = context.program("programs/trivial.c", context.rounds)
    system = median(got["system"])
    return [Row("trivial call: lock_state", median(got["state"]), system, "ns", None, 100, False, "getppid()"),
            Row("trivial call: lock_fence", median(got["fence"]), system, "ns", None, 100, False, "getppid()"),
            Row("trivial call: abi_version", median(got["version"]), system, "ns", None, 100, False, "getppid()")]


BENCHMARKS = {"lock-pair": pair, "lock-wakeup": wakeup, "lock-handover": handover, "trivial": trivial}
