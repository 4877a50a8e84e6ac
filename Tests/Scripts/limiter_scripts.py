#!/usr/bin/env python3
"""The scripts of rate limiters, on a private server and a clock that the test sets: contracts, and random histories
against models that reckon in fractions.

Usage: Tests/Scripts/limiter_scripts.py [NAME...]
"""

# Keys expire by the server's own clock, which goes on while the one that is set here stands still: periods are long.

from __future__ import annotations

import random
import sys
import traceback
from fractions import Fraction

from scripting import Connection, Server, ServerError, assemble

KEY = "dc:{test:limiter:x}"
TIME = "redis.call('TIME')"


class Limiter:
    """The scripts on one key, as the library calls them."""

    def __init__(self, server: Server, kind: str, limit: int, period: int, burst: int = 0) -> None:
        self.redis = Connection(server.path)
        self.redis("FLUSHALL")
        self.redis("CONFIG", "SET", "maxmemory", "0")
        self.kind, self.limit, self.period, self.burst = kind, limit, period, burst or limit
        self.terms = [limit, period, self.burst] if kind == "bucket" else [limit, period]
        self.capacity = self.burst if kind == "bucket" else limit
        self.digests: dict[str, bytes] = {}
        self.number = 0
        self.set_clock(1_700_000_000_123_456)

    def set_clock(self, now: int) -> None:
        self.now = now
        self.redis("HSET", "clock", "s", now // 1_000_000, "u", now % 1_000_000)

    def advance(self, microseconds: int) -> None:
        self.set_clock(self.now + microseconds)

    def run(self, name: str, *arguments):
        if name not in self.digests:
            text = assemble(name)
            assert TIME in text or name == "limiter_reset"
            text = text.replace(TIME, "redis.call('HMGET', 'clock', 's', 'u')")
            self.digests[name] = self.redis("SCRIPT", "LOAD", text)
        return self.redis("EVALSHA", self.digests[name], *arguments)

    def take(self, permits: int = 1, longest: int = 0, lane: str = "a", number: int = 0):
        """(whether they were taken, after how many microseconds they are due)"""
        self.number = number or self.number + 1
        taken, wait = self.run(
            self.kind + "_take", 2, KEY, f"{KEY}:o:{lane}", *self.terms, permits, longest, self.number, 15000)
        return taken == 1, int(wait)

    def give_back(self, lane: str = "a", number: int = 0) -> int:
        return self.run(
            self.kind + "_return", 2, KEY, f"{KEY}:o:{lane}", *self.terms, number or self.number, 15000)

    def look(self):
        return [int(number) for number in self.run(self.kind + "_look", 1, KEY, *self.terms)]

    def state(self):
        kept = self.redis("GET", KEY) if self.kind == "bucket" else self.redis("ZRANGE", KEY, 0, -1, "WITHSCORES")
        return kept, self.look()

    def reset(self, lane: str = "a", number: int = 0) -> int:
        self.number = number or self.number + 1
        return self.run("limiter_reset", 2, KEY, f"{KEY}:o:{lane}", self.number, 15000)


def each(server: Server, limit: int, period: int):
    """One of each kind after the other: they share a key."""
    return (Limiter(server, kind, limit, period) for kind in ("bucket", "window"))


def test_as_many_as_there_are_and_then_the_time_until_there_is_one(server):
    bucket = Limiter(server, "bucket", 5, 1_000_000)
    assert [bucket.take() for _ in range(5)] == [(True, 0)] * 5
    assert bucket.take() == (False, 200_000) and bucket.look() == [0, 200_000]
    bucket.advance(200_000)
    assert bucket.look() == [1, 0] and bucket.take() == (True, 0) and bucket.take() == (False, 200_000)
    window = Limiter(server, "window", 5, 1_000_000)
    window.set_clock(1_700_000_000_000_000)
    for _ in range(5):
        assert window.take() == (True, 0)
        window.advance(100_000)
    assert window.take() == (False, 500_000) and window.look() == [0, 500_000]
    window.advance(499_999)
    assert window.take() == (False, 1)
    window.advance(1)
    assert window.look() == [1, 0] and window.take() == (True, 0) and window.take() == (False, 100_000)


def test_who_waits_has_a_moment_of_his_own(server):
    for limiter in each(server, 2, 1_000_000):
        limiter.set_clock(1_700_000_000_000_000)
        waits = [limiter.take(1, -1) for _ in range(6)]
        assert waits[:2] == [(True, 0)] * 2
        if limiter.kind == "bucket":
            assert waits[2:] == [(True, number * 500_000) for number in (1, 2, 3, 4)]
        else:
            assert waits[2:] == [(True, 1_000_000)] * 2 + [(True, 2_000_000)] * 2
        # Not taken: it would be too late for this one, and nobody has to wait for it.
        assert limiter.take(1, 1_000_000)[0] is False
        assert limiter.take(1, 3_000_000)[0] is True


def test_a_big_wish_is_not_overtaken_by_a_small_one(server):
    for limiter in each(server, 10, 1_000_000):
        limiter.set_clock(1_700_000_000_000_000)
        assert limiter.take(8) == (True, 0)
        big, small = limiter.take(10, -1), limiter.take(1, -1)
        assert big[0] and small[0] and 0 < big[1] <= small[1], (big, small)


def test_a_place_that_is_given_up_is_free_again_unless_somebody_is_behind_it(server):
    for limiter in each(server, 2, 1_000_000):
        limiter.set_clock(1_700_000_000_000_000)
        limiter.take(2)
        before = limiter.state()
        assert limiter.take(1, -1, "b")[0] and limiter.state() != before
        assert limiter.give_back("b") == 1 and limiter.state() == before
        assert limiter.give_back("b") == 0 and limiter.state() == before
        limiter.take(1, -1, "b", 50)
        limiter.take(1, -1, "c", 51)
        after = limiter.state()
        assert limiter.give_back("b", 50) == 0 and limiter.state() == after
        assert limiter.give_back("c", 51) == 1 and limiter.state() != after


def test_a_call_that_is_sent_again_takes_once(server):
    for limiter in each(server, 3, 1_000_000):
        limiter.set_clock(1_700_000_000_000_000)
        assert limiter.take(3, 0, "a", 7) == (True, 0)
        # Now there is none left; still it is the same call.
        assert limiter.take(3, 0, "a", 7) == (True, 0)
        assert limiter.take(1, 0, "a", 8)[0] is False
        taken, wait = limiter.take(2, -1, "b", 7)
        limiter.advance(1000)
        assert limiter.take(2, -1, "b", 7) == (taken, wait - 1000)
        # A call that was overtaken by the next one of its lane changes nothing, nor does one that was given up.
        before = limiter.look()
        assert limiter.take(1, -1, "b", 6)[0] and limiter.look() == before
        assert limiter.give_back("c", 9) == 0
        assert limiter.take(1, -1, "c", 9)[0] and limiter.look() == before
        assert limiter.reset("d", 5) == 1 and limiter.take(1, 0, "d", 6) == (True, 0)
        before = limiter.look()
        assert limiter.reset("d", 5) == 1 and limiter.look() == before


def test_everything_expires(server):
    for limiter in each(server, 4, 2_000_000):
        limiter.take(4)
        limiter.take(2, -1)
        keys = limiter.redis("KEYS", "dc:*")
        assert len(keys) == 2 and all(0 < limiter.redis("PTTL", key) <= 20_000 for key in keys)
        limiter.advance(20_000_000)
        assert limiter.look() == [4, 0]


def test_a_full_server_refuses_the_whole(server):
    for limiter in each(server, 4, 2_000_000):
        limiter.take(1)
        before = limiter.look()
        limiter.redis("CONFIG", "SET", "maxmemory", "1")
        try:
            limiter.take(1)
            raise AssertionError("taken")
        except ServerError as error:
            assert "OOM" in str(error), error
        assert limiter.look() == before
        limiter.redis("CONFIG", "SET", "maxmemory", "0")


def test_a_window_stays_small(server):
    window = Limiter(server, "window", 1_000_000, 1_000_000)
    for _ in range(3000):
        assert window.take(100) == (True, 0)
        window.advance(777)
    assert window.redis("ZCARD", KEY) <= 1010


def test_parts_of_a_microsecond_add_up(server):
    """At 3 in 10 s, 7 take 23 333 333 1/3 us; three times that is 70 s, and not a microsecond more."""
    bucket = Limiter(server, "bucket", 3, 10_000_000, 7)
    for number in range(1000):
        assert bucket.take(7, -1) == (True, (number * 70_000_000 + 2) // 3)


class BucketModel:
    def __init__(self, limiter: Limiter) -> None:
        self.each = Fraction(limiter.period, limiter.limit)
        self.burst = limiter.burst
        self.full = Fraction(0)
        self.last = None

    def due(self, now, permits):
        return max(Fraction(now), max(self.full, now) + (permits - self.burst) * self.each)

    def take(self, now, permits, wait):
        self.full = max(self.full, Fraction(now)) + permits * self.each
        assert 0 <= wait - (self.due_of_last(now) - now) < 1
        self.last = permits

    def due_of_last(self, now):
        return max(Fraction(now), self.full - self.burst * self.each)

    def give_back(self):
        self.full -= self.last * self.each


class WindowModel:
    def __init__(self, limiter: Limiter) -> None:
        self.limit, self.period, self.grain = limiter.limit, limiter.period, limiter.period // 1000
        self.taken: list[tuple[int, int]] = []

    def due(self, now, permits):
        for at in sorted({now} | {at + self.period for at, _ in self.taken if at + self.period > now}):
            if sum(n for due, n in self.taken if due > at - self.period) + permits <= self.limit:
                return at
        raise AssertionError("never")

    def take(self, now, permits, wait):
        ideal = self.due(now, permits) - now
        assert ideal <= wait <= ideal + self.grain, (ideal, wait)
        self.taken.append((now + wait, permits))
        # No span of a period has more than there may be.
        inside = sum(n for due, n in self.taken if due > now + wait - self.period)
        assert inside <= self.limit, inside
        self.taken = [(due, n) for due, n in self.taken if due > now - self.period]

    def give_back(self):
        self.taken.pop()


def history(limiter: Limiter, model, seed: int, steps: int) -> None:
    dice = random.Random(seed)
    undo = None
    for _ in range(steps):
        action = dice.random()
        if action < 0.45:
            limiter.advance(dice.choice([0, 1, dice.randrange(limiter.period // 4 + 1), dice.randrange(9999)]))
            undo = None
        elif action < 0.95:
            permits = dice.choice([1, 1, dice.randint(1, limiter.capacity)])
            longest = dice.choice([0, -1, dice.randrange(limiter.period * 2)])
            ideal = model.due(limiter.now, permits) - limiter.now
            taken, wait = limiter.take(permits, longest, dice.choice("abc"))
            if taken:
                model.take(limiter.now, permits, wait)
                assert longest < 0 or wait <= longest
                undo = limiter.number
            else:
                assert 0 <= longest < wait and ideal <= wait <= ideal + limiter.period // 1000 + 1, (ideal, wait)
            if not taken:
                continue
            if dice.random() < 0.3:
                lane = [lane for lane in "abc" if (limiter.redis("GET", f"{KEY}:o:{lane}") or b"").startswith(
                    b"%d " % undo)][0]
                assert limiter.give_back(lane, undo) == 1
                model.give_back()
        else:
            available, wait = limiter.look()
            assert available == 0 or model.due(limiter.now, available) <= limiter.now
            assert 0 <= available <= limiter.capacity and (wait == 0) == (available > 0), (available, wait)


def test_random_histories_of_buckets(server):
    for seed in range(12):
        dice = random.Random(seed)
        limit, burst = dice.choice([1, 3, 7, 10, 1000]), dice.choice([0, 1, 20, 100])
        limiter = Limiter(server, "bucket", limit, dice.choice([10_000_000, 33_333_000, 1_000_000_000]), burst)
        history(limiter, BucketModel(limiter), seed, 400)


def test_random_histories_of_windows(server):
    for seed in range(12):
        dice = random.Random(seed)
        limit = dice.choice([1, 3, 7, 10, 1000])
        limiter = Limiter(server, "window", limit, dice.choice([10_000_000, 33_333_000, 1_000_000_000]))
        history(limiter, WindowModel(limiter), seed, 400)


def main() -> int:
    wanted = sys.argv[1:]
    passed = failed = 0
    server = Server()
    try:
        for name, test in [item for item in globals().items() if item[0].startswith("test_")]:
            if wanted and not any(part in name for part in wanted):
                continue
            try:
                test(server)
                passed += 1
            except Exception:  # pylint: disable=broad-except
                failed += 1
                print(f"FAIL {name}")
                traceback.print_exc()
    finally:
        server.stop()
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
