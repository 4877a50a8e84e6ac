"""The checker of elections finds what is wrong, in histories that are right but for one thing."""

from __future__ import annotations

import unittest
from typing import Any

from .election_checks import CHECKS, judge
from .leaderships import NOT_HELD, ElectionHistory, Eviction, Leadership, Observation, Style
from .records import CANCELLED, LOST, MILLISECOND, OK, SECOND, TIMED_OUT

BASE = 1000 * SECOND
MOMENTS = ("called", "acquired", "valid", "ending", "ended")


def moment(ms: float) -> int:
    return BASE + int(ms * MILLISECOND)


def led(worker: str, called: float, acquired: float, ending: float, term: int, style: Style = Style.CAMPAIGNS,
        **others: Any) -> Leadership:
    """One who won and gave it up again; moments in ms."""
    values: dict[str, Any] = {
        "worker": worker, "thread": 0, "valid": ending, "ended": ending + 0.1, "wait_ms": 15000, "election": 0,
        "campaign_status": OK, "end_status": OK, "lease_ms": 400, "step_down_ms": 100, "faults": 0}
    values |= {"called": called, "acquired": acquired, "ending": ending, **others}
    for key in MOMENTS:
        values[key] = moment(values[key]) if values[key] or key == "called" else 0
    return Leadership(term=term, style=style, **values)


def lost(worker: str, called: float, acquired: float, valid: float, term: int, **others: Any) -> Leadership:
    """One who was told of its loss a millisecond after it led for certain."""
    ending = others.pop("ending", valid + 1)
    return led(worker, called, acquired, ending, term, **{"valid": valid, "end_status": LOST, **others})


def stood(worker: str, called: float, ended: float, **others: Any) -> Leadership:
    values = {"valid": 0, "ended": ended, "campaign_status": TIMED_OUT, **others}
    return led(worker, called, 0, 0, 0, **values)


def saw(worker: str, before: float, after: float, term: int, by_watch: bool = False) -> Observation:
    return Observation(worker, moment(before), moment(after), term, 0, by_watch)


def put_out(before: float, term: int, status: int = OK) -> Eviction:
    return Eviction(moment(before), moment(before + 1), term, 0, status)


