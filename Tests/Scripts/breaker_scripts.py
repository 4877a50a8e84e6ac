#!/usr/bin/env python3
"""The scripts of circuit breakers, on a private server and a clock that the test sets: contracts, and random histories
against a model.

Usage: Tests/Scripts/breaker_scripts.py [NAME...]
"""

from __future__ import annotations

import random
import sys
import traceback

from scripting import Connection, Server, ServerError, assemble

BASE = "dc:{test:breaker:x}"
TIME = "redis.call('TIME')"
CLOSED, OPEN, HALF_OPEN, FORCED_CLOSED, FORCED_OPEN = range(5)
SUCCEEDED, FAILED, DISCARDED = range(3)


class Breaker:
    """The scripts on one breaker, as the library calls them. Times are milliseconds."""

    threshold, sampling, recovery, trials, trial_timeout, delay = 3, 10_000, 5_000, 2, 4_000, 250

    def __init__(self, server: Server) -> None:
        self.redis = Connection(server.path)
        self.redis("FLUSHALL")
        self.redis("CONFIG", "SET", "maxmemory", "0")
        self.digests: dict[str, bytes] = {}
        self.numbers: dict[str, int] = {}
        self.set_clock(1_700_000_000_000)
        self.news = Connection(server.path)
        self.news("SUBSCRIBE", BASE + ":changes")

    def set_clock(self, now: float) -> None:
        self.now = now
        micros = round(now * 1000)
        self.redis("HSET", "clock", "s", micros // 1_000_000, "u", micros % 1_000_000)

    def advance(self, milliseconds: float) -> None:
        self.set_clock(self.now + milliseconds)

    def run(self, name: str, keys: list[str], *arguments):
        if name not in self.digests:
            text = assemble("breaker_" + name).replace(TIME, "redis.call('HMGET', 'clock', 's', 'u')")
            self.digests[name] = self.redis("SCRIPT", "LOAD", text)
        return self.redis("EVALSHA", self.digests[name], len(keys), *keys, *arguments)

    def keys(self, lane: str = "") -> list[str]:
        keys = [BASE, BASE + ":f", BASE + ":t"]
        return keys + [f"{BASE}:o:{lane}"] if lane else keys

    def next(self, lane: str, number: int) -> int:
        self.numbers[lane] = number or self.numbers.get(lane, 0) + 1
        return self.numbers[lane]

    def tell(self, ages=(), epoch=None, succeeded=0, failed=None, rejected=0, lane="p", number=0):
        """News; the failures were that many milliseconds ago, the oldest first."""
        return self.run(
            "tell", self.keys(lane), self.next(lane, number), self.epoch() if epoch is None else epoch, succeeded,
            len(ages) if failed is None else failed, rejected, self.threshold, self.sampling, self.recovery,
            self.trials, self.trial_timeout, (self.sampling + self.delay) * 1000,
            *[round(age * 1000) for age in ages])

    def ask(self, lane="a", number=0):
        return self.run("ask", self.keys(lane), self.next(lane, number), self.sampling)

    def forgo(self, lane: str, number: int):
        return self.run("forgo", self.keys(lane), number, self.sampling)

    def settle(self, epoch: int, trial: int, outcome: int):
        return self.run(
            "settle", self.keys(), epoch, trial, outcome, self.sampling, self.recovery, self.trials, self.trial_timeout)

    def change(self, to: int, lane="c", number=0):
        return self.run("change", self.keys(lane), self.next(lane, number), to, self.sampling)

    def inspect(self):
        return self.run("inspect", self.keys(), self.sampling)

    def epoch(self) -> int:
        return self.inspect()[1]

    def state(self) -> int:
        return self.inspect()[0]

    def message(self, seconds: float = 0.5):
        payload = self.news.message(seconds)
        return None if payload is None else [int(word) for word in payload.split()]

    def nothing_told(self) -> bool:
        return self.message(0.02) is None

    def open(self) -> int:
        """Opens it by failures; the epoch."""
        news = self.tell([0] * self.threshold)
        assert news[0] == OPEN and self.message()[1] == OPEN
        return news[1]

    def half_open(self) -> None:
        self.open()
        self.advance(self.recovery)


def test_one_that_nobody_has_used_is_closed(breaker):
    assert breaker.inspect() == [CLOSED, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
    assert breaker.ask() == [CLOSED, 0, 0, 0, 0]
    assert not breaker.redis("EXISTS", *breaker.keys("a"))


def test_failures_of_all_together_open_it(breaker):
    assert breaker.tell([5], lane="p") == [CLOSED, 0, 0, 1, 0]
    assert breaker.tell([100, 1], lane="q")[0] == OPEN
    since = round(breaker.now)
    assert breaker.message() == [since, OPEN, breaker.recovery] and breaker.nothing_told()
    assert breaker.inspect() == [OPEN, since, breaker.recovery, 0, 0, 0, 3, 0, 1, 0, since, 0]
    assert breaker.ask() == [OPEN, since, breaker.recovery, 0, 0]


def test_failures_that_are_too_far_apart_do_not(breaker):
    breaker.tell([0])
    breaker.advance(6000)
    breaker.tell([0])
    breaker.advance(4001)
    assert breaker.tell([0])[::3] == [CLOSED, 2]
    # The last two and one that comes late, but was near them.
    assert breaker.tell([3999], lane="q")[0] == OPEN


def test_failures_are_told_late_with_their_age(breaker):
    # Long ago they were together; nothing opens for that now.
    assert breaker.tell([11_000, 10_900, 10_800])[0] == CLOSED
    assert breaker.tell([9_000, 8_000])[0] == CLOSED and breaker.tell([10_200])[0] == OPEN


def test_failures_before_the_last_change_do_not_count(breaker):
    breaker.tell([0, 0])
    breaker.change(CLOSED)
    breaker.message()
    assert breaker.tell([0], epoch=0)[::3] == [CLOSED, 0]
    breaker.advance(10)
    # Whoever does not know the epoch tells failures by their time.
    assert breaker.tell([11, 5], epoch=-1)[::3] == [CLOSED, 1]
    assert breaker.tell([1, 1])[0] == OPEN
    assert breaker.inspect()[6] == 7


def test_it_becomes_half_open_by_itself_and_whoever_asks_tells_it(breaker):
    epoch = breaker.open()
    breaker.advance(breaker.recovery - 1)
    assert breaker.ask()[:3] == [OPEN, epoch, 1]
    breaker.advance(1)
    since = round(breaker.now)
    seen = breaker.inspect()
    assert seen[:3] == [HALF_OPEN, since, 0] and seen[10] == since and breaker.nothing_told()
    breaker.advance(500)
    assert breaker.inspect() == seen
    assert breaker.ask() == [HALF_OPEN, since, 0, 0, 1]
    assert breaker.message() == [since, HALF_OPEN, 0] and breaker.nothing_told()


def test_as_many_trials_as_must_succeed_and_then_it_is_closed(breaker):
    breaker.half_open()
    epoch, first = breaker.ask("a")[1::3]
    second = breaker.ask("b")[4]
    assert breaker.ask("c") == [HALF_OPEN, epoch, breaker.trial_timeout, 0, 0]
    breaker.message()
    assert breaker.settle(epoch, first, SUCCEEDED)[0] == HALF_OPEN and breaker.nothing_told()
    assert breaker.ask("c")[4] == 0, "more in all than must succeed"
    assert breaker.settle(epoch, first, SUCCEEDED)[0] == HALF_OPEN, "told twice"
    breaker.advance(1)
    assert breaker.settle(epoch, second, SUCCEEDED)[0] == CLOSED
    assert breaker.message() == [round(breaker.now), CLOSED, 0] and breaker.nothing_told()
    assert breaker.inspect()[5:7] == [2, 3]


def test_one_trial_that_fails_opens_it_again(breaker):
    breaker.half_open()
    epoch, first = breaker.ask("a")[1::3]
    second = breaker.ask("b")[4]
    breaker.message()
    news = breaker.settle(epoch, first, FAILED)
    assert news[0] == OPEN and news[2] == breaker.recovery and breaker.message()[1] == OPEN
    assert breaker.settle(epoch, second, SUCCEEDED)[0] == OPEN, "too late"
    assert breaker.inspect()[8] == 2


def test_a_trial_that_says_nothing_is_given_to_the_next(breaker):
    breaker.trials = 1
    breaker.half_open()
    epoch, trial = breaker.ask("a")[1::3]
    assert breaker.message()[2] == breaker.trial_timeout
    assert breaker.ask("b")[4] == 0
    breaker.settle(epoch, trial, DISCARDED)
    assert breaker.message() == [epoch, HALF_OPEN, 0]
    assert breaker.ask("b")[4] == trial + 1


def test_a_trial_that_nobody_reports_has_failed(breaker):
    breaker.half_open()
    epoch, trial = breaker.ask("a")[1::3]
    breaker.message()
    ended = round(breaker.now) + breaker.trial_timeout
    breaker.advance(breaker.trial_timeout - 1)
    assert breaker.state() == HALF_OPEN
    breaker.advance(1)
    seen = breaker.inspect()
    assert seen[0] == OPEN and seen[10] == ended and seen[8] == 2
    assert breaker.settle(epoch, trial, SUCCEEDED)[0] == OPEN
    assert breaker.message() == [ended, OPEN, breaker.recovery]
    # Nobody looked for long: it was open again, and is half-open.
    breaker.advance(breaker.recovery * 5)
    assert breaker.ask("a")[4] > 0 and breaker.inspect()[10] == ended + breaker.recovery


def test_a_call_that_is_sent_again_counts_once(breaker):
    breaker.tell([0, 0], number=7)
    assert breaker.tell([0, 0], number=7)[::3] == [CLOSED, 2]
    assert breaker.inspect()[6] == 2
    assert breaker.tell([0], number=8)[0] == OPEN
    breaker.advance(breaker.recovery)
    trial = breaker.ask("a", 5)[4]
    assert breaker.ask("a", 5)[4] == trial and breaker.inspect()[9] == 1
    assert breaker.ask("b", 5)[4] == trial + 1 and breaker.ask("b", 5)[4] == trial + 1
    breaker.change(CLOSED, number=3)
    breaker.tell([0], number=9)
    assert breaker.change(CLOSED, number=3)[3] == 1


def test_a_trial_whose_answer_is_lost_can_be_given_back(breaker):
    breaker.half_open()
    epoch = breaker.ask("a", 5)[1]
    breaker.forgo("a", 5)
    assert breaker.inspect()[9] == 0 and [breaker.message()[2] for _ in range(2)] == [0, 0]
    breaker.forgo("a", 5)
    assert breaker.nothing_told()
    # One that is still on its way gets none any more.
    breaker.forgo("b", 8)
    assert breaker.ask("b", 8) == [HALF_OPEN, epoch, 0, 0, 0]


def test_what_is_forced_stays(breaker):
    breaker.tell([0, 0])
    assert breaker.change(FORCED_CLOSED)[0] == FORCED_CLOSED and breaker.message()[1] == FORCED_CLOSED
    assert breaker.tell([0] * 5)[0] == FORCED_CLOSED
    assert breaker.redis("PTTL", BASE) == -1
    assert breaker.change(FORCED_OPEN)[::2] == [FORCED_OPEN, -1, 0] and breaker.message()[1:] == [FORCED_OPEN, -1]
    breaker.advance(86_400_000)
    assert breaker.ask() == [FORCED_OPEN, breaker.epoch(), -1, 0, 0] and breaker.nothing_told()
    assert breaker.change(CLOSED)[0] == CLOSED and breaker.message()[1] == CLOSED
    assert breaker.redis("PTTL", BASE) > 0 and breaker.inspect()[8] == 0


def test_lost_keys_are_a_closed_breaker_with_a_later_epoch(breaker):
    old = breaker.open()
    breaker.redis("FLUSHALL")
    breaker.set_clock(breaker.now)
    assert breaker.ask() == [CLOSED, 0, 0, 0, 0]
    # What failed in the epoch before counts: nothing has changed but that the server has forgotten it.
    assert breaker.tell([0], epoch=old)[3] == 1
    breaker.advance(5)
    assert breaker.open() > old


def test_everything_expires(breaker):
    breaker.half_open()
    breaker.ask("a")
    breaker.redis("DEL", "clock")
    keys = breaker.redis("KEYS", "*")
    assert len(keys) == 4 and all(0 < breaker.redis("PTTL", key) <= 604_800_000 for key in keys), keys


def test_only_so_many_failures_are_kept(breaker):
    breaker.threshold, breaker.sampling = 10_000, 86_400_000
    for _ in range(3):
        breaker.tell(range(4000, 0, -1))
        breaker.advance(1)
        if breaker.state() == OPEN:
            break
    assert breaker.state() == OPEN and breaker.inspect()[6] == 12_000
    breaker.change(CLOSED)
    breaker.threshold, breaker.sampling = 100, 1000
    for _ in range(50):
        breaker.tell([0] * 9)
        breaker.advance(100)
        assert breaker.redis("ZCARD", BASE + ":f") <= 100


def test_a_full_server_refuses_the_whole(breaker):
    breaker.half_open()
    epoch, trial = breaker.ask("a")[1::3]
    before = breaker.inspect()
    breaker.redis("CONFIG", "SET", "maxmemory", "1")
    for call in (lambda: breaker.tell([0]), lambda: breaker.ask("b"), lambda: breaker.change(CLOSED),
                 lambda: breaker.settle(epoch, trial, SUCCEEDED), lambda: breaker.settle(epoch, trial, FAILED)):
        try:
            call()
            raise AssertionError("accepted")
        except ServerError as error:
            assert "OOM" in str(error), error
        assert breaker.inspect() == before


class Model:
    """A breaker in plain words."""

    def __init__(self, breaker: Breaker) -> None:
        self.b, self.state, self.since, self.epoch = breaker, CLOSED, 0, 0
        self.failures: list[float] = []
        self.trials: dict[int, float] = {}
        self.succeeded = self.opened = 0

    def change(self, to: int, at: float) -> None:
        self.state, self.since, self.epoch = to, at, max(self.epoch + 1, at)
        self.failures, self.trials, self.succeeded = [], {}, 0
        self.opened += to == OPEN

    def look(self) -> None:
        now = self.b.now
        late = [end for end in self.trials.values() if end <= now]
        if self.state == HALF_OPEN and late:
            self.change(OPEN, min(late))
        if self.state == OPEN and self.since + self.b.recovery <= now:
            self.change(HALF_OPEN, self.since + self.b.recovery)

    def tell(self, moments: list[float], epoch: int) -> None:
        if self.state != CLOSED or epoch not in (self.epoch, -1):
            return
        if epoch == -1:
            moments = [moment for moment in moments if moment >= self.since]
        self.failures = sorted(self.failures + [m for m in moments if self.b.now - m <= self.b.sampling + self.b.delay])
        if not self.failures:
            return
        last = self.failures[-1]
        self.failures = [m for m in self.failures if m >= last - self.b.sampling]
        if len(self.failures) >= self.b.threshold:
            self.change(OPEN, self.b.now)

    def settle(self, epoch: int, trial: int, outcome: int) -> None:
        if self.state != HALF_OPEN or epoch != self.epoch or trial not in self.trials:
            return
        if outcome == FAILED:
            self.change(OPEN, self.b.now)
            return
        del self.trials[trial]
        self.succeeded += outcome == SUCCEEDED
        if self.succeeded == self.b.trials:
            self.change(CLOSED, self.b.now)

    def free(self) -> int:
        return self.b.trials - self.succeeded - len(self.trials) if self.state == HALF_OPEN else 0

    def check(self, told: list) -> None:
        seen = self.b.inspect()
        counted = len([m for m in self.failures if m >= self.b.now - self.b.sampling])
        wanted = [self.state, self.epoch, counted, self.opened, len(self.trials), self.since]
        had = [seen[0], seen[1], seen[3], seen[8], seen[9], seen[10]]
        assert had == wanted, (had, wanted)
        # What was told last is what is, unless time alone has changed it since.
        assert not told or told[-1][0] <= self.epoch


def history(breaker: Breaker, seed: int) -> None:
    dice = random.Random(seed)
    breaker.threshold, breaker.trials = dice.randint(1, 6), dice.randint(1, 4)
    model, issued, epochs, told = Model(breaker), [], [0], []
    for _ in range(300):
        breaker.advance(dice.choice([0, 1, 1, 300, 2000, 6000]))
        model.look()
        action = dice.random()
        if action < 0.4:
            ages = sorted((dice.choice([0, 0, 50, 5000, 12_000]) for _ in range(dice.randint(0, 3))), reverse=True)
            epoch = dice.choice([model.epoch, model.epoch, -1, dice.choice(epochs)])
            if model.epoch == 0:
                epoch = 0
            breaker.tell(ages, epoch, lane=dice.choice("pqr"))
            model.tell([breaker.now - age for age in ages], epoch)
        elif action < 0.65:
            free = model.free()
            news = breaker.ask(dice.choice("abc"))
            assert (news[4] > 0) == (free > 0), (news, free)
            if news[4]:
                model.trials[news[4]] = breaker.now + breaker.trial_timeout
                issued.append((news[1], news[4]))
        elif action < 0.95 and issued:
            epoch, trial = dice.choice(issued[-5:])
            outcome = dice.choice([SUCCEEDED, SUCCEEDED, SUCCEEDED, FAILED, DISCARDED])
            breaker.settle(epoch, trial, outcome)
            model.settle(epoch, trial, outcome)
        elif dice.random() < 0.3:
            to = dice.choice([CLOSED, CLOSED, FORCED_CLOSED, FORCED_OPEN])
            if model.state != to or to == CLOSED:
                model.change(to, breaker.now)
            breaker.change(to)
        epochs.append(model.epoch)
        while (message := breaker.message(0.0005)) is not None:
            assert not told or message[0] >= told[-1][0], "an older change after a newer one"
            told.append(message)
        model.check(told)
    changes = [message[0] for message in told if message[1] != HALF_OPEN]
    assert len(changes) == len(set(changes)), "a change was told twice"


def test_random_histories(breaker, server):
    for seed in range(12):
        history(Breaker(server), seed)


def main() -> int:
    wanted = sys.argv[1:]
    passed = failed = 0
    server = Server()
    try:
        for name, test in [item for item in globals().items() if item[0].startswith("test_")]:
            if wanted and not any(part in name for part in wanted):
                continue
            try:
                breaker = Breaker(server)
                test(*([breaker, server] if test.__code__.co_argcount == 2 else [breaker]))
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
