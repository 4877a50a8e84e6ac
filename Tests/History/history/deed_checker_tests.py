"""The checker of what is shared finds what is wrong, in histories that are right but for one thing."""

from __future__ import annotations

import unittest
from typing import Any, Iterable

from .deed_checks import CHECKS, REJECTED, judge
from .deeds import BURST, PARTIES, RECOVERY_MS, SLOTS, WINDOW_MS, Deed, Kind, SharedHistory
from .records import LOST, MILLISECOND, OK, SECOND, TIMED_OUT

BASE = 1000 * SECOND


def deed(kind: Kind, worker: str, before: float, after: float, a: int = 0, b: int = 0, **others: Any) -> Deed:
    """One that was done; moments in ms, 0 for one that never ended."""
    values: dict[str, Any] = {"thread": 0, "object": 0, "status": OK, **others}
    end = BASE + int(after * MILLISECOND) if after else 0
    return Deed(worker=worker, before=BASE + int(before * MILLISECOND), after=end, a=a, b=b, kind=kind, **values)


def meeting(generation: int, start: float) -> list[Deed]:
    return [deed(Kind.MEET, f"w{index}", start + index, start + 5 + index, index, generation)
            for index in range(PARTIES)]


def stay(worker: str, enter: float, inside: float, leave: float, gone: float) -> list[Deed]:
    return [deed(Kind.ENTER, worker, enter, inside), deed(Kind.LEAVE, worker, leave, gone)]


def taken(kind: Kind, moments: Iterable[float]) -> list[Deed]:
    return [deed(kind, "w", moment, moment + 0.01, 1) for moment in moments]