class ElectionCheckerTests(unittest.TestCase):
    def found(self, *leaderships: Leadership, observations: tuple[Observation, ...] = (),
              evictions: tuple[Eviction, ...] = (), **others: Any) -> set[str]:
        history = ElectionHistory(list(leaderships), list(observations), list(evictions), **others)
        return {title for title, problems in judge(history).items() if problems}

    def test_a_right_history_passes(self) -> None:
        right = [led("a", 0, 1, 5, 10), led("b", 2, 5.1, 9, 11), lost("c", 4, 9.2, 100, 12),
                 led("a", 6, 201, 300, 13, Style.RUNS), led("b", 10, 301, 400, 14, Style.RUNS),
                 stood("d", 20, 30, wait_ms=10), stood("a", 301, 310, style=Style.RUNS, campaign_status=CANCELLED)]
        observations = (saw("a", 0, 2, 10), saw("a", 2, 6, 11), saw("a", 6, 110, 0), saw("a", 110, 202, 13))
        self.assertEqual(self.found(*right, observations=observations), set())

    def test_two_lead(self) -> None:
        had = self.found(led("a", 0, 1, 5, 10), led("b", 2, 4.9, 9, 11))
        self.assertEqual(had, {"one leads at a time"})

    def test_two_lead_by_callbacks(self) -> None:
        """What was begun is not ended when the next one begins, without a loss."""
        one = led("a", 0, 1, 5, 10, Style.RUNS, ended=7)
        had = self.found(one, led("b", 2, 6, 9, 11, Style.RUNS))
        self.assertEqual(had, {"one leads at a time", "callbacks do not overlap"})

    def test_who_was_killed_led_until_then(self) -> None:
        killed = led("a", 0, 1, 0, 10, valid=300, ended=0)
        self.assertEqual(self.found(killed, led("b", 2, 250, 260, 11), killed={"a"}),
                         {"one leads at a time", "leaders step down in time"})

    def test_other_elections_do_not_count(self) -> None:
        self.assertEqual(self.found(led("a", 0, 1, 5, 10), led("b", 2, 4, 9, 11, election=1)), set())

    def test_terms(self) -> None:
        self.assertEqual(self.found(led("a", 0, 1, 5, 10), led("b", 2, 6, 9, 10)), {"terms grow"})
        self.assertEqual(self.found(led("a", 0, 1, 5, 10), led("b", 2, 6, 9, 9)), {"terms grow"})
        never_valid = led("b", 6, 7, 7.5, 9, valid=0, end_status=LOST)
        self.assertEqual(self.found(led("a", 0, 1, 5, 10), never_valid), {"terms grow"})

    def test_stepping_down(self) -> None:
        title = {"leaders step down in time"}
        late = lost("a", 0, 1, 50, 10, ending=150)
        self.assertEqual(self.found(late, led("b", 2, 149, 160, 11)), title)
        self.assertEqual(self.found(late, led("b", 2, 151, 160, 11)), set())
        self.assertEqual(self.found(lost("a", 0, 1, 50, 10), led("b", 2, 60, 70, 11)), set())
        told = lost("a", 0, 1, 50, 10, style=Style.RUNS, ended=55)
        self.assertEqual(self.found(told, led("b", 2, 54, 70, 11)), {*title, "callbacks do not overlap"})
        self.assertEqual(self.found(told, led("b", 2, 56, 70, 11)), set())

    def test_who_is_put_out_may_not_know_it_yet(self) -> None:
        overlapping = [lost("a", 0, 1, 50, 10), led("b", 2, 20, 60, 11)]
        self.assertEqual(self.found(*overlapping, evictions=(put_out(19, 10),)), set())
        wrong = {"one leads at a time", "leaders step down in time"}
        self.assertEqual(self.found(*overlapping, evictions=(put_out(21, 10),)), {"one leads at a time"})
        self.assertEqual(self.found(*overlapping, evictions=(put_out(19, 9),)), wrong)
        self.assertEqual(self.found(*overlapping, evictions=(put_out(19, 10, NOT_HELD),)), wrong)

    def test_callbacks(self) -> None:
        slow = lost("a", 0, 1, 50, 10, style=Style.RUNS, ended=200)
        others = [slow, led("b", 2, 160, 170, 11)]
        self.assertEqual(self.found(*others), {"callbacks do not overlap"})
        paused = {"a": [(moment(60), moment(180))]}
        self.assertEqual(self.found(*others, pauses=paused), set())

    def test_waits(self) -> None:
        self.assertEqual(self.found(stood("a", 0, 0)), {"waits end"})
        self.assertEqual(self.found(stood("a", 0, 0), killed={"a"}), set())
        self.assertEqual(self.found(stood("a", 0, 9000, wait_ms=10)), {"waits end"})

    def test_nobody_leads(self) -> None:
        gap = [led("a", 0, 1, 5, 10), led("b", 2, 7000, 7010, 11)]
        self.assertEqual(self.found(*gap), {"somebody leads"})
        self.assertEqual(self.found(*gap, outages=[(moment(100), moment(6500))]), set())
        self.assertEqual(self.found(led("a", 0, 1, 5, 10), led("b", 6990, 7000, 7010, 11)), set())

    def test_insane_answers(self) -> None:
        for wrong in ({"end_status": NOT_HELD}, {"faults": 1}, {"faults": 2}, {"faults": 4}, {"term": 0}):
            self.assertEqual(self.found(led("a", 0, 1, 2, **{"term": 10, **wrong})), {"answers are sane"})
        failed = stood("a", 0, 1, campaign_status=-10)
        self.assertEqual(self.found(failed), {"answers are sane"})
        self.assertEqual(self.found(failed, cut_off={"a"}), set())
        self.assertEqual(self.found(stood("a", 0, 1, style=Style.RUNS, campaign_status=OK)), {"answers are sane"})

    def test_the_past(self) -> None:
        leaders = [led("a", 0, 1, 5, 10), led("b", 2, 6, 9, 11)]
        for wrong in ((saw("w", 0, 7, 11, True), saw("w", 7, 8, 10, True)), (saw("w", 0, 3, 10), saw("w", 3, 4, 10)),
                      (saw("w", 3000, 3001, 10),)):
            self.assertEqual(self.found(*leaders, observations=wrong), {"nobody sees the past"})
        again = (saw("w", 0, 3, 10, True), saw("w", 3, 4, 10, True))
        self.assertEqual(self.found(*leaders, observations=again), set())

    def test_who_looks_and_does_not_see(self) -> None:
        leaders = [led("a", 0, 1, 5, 10), led("b", 20, 30, 2900, 11), led("w", 2950, 2960, 2970, 12)]
        self.assertEqual(self.found(*leaders, observations=(saw("w", 0, 3, 10),)), {"observers keep up"})
        self.assertEqual(self.found(*leaders, observations=(saw("w", 0, 3, 10), saw("w", 3, 40, 11))), set())
        self.assertEqual(self.found(*leaders, observations=(saw("w", 0, 3, 10),), cut_off={"w"}), set())

    def test_every_check_has_been_seen_to_fail(self) -> None:
        slow = lost("c", 4, 10, 50, 12, style=Style.RUNS, ended=70)
        wrong = [led("a", 0, 1, 5, 10), led("b", 2, 4, 9, 9, faults=1), slow, led("d", 4, 60, 65, 13),
                 led("e", 8, 9000, 9010, 14),
                 led("g", 9020, 9030, 12000, 15), led("w", 12010, 12020, 12030, 16), stood("f", 0, 0)]
        self.assertEqual(self.found(*wrong, observations=(saw("w", 1, 2, 10), saw("w", 2, 3, 9))), set(CHECKS))


if __name__ == "__main__":
    unittest.main()
