"""The checker finds what is wrong, in histories that are right but for one thing."""

from __future__ import annotations

import unittest
from typing import Any

from .checks import CHECKS, judge
from .records import FREED, LOST, MILLISECOND, OK, SECOND, TIMED_OUT, Attempt, History, Kind, Sighting

BASE = 1000 * SECOND


def attempt(worker: str, called: float, granted: float, release: float, fence: int, kind: Kind = Kind.PLAIN,
            **others: Any) -> Attempt:
    """One that went well on lock-0, rw-0 or semaphore-0; moments in ms."""
    values: dict[str, Any] = {
        "worker": worker, "thread": 0, "valid": granted, "deadline": granted + 400, "downgraded": 0,
        "ended": release + 0.1, "wait_ms": 15000, "bits": 1, "weight": 1, "acquire_status": OK, "release_status": OK,
        "lease_ms": 400, "faults": 0}
    values |= {"called": called, "granted": granted, "release": release, **others}
    for key in ("called", "granted", "valid", "deadline", "downgraded", "release", "ended"):
        values[key] = BASE + int(values[key] * MILLISECOND) if values[key] or key == "called" else 0
    return Attempt(fence=fence, kind=kind, **values)


def waits_in_vain(worker: str, called: float, ended: float, **others: Any) -> Attempt:
    values = {"valid": 0, "deadline": 0, "ended": ended, "acquire_status": TIMED_OUT, **others}
    return attempt(worker, called, 0, 0, 0, **values)


def seen(worker: str, arrival: float, at: float, name: str = "lock-0") -> Sighting:
    return Sighting(name, worker, BASE + int(arrival * MILLISECOND), BASE + int(at * MILLISECOND))


