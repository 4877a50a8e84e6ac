"""Ledgers that are wrong in one point each: the checker finds that point, and nothing in the right one."""

from __future__ import annotations

import unittest
from dataclasses import replace

from .checks import judge
from .generator import Generator
from .graphs import Graph, Loop, Node
from .model import BLOCKED, FAILED, SUCCEEDED, Model
from .records import MILLISECOND, Attempt, End, Ledger
from .single import execute

START = 1_800_000_000_000
KINDS = {"task": 0, "group": 1, "map": 2, "item": 3}


def graph() -> Graph:
    """A bit of everything."""
    return Graph("g", [
        Node("a", "task", work="list=5"),
        Node("m", "map", needs=["a"], source="a"),
        Node("g", "group", needs=["a"]),
        Node("b", "task", "g", attempts=2, work="fail=1"),
        Node("c", "task", "g", ["b"], work="repeat=1"),
        Node("d", "task", needs=["a"], attempts=2, work="die=1"),
        Node("e", "task", needs=["d"]),
        Node("f", "task", needs=["d", "g"], always=True),
    ], [Loop("c", "c", 3)])


def right(model: Model) -> Ledger:
    """A ledger of a run in which everything took a while and went well."""
    ledger = Ledger("run", state=model.state())
    names = list(model.spots)
    times = {name: START + 100 * index for index, name in enumerate(names)}
    for name, spot in model.spots.items():
        within = [times[other] for other in names if spot.kind in ("group", "map")
                  and model.spots[other].group is spot]
        ended = max([times[name] + 50, *(time + 60 for time in within)])
        began = times[name] if spot.state != BLOCKED else 0
        ledger.ends[name] = End(
            name, KINDS[spot.kind], spot.state, spot.group.name if spot.group else "",
            "w1" if spot.is_task else "", 1, spot.round, began, began and began + 10, ended,
            spot.result if spot.is_task else b"")
    for number, ((task, round_), [how]) in enumerate(model.history.items()):
        fails = 1 if model.spots[task].node.work == "fail=1" else 0
        claimed = (ledger.ends[task].started + round_) * MILLISECOND
        for attempt in range(1, fails + 2):
            words = "fail" if attempt <= fails else "die" if how == "fail" else how
            ledger.attempts[task, round_].append(Attempt(
                "w1", task, round_, attempt, 1000 * number + attempt, claimed, claimed + 1000, claimed + 2000, words,
                "OK"))
    return ledger


