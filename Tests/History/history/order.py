"""Order of service, as far as it can be decided from outside.

Who was seen in line (by an observer that reads the lines on the server) before another one even began to ask must be
served first. Only what the promise is about counts: fair handles; waiters whose process ran and could reach the server
all the while, because one that misses its grant is passed over.

A handle that lingers may take its grant again until the recall has reached it. RECALLED is long for a message, and
short for a waiter that would wait as long as the other one likes. It counts from when the waiter stood in line and the
grant was there: who is granted while others wait is recalled at once.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from typing import Iterator, Optional

from .records import MILLISECOND, OK, SECOND, TIMED_OUT, Attempt, History, Kind, Sighting

RECALLED = 100 * MILLISECOND
# After a release without an answer; longer than any lease.
UNSURE = 3 * SECOND


def nobody_overtakes(history: History) -> Iterator[str]:
    """First seen, first served."""
    fair: dict[str, list[Attempt]] = defaultdict(list)
    insiders = _may_be_inside(history.attempts)
    for attempt in history.attempts:
        if attempt.kind != Kind.UNFAIR and id(attempt) not in insiders:
            for name in attempt.names:
                fair[name].append(attempt)
    first_sightings: dict[tuple[str, str, int], Sighting] = {}
    for sighting in sorted(history.sightings, key=lambda sighting: sighting.seen):
        first_sightings.setdefault((sighting.name, sighting.worker, sighting.arrival), sighting)
    waiting = _Waiting(history.attempts)
    lines = {name: _Served(history, attempts) for name, attempts in fair.items()}
    for sighting in first_sightings.values():
        waiter = waiting.whose(sighting)
        if waiter is None or waiter.kind == Kind.UNFAIR or sighting.name not in lines:
            continue
        other = lines[sighting.name].overtaker(waiter, sighting.seen)
        if other is not None:
            late = (other.called - sighting.seen) / MILLISECOND
            yield (f"{sighting.name}: overtaken by one that began {late:.3f} ms after this was seen in line:\n"
                   f"    {waiter}\n    {other}")


def decidable(history: History) -> int:
    """How many waiters were seen in line whose attempt is known and who were well."""
    waiting = _Waiting(history.attempts)
    known = {id(attempt) for sighting in history.sightings
             if (attempt := waiting.whose(sighting)) and attempt.kind != Kind.UNFAIR
             and not history.was_disturbed(attempt.worker, attempt.called, attempt.answered or attempt.called + 1)}
    return len(known)


def _may_be_inside(attempts: list[Attempt]) -> set[int]:
    """Acquires of read-write locks by owners of whom the server may think that they are inside: they go past the line.

    Those are the ones whose release has not been confirmed: it is done in the background, or by the end of the lease.
    """
    unsure_until: dict[tuple[str, int, int], int] = defaultdict(int)
    inside = set()
    for attempt in sorted(attempts, key=lambda attempt: attempt.called):
        if attempt.kind not in (Kind.READ, Kind.WRITE):
            continue
        key = (attempt.worker, attempt.thread, attempt.bits)
        if attempt.called < unsure_until[key]:
            inside.add(id(attempt))
        if not (attempt.ended and attempt.release_status == OK and attempt.acquire_status >= OK):
            unsure_until[key] = attempt.ended + UNSURE
    return inside


class _Waiting:
    """Finds the attempt that a place in line belongs to."""

    def __init__(self, attempts: list[Attempt]) -> None:
        self.attempts: dict[tuple[str, str], list[Attempt]] = defaultdict(list)
        for attempt in attempts:
            for name in attempt.names:
                self.attempts[attempt.worker, name].append(attempt)
        for found in self.attempts.values():
            found.sort(key=lambda attempt: attempt.called)
        self.called = {key: [attempt.called for attempt in found] for key, found in self.attempts.items()}

    def whose(self, sighting: Sighting) -> Optional[Attempt]:
        """The only attempt of that process on that name that went on when it arrived; none if two did."""
        key = (sighting.worker, sighting.name)
        if key not in self.attempts:
            return None
        place = bisect_left(self.called[key], sighting.arrival)
        # A process has few threads: what went on then is among the last few that began before.
        going_on = [attempt for attempt in self.attempts[key][max(0, place - 16):place]
                    if not attempt.answered or attempt.answered >= sighting.arrival]
        return going_on[0] if len(going_on) == 1 else None


class _Served:
    """Who was granted one name, in the order of the fences, which is the server's."""

    def __init__(self, history: History, attempts: list[Attempt]) -> None:
        self.history = history
        granted = [attempt for attempt in attempts if attempt.granted]
        granted.sort(key=lambda attempt: (attempt.fence, attempt.granted))
        self.grants: list[Attempt] = []
        # Acquires without a round trip, and when the grant that they used had been had.
        self.again: list[Attempt] = []
        self.had: dict[int, int] = {}
        for attempt in granted:
            is_again = self.grants and self.grants[-1].fence == attempt.fence
            (self.again if is_again else self.grants).append(attempt)
            self.had.setdefault(attempt.fence, attempt.granted)
        # A bound that tells most waiters in one step that nobody has overtaken them.
        self.fences = [attempt.fence for attempt in self.grants]
        self.granted = _running_maximum([attempt.granted for attempt in self.grants])
        self.latest_call = _running_maximum([attempt.called for attempt in self.grants])
        self.again.sort(key=lambda attempt: attempt.fence)
        self.again_fences = [attempt.fence for attempt in self.again]
        self.again_granted = _running_maximum([attempt.granted for attempt in self.again])
        self.latest_again = _running_maximum([attempt.called for attempt in self.again])

    def overtaker(self, waiter: Attempt, seen: int) -> Optional[Attempt]:
        """Who began to ask after the waiter was seen in line, and was served before it."""
        if not waiter.answered or self.history.was_disturbed(waiter.worker, waiter.called, waiter.answered):
            return None
        if not waiter.granted and waiter.acquire_status != TIMED_OUT:
            return None  # cancelled, or an error: nobody knows when it left the line
        # Who gave up was in line until its time was up.
        gave_up = min(waiter.answered, waiter.called + waiter.wait_ms * MILLISECOND)
        before = _before(self.fences, self.granted, waiter, gave_up)
        for other in _called_after(self.grants, self.latest_call, before, seen):
            return other
        before = _before(self.again_fences, self.again_granted, waiter, gave_up)
        for other in _called_after(self.again, self.latest_again, before, seen + RECALLED):
            recalled = max(seen, self.had[other.fence])
            if other.called > recalled + RECALLED:
                if not self.history.was_disturbed(other.worker, recalled, other.called):
                    return other
        return None


def _before(fences: list[int], granted: list[int], waiter: Attempt, gave_up: int) -> int:
    """How many were served before a waiter was, or gave up."""
    return bisect_left(fences, waiter.fence) if waiter.granted else bisect_left(granted, gave_up)


def _running_maximum(values: list[int]) -> list[int]:
    highest, result = 0, []
    for value in values:
        highest = max(highest, value)
        result.append(highest)
    return result


def _called_after(attempts: list[Attempt], latest: list[int], before: int, moment: int) -> Iterator[Attempt]:
    """Those among the first `before` that began after a moment, the last ones first."""
    place = before - 1
    while place >= 0 and latest[place] > moment:
        if attempts[place].called > moment:
            yield attempts[place]
        place -= 1
