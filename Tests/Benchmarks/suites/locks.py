"""Locks from C, one holder at a time: the uncontended pair, the wake-up of a waiter, lingering, keeping, and what a
call costs by itself."""

from __future__ import annotations

from statistics import median

from harness.context import Context, Row, compare

BARE_MESSAGE = "bare PUBLISH to subscriber"


def pair(context: Context) -> list[Row]:
    got = context.program("programs/lock_pair.c", 3 * context.rounds, int(150 * context.scale))
    return [compare("lock pair, C, 1 thread", got["ours"], got["floor"], "pairs/s", 0.9,
                    floor_name="hiredis: SET NX PX, EVALSHA compare-and-delete")]


def statistics(context: Context) -> list[Row]:
    """Each side's pairs are divided by the bare pairs of its own process: where the scheduler puts it falls out."""

    def relative(switch: str) -> float:
        got = context.program("programs/lock_pair.c", 3, int(50 * context.scale), DISTCOORD_STATISTICS=switch)
        return median(ours / floor for ours, floor in zip(got["ours"], got["floor"]))

    got = context.in_turns(times=5, counted=lambda: relative("1"), uncounted=lambda: relative("0"))
    return [compare("lock pair, C, with statistics", got["counted"], got["uncounted"], "of bare", 0.95,
                    floor_name="without (DISTCOORD_STATISTICS=0)")]


def wakeup(context: Context) -> list[Row]:
    got = context.program("programs/wakeup.c", "lock", context.rounds, int(100 * context.scale))
    return [compare("lock wake-up, p50", got["ours"], got["floor"], "us", 2, False, BARE_MESSAGE),
            compare("lock wake-up, p99", got["ours99"], got["floor99"], "us", floor_name="the same")]


def linger(context: Context) -> list[Row]:
    again = context.program("programs/linger.c", context.rounds, int(100000 * context.scale))
    recall = context.program("programs/recall.c", context.rounds, int(100 * context.scale))
    mutex = median(again["mutex"])
    return [Row("lingering: acquire again", median(again["acquire"]), mutex, "ns", None, 1000, False,
                "pair of an uncontended pthread mutex"),
            Row("lingering: acquire again, release", median(again["pair"]), mutex, "ns", floor_name="the same"),
            compare("lingering: recall to acquired, p50", recall["ours"], recall["floor"], "us", 4, False,
                    BARE_MESSAGE),
            compare("lingering: recall to acquired, p99", recall["ours99"], recall["floor99"], "us",
                    floor_name="the same")]


def renewal(context: Context) -> list[Row]:
    """Once, because it needs several renewals of each lock to be worth anything; a third of the lease is 3.3 s."""
    locks, seconds = 10000, max(10.0, 20 * context.scale)
    got = context.program("programs/renewal.c", locks, int(seconds * 1000))
    return [Row("10 000 held locks of 10 s: client", got["client"][0], None, "% of core", None, 2, False),
            Row("  server", got["server"][0], None, "% of core"),
            Row("  renewals", got["renewals"][0], None, "per s")]


def trivial(context: Context) -> list[Row]:
    got = context.program("programs/trivial.c", context.rounds)
    system = median(got["system"])
    return [Row("trivial call: lock_state", median(got["state"]), system, "ns", None, 100, False, "getppid()"),
            Row("trivial call: lock_fence", median(got["fence"]), system, "ns", None, 100, False, "getppid()"),
            Row("trivial call: abi_version", median(got["version"]), system, "ns", None, 100, False, "getppid()")]


BENCHMARKS = {"lock-pair": pair, "lock-statistics": statistics, "lock-wakeup": wakeup, "lock-linger": linger,
              "lock-renewal": renewal, "trivial": trivial}