class CheckerTests(unittest.TestCase):
    def setUp(self) -> None:
        self.model = execute(graph())
        # Members after what follows their group would be out of order: the names are in the order of the definition.
        self.ledger = right(self.model)
        self.shift("e", 2000)
        self.shift("f", 3000)

    def shift(self, name: str, ms: int) -> None:
        end = self.ledger.ends[name]
        if end.ready:
            end.ready, end.started = end.ready + ms, end.started + ms
        end.ended += ms
        for attempt in self.ledger.attempts.get((name, end.round), []):
            attempt.claimed += ms * MILLISECOND

    def finds(self, title: str) -> None:
        found = judge(self.ledger, self.model)
        self.assertTrue(found[title], f"{title}: nothing found, but {found}")

    def attempt(self, task: str, round_: int = 0) -> Attempt:
        return self.ledger.attempts[task, round_][-1]

    def test_what_is_right(self) -> None:
        found = judge(self.ledger, self.model)
        self.assertEqual([], [problem for problems in found.values() for problem in problems])
        self.assertEqual("failed", self.model.state())

    def test_a_worker_killed_before_it_was_answered(self) -> None:
        one = self.attempt("f")
        one.status, one.after = "", 0
        self.test_what_is_right()

    def test_another_state(self) -> None:
        self.ledger.ends["e"].state = SUCCEEDED
        self.finds("states as in one process")

    def test_another_state_of_the_run(self) -> None:
        self.ledger.state = "succeeded"
        self.finds("states as in one process")

    def test_a_missing_node(self) -> None:
        del self.ledger.ends["m"]
        self.finds("states as in one process")

    def test_a_node_too_many(self) -> None:
        self.ledger.ends["m[77]"] = replace(self.ledger.ends["m"], name="m[77]")
        self.finds("states as in one process")

    def test_another_result(self) -> None:
        self.ledger.ends["c"].result = b"0"
        self.finds("results as in one process")

    def test_completed_twice(self) -> None:
        one = self.attempt("f")
        self.ledger.attempts["f", 0].append(replace(one, worker="w2", fence=one.fence + 1, attempt=2))
        self.finds("one accepted completion")

    def test_given_out_after_its_end(self) -> None:
        one = self.attempt("f")
        late = replace(one, fence=one.fence + 1, attempt=2, before=0, after=0, how="", status="")
        self.ledger.attempts["f", 0].append(late)
        self.finds("one accepted completion")

    def test_ended_by_somebody_else(self) -> None:
        self.ledger.ends["f"].worker = "w2"
        self.finds("one accepted completion")

    def test_ended_by_nobody(self) -> None:
        for status in ("NOT_HELD", ""):
            one = self.attempt("f")
            one.status = status
            if not status:
                one.before = 0
            self.finds("every round accounted for")

    def test_a_round_that_nobody_was_given(self) -> None:
        del self.ledger.attempts["c", 0]
        self.finds("every round accounted for")

    def test_a_round_too_many(self) -> None:
        self.ledger.attempts["c", 2] = [replace(self.attempt("c", 1), round=2)]
        self.finds("every round accounted for")

    def test_a_blocked_task_that_ran(self) -> None:
        self.ledger.attempts["e", 0] = [replace(self.attempt("f"), task="e")]
        self.finds("every round accounted for")

    def test_begun_before_what_it_needs(self) -> None:
        self.ledger.ends["f"].ready = self.ledger.ends["d"].ended - 1
        self.finds("in the order of the needs")

    def test_claimed_before_what_it_needs(self) -> None:
        self.attempt("f").claimed = (self.ledger.ends["d"].ended - 10) * MILLISECOND
        self.finds("in the order of the needs")

    def test_a_group_that_ended_before_its_members(self) -> None:
        self.ledger.ends["g"].ended = self.ledger.ends["c"].ended - 1
        self.finds("in the order of the needs")

    def test_a_worker_that_could_not_add(self) -> None:
        self.ledger.complaints.append(f"add answers ERROR_INVALID_ARGUMENT: {self.attempt('f')}")
        self.finds("workers can work")


class GeneratorTests(unittest.TestCase):
    def test_the_same_seed_draws_the_same(self) -> None:
        one, two = (Generator(7, 200).graph() for _ in range(2))
        self.assertEqual(one.files("r"), two.files("r"))
        self.assertNotEqual(one.files("r"), Generator(8, 200).graph().files("r"))

    def test_there_is_everything_in_some_graph(self) -> None:
        graphs = [Generator(seed, 100).graph() for seed in range(40)]
        words = "".join(text for one in graphs for text in one.files("r").values())
        for wanted in ("fail=", "die=", "skip=", "list=", "repeat=", "add=", "kill=", "busy=", "big=", "loop\t",
                       "always\t", "policy\t", "group\t", "map\t"):
            self.assertIn(wanted, words)
        states = [spot.state for one in graphs for spot in execute(one).spots.values()]
        for state in (SUCCEEDED, FAILED, BLOCKED):
            self.assertIn(state, states)

    def test_the_order_does_not_matter(self) -> None:
        """First come, first served, or the last one first: a graph comes to the same."""
        for seed in range(20):
            one = Generator(seed, 60).graph()
            self.assertEqual(execute(one).ends(), execute(one, last_first=True).ends())


if __name__ == "__main__":
    unittest.main()
