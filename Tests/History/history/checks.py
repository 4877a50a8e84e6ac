"""What must hold of every history. Each check answers with what broke it, as text; order.py has those about the
lines."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import pairwise
from typing import Callable, Iterable

from .order import nobody_overtakes
from .records import (
    INNER_REFUSED, OK, PERMITS_OF, REVIVED, SECOND, TIMED_OUT, WRONG_DEPTH, Attempt, History, Kind, length, overlaps)

# A wait may last that much longer than asked for: one command timeout (2 s) that it ends with, a farewell, and a busy
# machine.
LATE = 5 * SECOND
# Nobody who is well waits while that long nobody is let in: leases are below one second, work takes 1.4 of them at
# most.
STALLED = 8 * SECOND

Violations = Iterable[str]


@dataclass(slots=True)
class Hold:
    """A while for which an attempt held one name for certain."""

    start: int
    end: int
    weight: int
    attempt: Attempt


def by_name(attempts: Iterable[Attempt]) -> dict[str, list[Attempt]]:
    found: dict[str, list[Attempt]] = defaultdict(list)
    for attempt in attempts:
        for name in attempt.names:
            found[name].append(attempt)
    return found


def _holds(name: str, granted: Iterable[Attempt]) -> list[Hold]:
    """What was held when. A writer takes all that readers and writers could have; so does the holder of a lock."""
    limit = _limit(name)
    holds = []
    for attempt in granted:
        start, end = attempt.granted, attempt.held_until
        weight = {Kind.READ: 1, Kind.PERMITS: attempt.weight}.get(attempt.kind, limit)
        if attempt.downgraded and attempt.downgraded < end:
            holds.append(Hold(attempt.downgraded, end, 1, attempt))
            end = attempt.downgraded
        if start < end:
            holds.append(Hold(start, end, weight, attempt))
    return holds


def _limit(name: str) -> int:
    return PERMITS_OF.get(name, 1 << 30)


def never_too_many_hold(history: History) -> Violations:
    """One holder of a lock; one writer or readers; no more permits than there are."""
    granted = by_name(attempt for attempt in history.attempts if attempt.granted)
    for name, attempts in granted.items():
        limit, used = _limit(name), 0
        events = []
        for hold in _holds(name, attempts):
            # At one moment the end comes before the beginning.
            events.append((hold.start, 1, hold.weight, hold))
            events.append((hold.end, 0, -hold.weight, hold))
        events.sort(key=lambda event: event[:2])
        inside: dict[int, Hold] = {}
        for moment, _, change, hold in events:
            used += change
            if change < 0:
                del inside[id(hold)]
                continue
            inside[id(hold)] = hold
            if used > limit:
                others = "\n".join(f"    {hold.attempt}" for hold in inside.values())
                yield f"{name} is held too often at {moment} ns:\n{others}"


def fences_grow(history: History) -> Violations:
    """A grant that was had before another was asked for has the smaller fence; no two grants share one.

    Those of one thread that lingers do, when they follow each other without the server.
    """
    granted = by_name(attempt for attempt in history.attempts if attempt.granted)
    for name, attempts in granted.items():
        seen: dict[int, Attempt] = {}
        for attempt in attempts:
            other = seen.setdefault(attempt.fence, attempt)
            if other is not attempt and not _is_same_grant(other, attempt):
                yield f"{name}: two grants have the fence {attempt.fence}:\n    {other}\n    {attempt}"
        called = sorted(attempts, key=lambda attempt: attempt.called)
        done = sorted(attempts, key=lambda attempt: attempt.granted)
        highest, place = None, 0
        for attempt in called:
            while done[place].granted < attempt.called:
                if highest is None or done[place].fence > highest.fence:
                    highest = done[place]
                place += 1
            if highest is None or attempt.fence > highest.fence:
                continue
            if attempt.fence < highest.fence or not _is_same_grant(highest, attempt):
                yield f"{name}: the fence does not grow:\n    {highest}\n    {attempt}"


def _is_same_grant(one: Attempt, other: Attempt) -> bool:
    return (one.kind, one.worker, one.thread) == (Kind.LINGER, other.worker, other.thread) and other.kind == Kind.LINGER


def waits_end(history: History) -> Violations:
    """Every wait of a process that was not killed ends, in its time; while one waits, somebody is let in."""
    granted = {
        name: sorted(attempt.granted for attempt in attempts if attempt.granted)
        for name, attempts in by_name(history.attempts).items()}
    for attempt in history.attempts:
        if not attempt.ended and attempt.worker not in history.killed:
            yield f"it never ends:\n    {attempt}"
            continue
        if not attempt.answered:
            continue
        took = attempt.answered - attempt.called
        allowed = attempt.wait_ms * 1_000_000 + LATE
        if took > allowed:
            for spans in (history.pauses.get(attempt.worker, []), history.outages):
                allowed += length(spans, attempt.called, attempt.answered)
            if took > allowed:
                yield f"it ends late:\n    {attempt}"
        if took > STALLED and attempt.worker not in history.cut_off:
            for name in attempt.names:
                yield from _stalls(history, name, granted[name], attempt)


def _stalls(history: History, name: str, granted: list[int], attempt: Attempt) -> Violations:
    meanwhile = granted[bisect_right(granted, attempt.called):bisect_left(granted, attempt.answered)]
    for before, after in pairwise([attempt.called, *meanwhile, attempt.answered]):
        if after - before > STALLED + length(history.outages, before, after):
            if not overlaps(history.pauses.get(attempt.worker, []), before, after):
                took = (after - before) / SECOND
                yield f"{name}: nobody is let in for {took:.1f} s while this one waits:\n    {attempt}"


def answers_are_sane(history: History) -> Violations:
    """Fences are there; who holds is never told that it does not; levels are had and counted; a loss is final."""
    for attempt in history.attempts:
        if attempt.granted and not attempt.fence:
            yield f"granted without a fence:\n    {attempt}"
        if attempt.granted and attempt.ended and attempt.release_status == 3:
            yield f"NOT_HELD is no answer to one who held:\n    {attempt}"
        if attempt.faults & INNER_REFUSED:
            yield f"the second level was refused while the first was held:\n    {attempt}"
        if attempt.faults & WRONG_DEPTH:
            yield f"two levels are not counted as two:\n    {attempt}"
        if attempt.faults & REVIVED:
            yield f"it was held again after it had been lost:\n    {attempt}"


CHECKS: dict[str, Callable[[History], Violations]] = {
    "holders exclude each other": never_too_many_hold,
    "fences grow": fences_grow,
    "nobody is overtaken": nobody_overtakes,
    "waits end": waits_end,
    "answers are sane": answers_are_sane,
}


def judge(history: History) -> dict[str, list[str]]:
    """What broke each check."""
    return {title: list(check(history)) for title, check in CHECKS.items()}


def summary(history: History) -> list[str]:
    """A table of what happened, by kind."""
    counts: dict[Kind, Counter[str]] = defaultdict(Counter)
    for attempt in history.attempts:
        row = counts[attempt.kind]
        if attempt.granted:
            row["acquired"] += 1
            row["lost"] += bool(attempt.ended) and attempt.release_status == 4
        elif attempt.ended:
            status = attempt.acquire_status
            row["timed out" if status == TIMED_OUT else "error" if status < OK else "cancelled"] += 1
        row["cut short"] += not attempt.ended
    columns = ["acquired", "timed out", "lost", "error", "cancelled", "cut short"]
    lines = [f"{'':10}" + "".join(f"{column:>11}" for column in columns)]
    for kind in sorted(counts):
        lines.append(f"{kind.name.lower():10}" + "".join(f"{counts[kind][column]:11}" for column in columns))
    total: Counter[str] = sum(counts.values(), Counter())
    return [*lines, f"{'all':10}" + "".join(f"{total[column]:11}" for column in columns)]