class DeedCheckerTests(unittest.TestCase):
    def found(self, *deeds: Deed, **others: Any) -> set[str]:
        return {title for title, problems in judge(SharedHistory(list(deeds), **others)).items() if problems}

    def test_a_right_history_passes(self) -> None:
        right = [
            *meeting(0, 10), *meeting(1, 20), *stay("a", 0, 3, 5, 9), *stay("b", 1, 4, 6, 9), *stay("c", 2, 3, 7, 8),
            deed(Kind.ADD, "a", 0, 1, 1), deed(Kind.ADD, "b", 0, 1, 2), deed(Kind.COUNTED, "z", 9, 10, 2),
            deed(Kind.SET, "a", 0, 1, 100), deed(Kind.SET, "b", 2, 3, 101, 100), deed(Kind.GET, "c", 2, 4, 100),
            deed(Kind.WATCHED, "c", 0, 2, 100, 1), deed(Kind.WATCHED, "c", 2, 4, 101, 1),
            *taken(Kind.TAKE_TOKENS, range(BURST)), *taken(Kind.TAKE_SLOTS, range(SLOTS)),
            *taken(Kind.TAKE_SLOTS, [WINDOW_MS + moment for moment in range(SLOTS)]),
            deed(Kind.PUBLISH, "a", 0, 1, 7), deed(Kind.DELIVERED, "b", 0, 2, 7, 1),
            deed(Kind.ACKNOWLEDGE, "b", 2, 3, 7), deed(Kind.READ_BACK, "z", 9, 10, 7)]
        self.assertEqual(self.found(*right), set())

    def test_barriers(self) -> None:
        title = {"barriers open for all"}
        first, second, third = meeting(0, 10)
        self.assertEqual(self.found(first, second), title)
        self.assertEqual(self.found(first, second, deed(Kind.MEET, "w2", 12, 0), killed={"w2"}), set())
        self.assertEqual(self.found(first, second, deed(Kind.MEET, "w2", 15.5, 17, 2)), title)
        self.assertEqual(self.found(first, second, deed(Kind.MEET, "w2", 12, 17, 1)), title)

    def test_double_barriers(self) -> None:
        title = {"double barriers keep together"}
        a, b, c = stay("a", 0, 3, 5, 9), stay("b", 1, 4, 6, 9), stay("c", 2, 3, 7, 8)
        self.assertEqual(self.found(*a, *b), title)
        self.assertEqual(self.found(*a, *b, *stay("c", 3.5, 4, 7, 8)), title)
        self.assertEqual(self.found(*a, *b, *stay("c", 2, 3, 9.5, 10)), title)
        gave_up = deed(Kind.ENTER, "d", -5, -1, status=TIMED_OUT)
        self.assertEqual(self.found(*a, *b, gave_up), title)
        self.assertEqual(self.found(*a, *b, *c, gave_up), set())

    def test_counters(self) -> None:
        title = {"counters are exact"}
        first, second = deed(Kind.ADD, "a", 0, 1, 1), deed(Kind.ADD, "b", 2, 3, 2)
        self.assertEqual(self.found(first, second), set())
        self.assertEqual(self.found(first, deed(Kind.ADD, "b", 0, 1, 1)), title)
        self.assertEqual(self.found(deed(Kind.ADD, "a", 0, 1, 2), deed(Kind.ADD, "b", 2, 3, 1)), title)
        self.assertEqual(self.found(first, deed(Kind.ADD, "b", 2, 3, 3)), title)
        self.assertEqual(self.found(first, second, deed(Kind.COUNTED, "z", 9, 10, 3)), title)
        unsure = deed(Kind.ADD, "c", 4, 5, status=-11)
        self.assertEqual(self.found(first, second, unsure, deed(Kind.COUNTED, "z", 9, 10, 3)), set())
        self.assertEqual(self.found(first, second, unsure, deed(Kind.COUNTED, "z", 9, 10, 1)), title)

    def test_values(self) -> None:
        title = {"values have versions"}
        first = deed(Kind.SET, "a", 0, 1, 100)
        self.assertEqual(self.found(first, deed(Kind.SET, "b", 2, 3, 100)), title)
        self.assertEqual(self.found(first, deed(Kind.GET, "b", 2, 3, 99)), title)
        lost_update = [deed(Kind.SET, "b", 2, 4, 101), deed(Kind.SET, "c", 2, 4, 102, 100)]
        self.assertEqual(self.found(first, *lost_update), title)

    def test_watches(self) -> None:
        def seen(*changes: tuple[int, int], value: int = 0) -> list[Deed]:
            return [deed(Kind.WATCHED, "w", at, at + 1, version, kind, object=value)
                    for at, (version, kind) in enumerate(changes)]

        self.assertEqual(self.found(*seen((1, 1), (2, 1), (2, 0), (3, 1))), set())
        self.assertEqual(self.found(*seen((2, 1)), *seen((1, 1), value=1)), set())
        self.assertEqual(self.found(*seen((2, 1), (1, 1))), {"watches go forward"})
        self.assertEqual(self.found(*seen((2, 1), (2, 1))), {"watches go forward"})

    def test_watches_that_are_not_told(self) -> None:
        told, alive = deed(Kind.WATCHED, "w", 0, 1, 100, 1), deed(Kind.SET, "w", 9000, 9001, 200, object=1)
        written = deed(Kind.SET, "a", 10, 11, 101)
        self.assertEqual(self.found(told, alive, written), {"watches keep up"})
        self.assertEqual(self.found(told, alive, written, deed(Kind.WATCHED, "w", 1, 900, 102, 0)), set())
        self.assertEqual(self.found(told, written), set())
        self.assertEqual(self.found(told, alive, written, cut_off={"w"}), set())

    def test_limits(self) -> None:
        self.assertEqual(self.found(*taken(Kind.TAKE_TOKENS, range(BURST + 1))), {"limits hold"})
        self.assertEqual(self.found(*taken(Kind.TAKE_SLOTS, range(SLOTS + 1))), {"limits hold"})
        late = WINDOW_MS * 0.99
        self.assertEqual(self.found(*taken(Kind.TAKE_SLOTS, range(SLOTS)), *taken(Kind.TAKE_SLOTS, [late])),
                         {"limits hold"})

    def test_breakers(self) -> None:
        opened = deed(Kind.ASK, "w", 0, 1, status=REJECTED)
        def asked(*moments: float) -> list[Deed]:
            return [deed(Kind.ASK, "w", 4000 + moment, 4001 + moment) for moment in moments]

        self.assertEqual(self.found(opened, *asked(0, 10, RECOVERY_MS + 10, RECOVERY_MS + 20)), set())
        self.assertEqual(self.found(opened, *asked(0, 10, RECOVERY_MS - 10)), {"breakers stay open"})
        self.assertEqual(self.found(*asked(0, 10, 20)), set())

    def test_events(self) -> None:
        setting, clearing = deed(Kind.SET_EVENT, "a", 10, 11), deed(Kind.CLEAR_EVENT, "a", 20, 21)
        woken, late = deed(Kind.WAIT_EVENT, "w", 5, 12), deed(Kind.WAIT_EVENT, "w", 22, 30)
        self.assertEqual(self.found(setting, clearing, woken), set())
        self.assertEqual(self.found(setting, clearing, late), {"events wake"})
        self.assertEqual(self.found(setting, late), set())
        self.assertEqual(self.found(woken), {"events wake"})
        in_vain = deed(Kind.WAIT_EVENT, "w", 0, 2000, status=TIMED_OUT)
        self.assertEqual(self.found(in_vain, deed(Kind.SET_EVENT, "a", 1100, 1101)), {"events wake"})
        self.assertEqual(self.found(in_vain, deed(Kind.SET_EVENT, "a", 1900, 1901)), set())

    def test_messages(self) -> None:
        title = {"messages arrive"}
        published, there = deed(Kind.PUBLISH, "a", 0, 1, 7), deed(Kind.READ_BACK, "z", 90, 91, 7)
        done = deed(Kind.ACKNOWLEDGE, "b", 2, 3, 7)
        self.assertEqual(self.found(published, done, there), set())
        self.assertEqual(self.found(published, there), title)
        self.assertEqual(self.found(published, done, there, there), title)
        self.assertEqual(self.found(published, done, deed(Kind.PUBLISH, "a", 1, 2, 8), there), title)
        self.assertEqual(self.found(published, done, deed(Kind.ACKNOWLEDGE, "c", 4, 5, 7), there), title)
        self.assertEqual(self.found(published, done, deed(Kind.ACKNOWLEDGE, "c", 4, 5, 7, status=LOST), there), set())
        self.assertEqual(self.found(published, done, deed(Kind.DELIVERED, "c", 4, 5, 7, 2), there), title)

    def test_waits(self) -> None:
        self.assertEqual(self.found(deed(Kind.ADD, "a", 0, 0)), {"waits end"})
        self.assertEqual(self.found(deed(Kind.ADD, "a", 0, 0), killed={"a"}), set())
        self.assertEqual(self.found(deed(Kind.GET, "a", 0, 9000, 1)), {"waits end"})

    def test_every_check_has_been_seen_to_fail(self) -> None:
        wrong = [*meeting(0, 10)[:2], *stay("a", 0, 3, 5, 9), deed(Kind.ADD, "a", 0, 1, 2),
                 deed(Kind.GET, "a", 0, 1, 2), deed(Kind.GET, "a", 2, 3, 1),
                 deed(Kind.WATCHED, "a", 0, 1, 2), deed(Kind.WATCHED, "a", 1, 2, 1),
                 *taken(Kind.TAKE_SLOTS, range(SLOTS + 1)), deed(Kind.READ_BACK, "z", 9, 10, 7),
                 deed(Kind.PUBLISH, "a", 0, 0)]
        wrong += [deed(Kind.SET, "b", 3, 4, 3), deed(Kind.ADD, "a", 9000, 9001, 1),
                  deed(Kind.WAIT_EVENT, "a", 0, 1), deed(Kind.ASK, "w", 0, 1, status=REJECTED),
                  *(deed(Kind.ASK, "w", 4000 + moment, 4001 + moment) for moment in range(3))]
        self.assertEqual(self.found(*wrong), set(CHECKS))
