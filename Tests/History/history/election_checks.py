"""What must hold of every history of elections. Each check answers with what broke it, as text."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from itertools import pairwise
from typing import Callable, Iterator

from .checks import LATE, Violations
from .leaderships import (
    LOSS_NOT_TOLD, NOT_HELD, REVIVED, WRONG_TERM, ElectionHistory, Leadership, Observation, Style)
from .records import CANCELLED, LOST, MILLISECOND, OK, SECOND, length, overlaps

# Nobody leads for at most that long while somebody stands who is well: the longest lease, and time to come back.
LEADERLESS = 4 * SECOND
# What an observer is told is at most that old, if it is well. Some of it waits within a watch until it is taken.
OLD = 2 * SECOND


class _Led:
    """The leaderships of one election, and until when each of them counts."""

    def __init__(self, history: ElectionHistory, election: int) -> None:
        self.all = [one for one in history.leaderships if one.election == election and one.acquired]
        # Who is put out by somebody else may learn of it a while later.
        self.put_out: dict[int, int] = {}
        for eviction in history.evictions:
            if eviction.election == election and (not eviction.after or eviction.status != NOT_HELD):
                self.put_out.setdefault(eviction.term, eviction.before)

    def until(self, one: Leadership) -> int:
        return min(one.led_until, self.put_out.get(one.term, one.led_until))

    def certain(self) -> list[Leadership]:
        """Those who led for certain for a while, in the order in which they began."""
        return sorted((one for one in self.all if one.acquired < self.until(one)), key=lambda one: one.acquired)


def _elections(history: ElectionHistory) -> Iterator[_Led]:
    for election in sorted({one.election for one in history.leaderships}):
        yield _Led(history, election)


def one_leads_at_a_time(history: ElectionHistory) -> Violations:
    """While the library tells one candidate that it leads, it tells no other."""
    for led in _elections(history):
        last = None
        for one in led.certain():
            if last is not None and one.acquired < led.until(last):
                yield f"two lead:\n    {last}\n    {one}"
            if last is None or led.until(one) > led.until(last):
                last = one


def terms_grow(history: ElectionHistory) -> Violations:
    """No two leaderships share a term; a later one has the greater term."""
    for led in _elections(history):
        terms: dict[int, Leadership] = {}
        for one in led.all:
            other = terms.setdefault(one.term, one)
            if other is not one:
                yield f"two leaderships of one term:\n    {other}\n    {one}"
        for before, after in pairwise(led.certain()):
            if after.term < before.term:
                yield f"the term does not grow:\n    {before}\n    {after}"
        done = sorted(led.all, key=lambda one: one.acquired)
        highest, place = None, 0
        for one in sorted(led.all, key=lambda one: one.called):
            while done[place].acquired < one.called:
                if highest is None or done[place].term > highest.term:
                    highest = done[place]
                place += 1
            if highest is not None and one.term < highest.term:
                yield f"it stood after the other had won, and has the smaller term:\n    {highest}\n    {one}"


def leaders_step_down_in_time(history: ElectionHistory) -> Violations:
    """Who could not renew its lease does not lead any more when the step-down time begins, and only after it, or when
    its program has ended its work, is somebody else told that it leads."""
    for led in _elections(history):
        ordered = sorted(led.all, key=lambda one: one.term)
        for one, other in pairwise(ordered):
            if not one.valid or one.is_given_up or one.term in led.put_out:
                continue
            # Who says that it has ended its work need not be waited for any more.
            wanted = one.valid + one.step_down_ms * MILLISECOND
            wanted = min(wanted, one.released or wanted)
            if other.acquired < wanted:
                early = (wanted - other.acquired) / MILLISECOND
                yield f"the next one leads {early:.3f} ms too early:\n    {one}\n    {other}"


def callbacks_do_not_overlap(history: ElectionHistory) -> Violations:
    """From `acquired` until `ended` has returned no other process is told that it leads, unless the former did not run
    at that time. The callbacks themselves return within the step-down time."""
    for led in _elections(history):
        runs = [one for one in led.all if one.style == Style.RUNS and one.ended and one.term not in led.put_out]
        others = sorted(led.all, key=lambda one: one.acquired)
        moments = [one.acquired for one in others]
        for one in runs:
            for other in _between(others, moments, one.acquired, one.ended):
                if other is one or other.term < one.term:
                    continue
                if not overlaps(history.pauses.get(one.worker, []), one.valid, one.ended):
                    yield f"it had not ended when the next one began:\n    {one}\n    {other}"


def _between(ordered: list[Leadership], moments: list[int], start: int, end: int) -> list[Leadership]:
    return ordered[bisect_right(moments, start):bisect_left(moments, end)]


def waits_end(history: ElectionHistory) -> Violations:
    """Every candidacy of a process that was not killed ends in its time."""
    for one in history.leaderships:
        if not one.ended and one.worker not in history.killed:
            yield f"it never ends:\n    {one}"
        elif one.wait_ms >= 0 and one.stood_until:
            took = one.stood_until - one.called
            excused = sum(length(spans, one.called, one.stood_until)
                          for spans in (history.pauses.get(one.worker, []), history.outages))
            if took > one.wait_ms * MILLISECOND + LATE + excused:
                yield f"it ends late:\n    {one}"


def somebody_leads(history: ElectionHistory) -> Violations:
    """While one stands who is well, somebody leads."""
    for led in _elections(history):
        standing = [one for one in history.leaderships if led.all and one.election == led.all[0].election]
        end = 0
        for one in led.certain():
            start, end = end, max(end, led.until(one))
            if not start or one.acquired - start <= LEADERLESS + length(history.outages, start, one.acquired):
                continue
            for other in standing:
                if other.called <= start and (other.stood_until or one.acquired) >= one.acquired:
                    if not history.was_disturbed(other.worker, start, one.acquired):
                        took = (one.acquired - start) / SECOND
                        yield f"nobody leads for {took:.1f} s while this one stands:\n    {other}"
                        break


def answers_are_sane(history: ElectionHistory) -> Violations:
    """Terms are there; who led is never told that it did not; a loss is final and told; no error without a reason."""
    for one in history.leaderships:
        if one.acquired and not one.term:
            yield f"it leads without a term:\n    {one}"
        if one.acquired and one.ended and one.style == Style.CAMPAIGNS and one.end_status == NOT_HELD:
            yield f"NOT_HELD is no answer to one who led:\n    {one}"
        if one.faults & WRONG_TERM:
            yield f"the callback is about another leadership:\n    {one}"
        if one.faults & REVIVED:
            yield f"it leads again after it had lost that:\n    {one}"
        if one.faults & LOSS_NOT_TOLD:
            yield f"its state says that it was lost, and the wait for that does not:\n    {one}"
        if one.ended and not one.acquired:
            if one.style == Style.RUNS and one.campaign_status in (OK, LOST):
                yield f"a run does not end like that:\n    {one}"
            if one.campaign_status < 0 and not history.was_disturbed(one.worker, one.called, one.ended):
                yield f"an error, though nothing was amiss:\n    {one}"


def nobody_sees_the_past(history: ElectionHistory) -> Violations:
    """An observer never sees an older leader after a newer one, nor one that has long been followed by another."""
    seen: dict[tuple[str, bool], list[Observation]] = defaultdict(list)
    for observation in history.observations:
        seen[observation.worker, observation.by_watch].append(observation)
    newest = {led.all[0].election: _newest(led) for led in _elections(history) if led.all}
    for (worker, by_watch), observations in seen.items():
        how = f"{worker} by {'watch' if by_watch else 'observe'}, e-{observations[0].election}"
        highest, last = 0, -1
        for one in observations:
            if one.term and one.term < highest:
                yield f"{how}: term {one.term} after term {highest} at {one.after} ns"
            if not by_watch and one.term == last:
                yield f"{how}: told of no change: term {one.term} twice at {one.after} ns"
            current = newest[one.election](one.before - OLD) if one.election in newest else 0
            if one.term and one.term < current and not history.was_disturbed(worker, one.before - OLD, one.after):
                yield f"{how}: term {one.term} long after term {current} had begun, at {one.after} ns"
            highest, last = max(highest, one.term), one.term


def observers_keep_up(history: ElectionHistory) -> Violations:
    """Who has led for a while was seen by those who look and are well, or somebody later was."""
    alive_until: dict[str, int] = defaultdict(int)
    for one in history.leaderships:
        alive_until[one.worker] = max(alive_until[one.worker], one.ended, one.acquired, one.called)
    seen: dict[tuple[str, bool], list[Observation]] = defaultdict(list)
    for observation in history.observations:
        seen[observation.worker, observation.by_watch].append(observation)
    led = {found.all[0].election: found for found in _elections(history) if found.all}
    for (worker, by_watch), observations in seen.items():
        election = observations[0].election
        for one in led[election].all if election in led else []:
            by = one.acquired + OLD
            if one.led_until < by or one.called < observations[0].after or by > alive_until[worker]:
                continue
            highest = max((told.term for told in observations if told.after <= by), default=0)
            if highest < one.term and not history.was_disturbed(worker, one.acquired, by):
                yield f"{worker} {'by watch' if by_watch else 'by observe'} does not see:\n    {one}"


def _newest(led: _Led) -> Callable[[int], int]:
    """Tells the greatest term that had begun by a moment."""
    ordered = sorted(led.all, key=lambda one: one.acquired)
    moments, terms, highest = [one.acquired for one in ordered], [0], 0
    for one in ordered:
        highest = max(highest, one.term)
        terms.append(highest)
    return lambda moment: terms[bisect_right(moments, moment)]


CHECKS: dict[str, Callable[[ElectionHistory], Violations]] = {
    "one leads at a time": one_leads_at_a_time,
    "terms grow": terms_grow,
    "leaders step down in time": leaders_step_down_in_time,
    "callbacks do not overlap": callbacks_do_not_overlap,
    "waits end": waits_end,
    "somebody leads": somebody_leads,
    "answers are sane": answers_are_sane,
    "nobody sees the past": nobody_sees_the_past,
    "observers keep up": observers_keep_up,
}


def judge(history: ElectionHistory) -> dict[str, list[str]]:
    """What broke each check."""
    return {title: list(check(history)) for title, check in CHECKS.items()}


def summary(history: ElectionHistory) -> list[str]:
    """What happened, in a few lines."""
    counts: Counter[str] = Counter()
    for one in history.leaderships:
        style = "run" if one.style == Style.RUNS else "campaign"
        if one.acquired:
            counts[f"{style}: led"] += 1
            counts[f"{style}: lost"] += bool(one.ending) and one.end_status == LOST
        elif one.ended:
            status = one.campaign_status
            counts[f"{style}: " + ("error" if status < 0 else "cancelled" if status == CANCELLED else "timed out")] += 1
    seen = Counter("watch" if one.by_watch else "observe" for one in history.observations)
    counts |= {f"changes by {how}": count for how, count in seen.items()}
    counts["put out"] = sum(one.status == OK and bool(one.after) for one in history.evictions)
    return [", ".join(f"{name} {count}" for name, count in sorted(counts.items()) if count)]
