"""What must hold of every history of what is shared. Each check answers with what broke it, as text."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from typing import Callable, Sequence

from .checks import LATE, Violations
from .deeds import (
    BURST, PARTIES, RECOVERY_MS, SLOTS, TOKENS, TRIALS, WINDOW_MS, Deed, Kind, SharedHistory, by_object)
from .records import MILLISECOND, OK, SECOND, TIMED_OUT, length

REJECTED = 12
# The longest wait that a sharer asks for, where it does not say how long.
LONGEST_WAIT = 20 * SECOND
# A change is told within a moment, or when a watch looks again after a connection was lost.
SLOW_NEWS = 3 * SECOND


def barriers_open_for_all(history: SharedHistory) -> Violations:
    """A barrier opens when all parties of a generation have arrived, and each of them has a number of its own."""
    generations: dict[int, list[Deed]] = defaultdict(list)
    for deed in history.done(Kind.MEET):
        generations[deed.b].append(deed)
    # Those of whom it is not known in which generation they arrived, or whether.
    unsure = [deed for deed in history.of(Kind.MEET) if deed.may_be_done]
    last_opened = 0
    for generation, released in sorted(generations.items()):
        text = "\n".join(f"    {deed}" for deed in released)
        indexes = [deed.a for deed in released]
        if len(set(indexes)) < len(indexes) or not all(0 <= index < PARTIES for index in indexes):
            yield f"generation {generation} has the indexes {indexes}:\n{text}"
        first_out = min(deed.after for deed in released)
        if max(deed.before for deed in released) > first_out:
            yield f"generation {generation} opens before all have arrived:\n{text}"
        others = sum(deed.before < first_out and (not deed.after or deed.after > last_opened) for deed in unsure)
        if len(released) + others < PARTIES:
            yield f"generation {generation} opens for {len(released)} parties:\n{text}"
        last_opened = max(deed.before for deed in released)


def double_barriers_keep_together(history: SharedHistory) -> Violations:
    """Nobody is let in before all are there; nobody is told that all have left while one has not begun to leave."""
    stays = _stays(history)
    arrivals = sorted(enter.before for enter, _ in stays)
    departures = sorted(end for enter, leave in stays if (end := _departure(enter, leave)))
    for enter, _ in stays:
        if not enter.is_done:
            continue
        # All that had begun to enter by then, without those that had left before this one came.
        there = bisect_left(arrivals, enter.after) - bisect_left(departures, enter.before)
        if there < PARTIES:
            yield f"it is let in when {there} are there:\n    {enter}"
    leaving = [(enter, leave) for enter, leave in stays if enter.is_done and leave is not None]
    leaving.sort(key=lambda stay: stay[0].after)
    entered = [enter.after for enter, _ in leaving]
    for enter, leave in leaving:
        if not leave.is_done:
            continue
        # Those who came in while this one was there, or came, are of its round.
        for _, other in leaving[bisect_right(entered, enter.before):bisect_left(entered, leave.before)]:
            if other.is_done and other.before > leave.after:
                yield f"all have left, it is told, and one has not:\n    {leave}\n    {other}"


def _stays(history: SharedHistory) -> list[tuple[Deed, Deed | None]]:
    """Each entering with the leaving that followed."""
    stays: list[tuple[Deed, Deed | None]] = []
    last: dict[tuple[str, int], int] = {}
    for deed in history.of(Kind.ENTER, Kind.LEAVE):
        key = (deed.worker, deed.thread)
        if deed.kind == Kind.ENTER:
            last[key] = len(stays)
            stays.append((deed, None))
        elif key in last:
            stays[last[key]] = (stays[last[key]][0], deed)
    return stays


def _departure(enter: Deed, leave: Deed | None) -> int:
    """When it was gone for certain; 0 when it may be there for ever."""
    if enter.status > 0:
        return enter.after
    return leave.after if leave is not None and leave.status >= 0 else 0


def counters_are_exact(history: SharedHistory) -> Violations:
    """Each addition counts once: values are unique, grow with time, and the last one is their number."""
    for counter, deeds in by_object(history.of(Kind.ADD)).items():
        done = [deed for deed in deeds if deed.is_done]
        unsure = sum(deed.may_be_done for deed in deeds)
        values = Counter(deed.a for deed in done)
        for value, times in values.items():
            if times > 1:
                yield f"counter {counter}: {times} additions give {value}"
        yield from _grows(f"counter {counter}", done, strictly=True)
        highest = max(values, default=0)
        final = max((deed.a for deed in history.done(Kind.COUNTED) if deed.object == counter), default=highest)
        if not len(done) <= final <= len(done) + unsure or final < highest:
            yield f"counter {counter} is {final} after {len(done)} additions and {unsure} of which nobody knows"


def _grows(what: str, deeds: Sequence[Deed], strictly: bool) -> Violations:
    """Of two of which one had ended before the other began, the latter has the greater number in `a`."""
    ended = sorted(deeds, key=lambda deed: deed.after)
    highest, place = None, 0
    for deed in sorted(deeds, key=lambda deed: deed.before):
        while ended[place].after < deed.before:
            if highest is None or ended[place].a > highest.a:
                highest = ended[place]
            place += 1
        if highest is not None and (deed.a < highest.a or strictly and deed.a == highest.a):
            yield f"{what} goes back:\n    {highest}\n    {deed}"


def values_have_versions(history: SharedHistory) -> Violations:
    """Versions grow with time, each write has its own, and a write that asked for a version replaced just that one."""
    for value, deeds in by_object(history.done(Kind.SET, Kind.GET)).items():
        yield from _grows(f"value {value}", deeds, strictly=False)
        writes = sorted((deed for deed in deeds if deed.kind == Kind.SET), key=lambda deed: deed.a)
        versions = [deed.a for deed in writes]
        for version, times in Counter(versions).items():
            if times > 1:
                yield f"value {value}: {times} writes have version {version}"
        for deed in writes:
            if deed.b and bisect_right(versions, deed.b) != bisect_left(versions, deed.a):
                between = writes[bisect_right(versions, deed.b)]
                yield f"value {value}: another write is between what it replaced and itself:\n    {between}\n    {deed}"


def watches_go_forward(history: SharedHistory) -> Violations:
    """A watch never tells an older version after a newer one, nor the same change twice."""
    seen: dict[tuple[str, int, int], Deed] = {}
    for deed in history.done(Kind.WATCHED):
        key = (deed.worker, deed.thread, deed.object)
        last = seen.get(key)
        if last is not None and deed.a < last.a:
            yield f"value {deed.object} goes back:\n    {last}\n    {deed}"
        if last is not None and (deed.a, deed.b) == (last.a, last.b):
            yield f"value {deed.object} is told twice:\n    {last}\n    {deed}"
        seen[key] = deed


def watches_keep_up(history: SharedHistory) -> Violations:
    """What is written is told to those who watch it and are well, or something newer is."""
    told: dict[tuple[str, int], list[Deed]] = defaultdict(list)
    for deed in history.done(Kind.WATCHED):
        told[deed.worker, deed.object].append(deed)
    alive_until: dict[str, int] = defaultdict(int)
    for deed in history.deeds:
        alive_until[deed.worker] = max(alive_until[deed.worker], deed.after)
    writes = by_object(history.done(Kind.SET))
    for (worker, value), seen in told.items():
        moments = [deed.after for deed in seen]
        for write in writes[value]:
            by = write.after + SLOW_NEWS
            if write.before < moments[0] or by > alive_until[worker]:
                continue
            # They go forward: the last one that was told by then is the newest.
            if seen[bisect_right(moments, by) - 1].a < write.a and not history.was_disturbed(worker, write.before, by):
                yield f"{worker} is not told of value {value}:\n    {write}"
                break


def limits_hold(history: SharedHistory) -> Violations:
    """No more permits than there may be in any span of time."""
    def tokens(span: int) -> float:
        return BURST + TOKENS * span / SECOND

    def slots(span: int) -> float:
        # It remembers moments to a thousandth of the window.
        return SLOTS if span < WINDOW_MS * MILLISECOND * 0.997 else float("inf")

    yield from _within(history.done(Kind.TAKE_TOKENS), tokens, 2 * SECOND)
    yield from _within(history.done(Kind.TAKE_SLOTS), slots, WINDOW_MS * MILLISECOND)


def breakers_stay_open(history: SharedHistory) -> Violations:
    """What has once failed too often, and goes on failing, is tried so many times in the whole fleet, and again only
    after the recovery time."""
    asked = history.of(Kind.ASK)
    opened = min((deed.after for deed in asked if deed.after and deed.status == REJECTED), default=0)
    # Those who do not know of it yet are told by a message.
    tried = [deed for deed in asked if deed.is_done and opened and deed.before > opened + SLOW_NEWS]
    for deed in tried:
        deed.a = 1
    # The server reckons in whole milliseconds.
    span = (RECOVERY_MS - 2) * MILLISECOND
    yield from _within(tried, lambda taken: TRIALS if taken < span else float("inf"), span)


def events_wake(history: SharedHistory) -> Violations:
    """Who waits goes on when the event is set, and not before."""
    sets = sorted(history.of(Kind.SET_EVENT), key=lambda deed: deed.before)
    clears = sorted(history.done(Kind.CLEAR_EVENT), key=lambda deed: deed.before)
    set_moments, clear_moments = [deed.before for deed in sets], [deed.before for deed in clears]
    for wait in history.of(Kind.WAIT_EVENT):
        if not wait.after or wait.status not in (OK, TIMED_OUT):
            continue
        # Of all that may have set it by then the last; cleared since then for certain, and before the wait began?
        place = bisect_left(set_moments, wait.after)
        if wait.status == OK:
            last_end = max((deed.after or wait.after for deed in sets[max(0, place - 64):place]), default=0)
            cleared = clears[bisect_left(clear_moments, last_end):bisect_left(clear_moments, wait.before)]
            if not place or any(deed.after < wait.before for deed in cleared):
                yield f"it goes on, though the event is not set:\n    {wait}"
            continue
        # One set in the midst of the wait must have woken it.
        for deed in sets[bisect_left(set_moments, wait.before + SECOND):place]:
            if deed.is_done and deed.after + SECOND // 2 < wait.after:
                if not history.was_disturbed(wait.worker, wait.before, wait.after):
                    yield f"it waits on, though the event is set:\n    {wait}\n    {deed}"
                    break


def _within(deeds: list[Deed], allowed: Callable[[int], float], longest: int) -> Violations:
    """What certainly lies within a span is at most what is allowed for it; of each beginning the worst span is told."""
    starts = sorted(deeds, key=lambda deed: deed.before)
    moments = [deed.before for deed in starts]
    for place, first in enumerate(starts):
        following = starts[place:bisect_right(moments, first.before + longest)]
        taken = 0
        for deed in sorted(following, key=lambda deed: deed.after):
            taken += deed.a
            span = deed.after - first.before
            if taken > allowed(span) + 1e-6:
                yield f"{taken} within {span / MILLISECOND:.3f} ms:\n    {first}\n    {deed}"
                break


def messages_arrive(history: SharedHistory) -> Violations:
    """What was published is there, once; a group is delivered each message until one acknowledges it, and not after."""
    published = {deed.a for deed in history.done(Kind.PUBLISH)}
    tried = {deed.a for deed in history.of(Kind.PUBLISH)}
    there = Counter(deed.a for deed in history.of(Kind.READ_BACK))
    acknowledged: dict[int, Deed] = {}
    for deed in history.done(Kind.ACKNOWLEDGE):
        other = acknowledged.setdefault(deed.a, deed)
        if other is not deed:
            yield f"two acknowledge message {deed.a}:\n    {other}\n    {deed}"
    if history.of(Kind.READ_BACK):
        for number in sorted(published - set(there)):
            yield f"message {number} was published, and is not there"
        unsure = {deed.a for deed in history.of(Kind.ACKNOWLEDGE) if deed.may_be_done}
        for number in sorted((set(there) & published) - set(acknowledged) - unsure):
            yield f"message {number} was never acknowledged"
    for number, times in there.items():
        if times > 1 or number not in tried:
            yield f"message {number} is there {times} times" + ("" if number in tried else ", and nobody published it")
    for deed in history.done(Kind.DELIVERED):
        done = acknowledged.get(deed.a)
        if done is not None and done.after < deed.before:
            yield f"message {deed.a} is delivered after it was acknowledged:\n    {done}\n    {deed}"


def waits_end(history: SharedHistory) -> Violations:
    """Everything that a process begins ends in its time, unless it was killed."""
    for deed in history.deeds:
        if not deed.after:
            if deed.worker not in history.killed:
                yield f"it never ends:\n    {deed}"
            continue
        excused = sum(length(spans, deed.before, deed.after)
                      for spans in (history.pauses.get(deed.worker, []), history.outages))
        waits = LONGEST_WAIT if deed.kind in (Kind.MEET, Kind.ENTER, Kind.LEAVE) else 2 * SECOND
        if deed.kind not in (Kind.WATCHED, Kind.DELIVERED) and deed.after - deed.before > waits + LATE + excused:
            yield f"it ends late:\n    {deed}"


CHECKS: dict[str, Callable[[SharedHistory], Violations]] = {
    "barriers open for all": barriers_open_for_all,
    "double barriers keep together": double_barriers_keep_together,
    "counters are exact": counters_are_exact,
    "values have versions": values_have_versions,
    "watches go forward": watches_go_forward,
    "watches keep up": watches_keep_up,
    "limits hold": limits_hold,
    "breakers stay open": breakers_stay_open,
    "events wake": events_wake,
    "messages arrive": messages_arrive,
    "waits end": waits_end,
}


def judge(history: SharedHistory) -> dict[str, list[str]]:
    """What broke each check."""
    return {title: list(check(history)) for title, check in CHECKS.items()}


def summary(history: SharedHistory) -> list[str]:
    """What happened, in a line for each kind."""
    lines = []
    for kind in Kind:
        statuses = Counter(deed.status if deed.after else None for deed in history.of(kind))
        if statuses:
            ends = ", ".join(f"{count} {'cut short' if status is None else f'status {status}'}"
                             for status, count in sorted(statuses.items(), key=lambda item: -item[1]))
            lines.append(f"{kind.name.lower().replace('_', ' '):12} {ends}")
    return lines
