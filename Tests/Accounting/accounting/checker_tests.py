"""Ledgers that are wrong in one point each: the checker finds that point, and nothing in the right one."""

from __future__ import annotations

import unittest
from collections import Counter

from .checks import judge
from .records import (
    CANCELLED, COMPLETED, DEAD, MILLISECOND, SECOND, SKIPPED, Asked, Claim, End, Job, Ledger)

START = 1_800_000_000 * SECOND


def ms(milliseconds: float) -> int:
    return START + int(milliseconds * MILLISECOND)


def job(name: str, wanted: float = 0, **wishes: object) -> Job:
    """A job that was pushed within a millisecond."""
    number = name if "." in name else f"plain.r1.p0.{name}"
    return Job(number, ms(wanted), {"max": "3"} | {key: str(value) for key, value in wishes.items()}, ms(wanted + 1),
               number, "OK")


def attempt(one: Job, at: float, how: str = "complete", status: str = "OK", number: int = 0, worker: str = "c1.0",
            takes: float = 5) -> Job:
    """The job's next attempt, at that many milliseconds; without an end when `how` is ''."""
    claim = Claim(
        worker, one.name, one.id, ms(at) // 1000, number or len(one.claims) + 1, one.wish("max"), ms(at) + 1000)
    if how:
        claim.before, claim.after, claim.how, claim.status = ms(at + takes), ms(at + takes + 1), how, status
    one.claims.append(claim)
    return one


def ended(one: Job, state: int = COMPLETED, at: float = -1, attempts: int = -1, kind: str = "-",
          result: str = "words") -> Job:
    """The job's end, by default what its attempts say."""
    last = one.claims[-1] if one.claims else None
    finished = ms(at) if at >= 0 else last.after if last else ms(50)
    count = attempts if attempts >= 0 else last.attempt if last else 0
    if last and state == COMPLETED:
        result = f"{last.worker} {last.fence} {count}"
    one.end = End("OK", state, count, finished, kind, result)
    return one


def ledger_of(*jobs: Job, **counts: int) -> Ledger:
    """A ledger whose counts are right unless others are given."""
    ledger = Ledger({one.name: one for one in jobs})
    for one in jobs:
        growth = ledger.growth.setdefault(one.theme, Counter())
        if one.end:
            growth[("completed", "dead", "cancelled", "cancelled")[one.end.state]] += 1
            growth["failed"] += max(0, one.end.attempts - (one.end.state in (COMPLETED, CANCELLED)))
    for queue in ledger.growth:
        ledger.growth[queue].update(counts)
        ledger.counts[queue] = Counter()
    return ledger


class CheckerTests(unittest.TestCase):
    def finds(self, title: str, ledger: Ledger) -> None:
        found = judge(ledger)
        self.assertTrue(found[title], f"{title}: nothing found")

    def is_right(self, ledger: Ledger) -> None:
        self.assertEqual([], [problem for problems in judge(ledger).values() for problem in problems])

    def test_what_is_right(self) -> None:
        retried = ended(attempt(attempt(job("2"), 10, "fail"), 30))
        dead = job("3")
        for number in range(3):
            attempt(dead, 10 + 20 * number, "fail")
        released = ended(attempt(attempt(job("4"), 10, "release"), 30, number=1))
        for_good = ended(attempt(job("5"), 10, "fail_for_good"), DEAD, result="asked to die")
        self.is_right(ledger_of(ended(attempt(job("1"), 10)), retried, ended(dead, DEAD), released, for_good))

    def test_a_killed_worker_may_take_an_attempt_along(self) -> None:
        ledger = ledger_of(ended(attempt(attempt(job("1"), 10, ""), 2000, number=3)))
        self.finds("attempts are counted", ledger)
        ledger.disturbances.append((ms(500), ms(900)))
        self.is_right(ledger)

    def test_lost(self) -> None:
        lost = job("1")
        lost.end = End("NOT_FOUND", -1, 0, 0, "-", "")
        self.finds("none is lost, all have ended", ledger_of(lost))
        waits = job("2")
        waits.end = End("TIMED_OUT", -1, 0, 0, "-", "")
        self.finds("none is lost, all have ended", ledger_of(waits))

    def test_left_behind(self) -> None:
        ledger = ledger_of(ended(attempt(job("1"), 10)))
        ledger.counts["plain"]["active"] = 1
        self.finds("none is lost, all have ended", ledger)

    def test_completed_twice(self) -> None:
        self.finds("completed once", ledger_of(ended(attempt(attempt(job("1"), 10), 30))))

    def test_result_of_another(self) -> None:
        other = ended(attempt(job("1"), 10))
        other.end.result = "c2.0 7 1"
        self.finds("completed once", ledger_of(other))

    def test_completed_and_dead(self) -> None:
        self.finds("completed once", ledger_of(ended(attempt(job("1"), 10), DEAD, attempts=3)))

    def test_runs_after_its_end(self) -> None:
        self.finds("what has ended does not run", ledger_of(
            ended(attempt(attempt(job("1"), 10, "fail_for_good"), 30, "complete", "LOST"), DEAD, at=16)))

    def test_given_out_after_it_was_completed_unseen(self) -> None:
        self.finds("what has ended does not run", ledger_of(ended(attempt(job("1"), 100, ""), at=50)))

    def test_two_at_a_time(self) -> None:
        self.finds("one worker at a time", ledger_of(
            ended(attempt(attempt(job("1"), 10, "fail", takes=50), 30))))

    def test_attempt_left_out(self) -> None:
        self.finds("attempts are counted", ledger_of(ended(attempt(attempt(job("1"), 10, "fail"), 30, number=3))))

    def test_attempt_not_counted(self) -> None:
        self.finds("attempts are counted", ledger_of(ended(attempt(attempt(job("1"), 10, "fail"), 30, number=1))))

    def test_given_back_and_counted(self) -> None:
        self.finds("attempts are counted", ledger_of(ended(attempt(attempt(job("1"), 10, "release"), 30, number=2))))

    def test_too_many_attempts(self) -> None:
        one = job("1", max=2)
        for number in range(3):
            attempt(one, 10 + 20 * number, "fail")
        self.finds("attempts are counted", ledger_of(ended(one, DEAD)))

    def test_dead_too_soon(self) -> None:
        self.finds("attempts are counted", ledger_of(ended(attempt(job("1"), 10, "fail"), DEAD)))

    def test_counts(self) -> None:
        for key in ("completed", "failed", "dead", "cancelled"):
            self.finds("the server's counts are exact", ledger_of(ended(attempt(job("1"), 10)), **{key: 1}))

    def test_early(self) -> None:
        self.finds("delayed jobs are never early", ledger_of(ended(attempt(job("1", delay=100), 90))))
        self.is_right(ledger_of(ended(attempt(job("1", delay=100), 101))))

    def ordered(self, first: int, second: int, *priorities: int) -> Ledger:
        jobs = [job(f"order.r1.p2.{place}", place * 2, priority=priority) for place, priority in enumerate(priorities)]
        ended(attempt(jobs[first], 100)), ended(attempt(jobs[second], 110))
        return ledger_of(*jobs)

    def test_order(self) -> None:
        self.is_right(self.ordered(0, 1, 0, 0))
        self.is_right(self.ordered(1, 0, 0, 5))
        self.finds("one consumer has them in order", self.ordered(1, 0, 0, 0))
        self.finds("one consumer has them in order", self.ordered(0, 1, 0, 5))

    def test_keys(self) -> None:
        def at(*moments: float) -> Ledger:
            return ledger_of(*(ended(attempt(job(f"keys.r1.p3.{place}", key="a"), moment, takes=20))
                               for place, moment in enumerate(moments)))

        self.is_right(at(10, 20, 50))
        self.finds("concurrency keys are limited", at(10, 20, 25))

    def test_unique(self) -> None:
        def pair(**second: object) -> tuple[Job, Job]:
            return (ended(attempt(job("unique.r1.p3.1", unique="a", mode=0), 10, takes=30)),
                    job("unique.r1.p3.2", 20, **({"unique": "a", "mode": 0} | second)))

        first, other = pair()
        self.finds("unique keys are unique", ledger_of(first, ended(attempt(other, 20, takes=30))))
        first, other = pair()
        other.id, other.push_status, other.holder = "", "EXISTS", first.id
        self.is_right(ledger_of(first, other))
        other.wanted = ms(200)
        self.finds("unique keys are unique", ledger_of(first, other))
        first, other = pair()
        self.finds("unique keys are unique", ledger_of(first, ended(other, CANCELLED)))

    def test_dependencies(self) -> None:
        def pair(policy: int, completes: bool) -> tuple[Job, Job]:
            first = attempt(job("deps.r1.p4.1"), 10, "complete" if completes else "fail_for_good")
            return (ended(first, COMPLETED if completes else DEAD, result="asked to die"),
                    job("deps.r1.p4.2", 5, after="deps.r1.p4.1", policy=policy))

        title = "dependencies come first"
        for policy in range(3):
            first, second = pair(policy, True)
            self.is_right(ledger_of(first, ended(attempt(second, 30))))
            self.finds(title, ledger_of(first, ended(attempt(pair(policy, True)[1], 12))))
            self.finds(title, ledger_of(first, ended(pair(policy, True)[1], SKIPPED)))
        first, second = pair(0, False)
        self.is_right(ledger_of(first, ended(second, DEAD, kind="dependency")))
        self.finds(title, ledger_of(first, ended(attempt(pair(0, False)[1], 30))))
        self.is_right(ledger_of(first, ended(pair(1, False)[1], SKIPPED)))
        self.finds(title, ledger_of(first, ended(pair(1, False)[1], DEAD, kind="dependency")))
        self.is_right(ledger_of(first, ended(attempt(pair(2, False)[1], 30))))

    def test_batches(self) -> None:
        def with_counts(*values: int, status: str = "OK", at: float = 100) -> Ledger:
            jobs = [ended(attempt(job(f"batch.r1.p4.{place}", batch="b"), 10 * place)) for place in range(3)]
            ledger = ledger_of(*jobs)
            ledger.asked.append(Asked("p4", ms(5), ms(at), "batch", "b", status, [str(value) for value in values]))
            return ledger

        self.is_right(with_counts(3, 3, 0, 0))
        self.finds("batches are counted", with_counts(3, 2, 0, 0))
        self.finds("batches are counted", with_counts(3, 3, 0, 0, status="TIMED_OUT"))
        self.finds("batches are counted", with_counts(3, 3, 0, 0, at=15))

    def test_cancelled(self) -> None:
        def asked(one: Job, runs: int, at: float = 20, status: str = "OK") -> Ledger:
            ledger = ledger_of(one)
            ledger.asked.append(Asked("p3", ms(at), ms(at + 1), "cancel", one.name, status, [str(runs)]))
            return ledger

        def one() -> Job:
            return job("cancel.r1.p3.1")

        title = "what is cancelled does not run"
        self.is_right(asked(ended(one(), CANCELLED), 0))
        self.is_right(asked(ended(attempt(one(), 10, "cancelled", takes=15), CANCELLED), 1))
        self.is_right(asked(ended(attempt(one(), 10, takes=15)), 1))
        self.finds(title, asked(ended(attempt(one(), 30)), 0))
        self.finds(title, asked(ended(attempt(attempt(one(), 10, "fail", takes=15), 40)), 1))
        self.finds(title, asked(ended(attempt(one(), 30)), 0, status="EXPIRED"))
        self.finds(title, ledger_of(ended(one(), CANCELLED)))

    def test_pauses(self) -> None:
        ledger = ledger_of(ended(attempt(job("pause.r1.p5.1"), 50)))
        ledger.asked = [Asked("p5", ms(30), ms(31), "pause", "-", "OK", []),
                        Asked("p5", ms(90), ms(91), "resume", "-", "OK", [])]
        self.finds("nothing is given out in a pause", ledger)
        ledger.asked[0].after = ms(60)
        self.is_right(ledger)

    def test_rate(self) -> None:
        def every(milliseconds: float, count: int = 60) -> Ledger:
            return ledger_of(*(ended(attempt(job(f"rate.r1.p5.{place}"), 10 + place * milliseconds, takes=1))
                               for place in range(count)))

        self.is_right(every(5))
        self.is_right(every(0.01, 20))
        self.finds("the rate is kept", every(2))

    def test_capabilities(self) -> None:
        def given(needs: str) -> Ledger:
            ledger = ledger_of(ended(attempt(job("caps.r1.p5.1", needs=needs), 10)))
            ledger.capabilities["c1"] = {"GPU"}
            return ledger

        self.is_right(given("gpu,linux"))
        self.finds("capabilities are needed", given("gpu,big"))

    def test_time_limits(self) -> None:
        def taking(milliseconds: float, kind: str = "") -> Ledger:
            one = attempt(job("1", timeout=100, max=1), 10, "fail" if kind else "complete", takes=milliseconds)
            return ledger_of(ended(one, DEAD if kind else COMPLETED, kind=kind or "-"))

        self.is_right(taking(90))
        self.is_right(taking(90, "timeout"))
        self.finds("time is limited", taking(400))
        self.finds("time is limited", taking(90, "odd"))

    def test_own_queues(self) -> None:
        def by(worker: str) -> Ledger:
            return ledger_of(ended(attempt(job("own.r1.p5.1", owner="own7"), 10, worker=worker)))

        self.is_right(by("own7.3"))
        self.finds("own queues are served", by("own8.0"))