class CheckerTests(unittest.TestCase):
    def found(self, *attempts: Attempt, sightings: tuple[Sighting, ...] = (), **others: Any) -> set[str]:
        history = History(list(attempts), list(sightings), **others)
        return {title for title, problems in judge(history).items() if problems}

    def test_a_right_history_passes(self) -> None:
        right = [
            attempt("a", 0, 1, 5, 10), attempt("b", 2, 6, 9, 11), attempt("c", 4, 9.2, 12, 12, Kind.MANY, bits=3),
            attempt("a", 12, 13, 14, 13, Kind.LINGER), attempt("a", 15, 15.1, 16, 13, Kind.LINGER),
            attempt("r", 0, 1, 9, 20, Kind.READ), attempt("s", 0, 2, 8, 21, Kind.READ),
            attempt("w", 3, 10, 11, 22, Kind.WRITE),
            attempt("p", 0, 1, 9, 30, Kind.PERMITS, weight=3), attempt("q", 0, 2, 9, 31, Kind.PERMITS, weight=2),
        ]
        self.assertEqual(self.found(*right, sightings=(seen("b", 2.5, 3), seen("c", 4.5, 5))), set())

    def test_overlap(self) -> None:
        had = self.found(attempt("a", 0, 1, 5, 10), attempt("b", 2, 4.9, 9, 11))
        self.assertEqual(had, {"holders exclude each other"})

    def test_overlap_of_one_of_several(self) -> None:
        had = self.found(attempt("a", 0, 1, 5, 10, bits=2), attempt("b", 2, 4, 9, 11, Kind.MANY, bits=3))
        self.assertEqual(had, {"holders exclude each other"})

    def test_grant_before_a_dead_holder_s_lease_is_over(self) -> None:
        dead = attempt("a", 0, 1, 0, 10, ended=0)
        self.assertEqual(self.found(dead, attempt("b", 2, 300, 301, 11), killed={"a"}), {"holders exclude each other"})
        self.assertEqual(self.found(dead, attempt("b", 2, 405, 406, 11), killed={"a"}), set())

    def test_lease_that_a_renewal_may_have_shortened(self) -> None:
        dead = attempt("a", 0, 1, 0, 10, ended=0, deadline=900, valid=50)
        self.assertEqual(self.found(dead, attempt("b", 2, 60, 61, 11), killed={"a"}), set())
        self.assertEqual(self.found(dead, attempt("b", 2, 40, 61, 11), killed={"a"}), {"holders exclude each other"})

    def test_lost_is_not_held(self) -> None:
        lost = attempt("a", 0, 1, 900, 10, release_status=LOST)
        self.assertEqual(self.found(lost, attempt("b", 2, 450, 460, 11)), set())
        self.assertEqual(self.found(lost, attempt("b", 2, 350, 460, 11)), {"holders exclude each other"})

    def test_released_with_success_was_held(self) -> None:
        had = self.found(attempt("a", 0, 1, 900, 10), attempt("b", 2, 450, 460, 11))
        self.assertEqual(had, {"holders exclude each other"})

    def test_fence_that_falls(self) -> None:
        self.assertEqual(self.found(attempt("a", 0, 1, 5, 10), attempt("b", 6, 7, 9, 9)), {"fences grow"})

    def test_fence_given_twice(self) -> None:
        self.assertEqual(self.found(attempt("a", 0, 1, 5, 10), attempt("b", 6, 7, 9, 10)), {"fences grow"})
        lingering = [attempt(who, at, at + 1, at + 2, 10, Kind.LINGER) for who, at in (("a", 0), ("a", 3), ("b", 6))]
        self.assertEqual(self.found(*lingering[:2]), set())
        self.assertEqual(self.found(*lingering), {"fences grow"})

    def test_fence_of_one_who_lingers_after_another(self) -> None:
        first, again = (attempt("a", at, at + 1, at + 2, 10, Kind.LINGER) for at in (0, 6))
        self.assertEqual(self.found(first, attempt("b", 3, 4, 5, 11), again), {"fences grow"})

    def test_overtaking(self) -> None:
        first, second = attempt("a", 1, 20, 21, 12), attempt("b", 5, 10, 11, 11)
        line = (seen("a", 1.5, 4),)
        self.assertEqual(self.found(first, second, sightings=line), {"nobody is overtaken"})
        late = (seen("a", 1.5, 6),)
        self.assertEqual(self.found(first, second, sightings=late), set(), "it was seen too late to tell")
        disturbed = {"a": [(BASE + 2 * MILLISECOND, BASE + 9 * MILLISECOND)]}
        self.assertEqual(self.found(first, second, sightings=line, pauses=disturbed), set(), "it was stopped meanwhile")
        self.assertEqual(self.found(first, second, sightings=line, cut_off={"a"}), set(), "it may have been cut off")
        unfair = attempt("b", 5, 10, 11, 11, Kind.UNFAIR)
        self.assertEqual(self.found(first, unfair, sightings=line), set(), "unfair handles may")

    def test_overtaking_of_one_who_gives_up(self) -> None:
        waiter = waits_in_vain("a", 1, 51.2, wait_ms=50)
        self.assertEqual(
            self.found(waiter, attempt("b", 5, 10, 11, 11), sightings=(seen("a", 1.5, 4),)), {"nobody is overtaken"})
        self.assertEqual(self.found(waiter, attempt("b", 5, 51.1, 52, 11), sightings=(seen("a", 1.5, 4),)), set())

    def test_lingering_after_the_recall(self) -> None:
        waiter = attempt("a", 1, 990, 991, 12)
        early = [attempt("b", at, at + 0.1, at + 0.2, 11, Kind.LINGER) for at in (0.5, 5, 90)]
        late = attempt("b", 800, 801, 802, 11, Kind.LINGER)
        self.assertEqual(self.found(waiter, *early, sightings=(seen("a", 1.5, 4),)), set())
        self.assertEqual(self.found(waiter, *early, late, sightings=(seen("a", 1.5, 4),)), {"nobody is overtaken"})

    def test_owner_that_may_be_inside(self) -> None:
        waiter = attempt("a", 1, 20, 21, 12, Kind.WRITE)
        again = attempt("b", 5, 10, 11, 11, Kind.READ)
        line = (seen("a", 1.5, 4, "rw-0"),)
        before = attempt("b", 0, 0.5, 0.9, 10, Kind.READ)
        self.assertEqual(self.found(waiter, before, again, sightings=line), {"nobody is overtaken"})
        before.release_status = FREED
        self.assertEqual(self.found(waiter, before, again, sightings=line), set())

    def test_reader_and_writer(self) -> None:
        for kinds in ((Kind.READ, Kind.WRITE), (Kind.WRITE, Kind.READ), (Kind.WRITE, Kind.WRITE)):
            had = self.found(attempt("a", 0, 1, 5, 10, kinds[0]), attempt("b", 2, 4, 9, 11, kinds[1]))
            self.assertEqual(had, {"holders exclude each other"})

    def test_writer_that_has_become_a_reader(self) -> None:
        writer = attempt("a", 0, 1, 9, 10, Kind.WRITE, downgraded=5)
        self.assertEqual(self.found(writer, attempt("b", 2, 6, 8, 11, Kind.READ)), set())
        self.assertEqual(self.found(writer, attempt("b", 2, 4, 8, 11, Kind.READ)), {"holders exclude each other"})
        self.assertEqual(self.found(writer, attempt("b", 2, 6, 8, 11, Kind.WRITE)), {"holders exclude each other"})

    def test_too_many_permits(self) -> None:
        holders = [attempt(who, 0, 1 + at, 9, 10 + at, Kind.PERMITS, weight=3) for at, who in enumerate("ab")]
        self.assertEqual(self.found(*holders), {"holders exclude each other"})

    def test_wait_that_never_ends(self) -> None:
        waiter = waits_in_vain("a", 1, 0)
        self.assertEqual(self.found(waiter), {"waits end"})
        self.assertEqual(self.found(waiter, killed={"a"}), set())

    def test_wait_that_ends_late(self) -> None:
        self.assertEqual(self.found(waits_in_vain("a", 1, 7000, wait_ms=100)), {"waits end"})
        stopped = {"a": [(BASE + 50 * MILLISECOND, BASE + 6900 * MILLISECOND)]}
        self.assertEqual(self.found(waits_in_vain("a", 1, 7000, wait_ms=100), pauses=stopped), set())

    def test_nobody_is_let_in(self) -> None:
        self.assertEqual(self.found(waits_in_vain("a", 1, 14000)), {"waits end"})
        others = [attempt("b", at, at + 1, at + 2, at) for at in range(2000, 14000, 2000)]
        self.assertEqual(self.found(waits_in_vain("a", 1, 14000), *others), set())

    def test_insane_answers(self) -> None:
        for wrong in ({"release_status": 3}, {"faults": 1}, {"faults": 2}, {"faults": 4}):
            self.assertEqual(self.found(attempt("a", 0, 1, 2, 10, Kind.REENTRANT, **wrong)), {"answers are sane"})

    def test_every_check_has_been_seen_to_fail(self) -> None:
        wrong = [
            attempt("a", 0, 1, 5, 10), attempt("b", 2, 4, 9, 9), attempt("c", 6, 7, 8, 8, faults=1),
            waits_in_vain("d", 1, 0)]
        self.assertEqual(self.found(*wrong, sightings=(seen("b", 2.2, 3), seen("a", 0.5, 0.6))), set(CHECKS))
