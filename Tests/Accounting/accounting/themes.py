"""What the themes promise beyond what all jobs are promised (programs/themes.h pushes them)."""

from __future__ import annotations

from collections import Counter, deque
from typing import Callable, Iterator

from .records import (
    CANCELLED, COMPLETED, DEAD, MILLISECOND, SKEW, SKIPPED, Claim, Job, Ledger, by_key)

KEY_LIMIT = 2  # themes.h
RATE, PERIOD = 20, 100 * MILLISECOND
# Until the end of a job's time is acted upon by a busy machine.
TIMELY = 200 * MILLISECOND
# What a job may die of whose attempts take too long; or it was never tried.
ENDS_IN_TIME = ("timeout", "worker-lost", "dependency")
DEPENDENCY_FAIL, DEPENDENCY_SKIP, DEPENDENCY_RUN = 0, 1, 2
REPLACE = 1


def never_early(ledger: Ledger) -> Iterator[str]:
    """A delayed job is not given out before its time; that of a unique one may be set anew."""
    for job in ledger.jobs.values():
        if (delay := job.wish("delay")) and "unique" not in job.wishes:
            due = job.wanted + delay * MILLISECOND
            if job.claims and job.claims[0].moment < due - MILLISECOND:
                yield f"{(due - job.claims[0].moment) / MILLISECOND:.1f} ms early: {job}"


def in_order(ledger: Ledger) -> Iterator[str]:
    """With one producer, one consumer and without failures: highest priority first, then in order of pushing."""
    jobs = sorted((job for job in ledger.of("order") if job.claims), key=lambda job: job.claims[0].fence)
    lines: dict[int, deque[Job]] = {}
    for job in sorted(jobs, key=lambda job: job.wanted):
        lines.setdefault(job.wish("priority"), deque()).append(job)
    served: set[str] = set()
    for job in jobs:
        served.add(job.name)
        for priority, line in lines.items():
            while line and line[0].name in served:
                line.popleft()
            if not line or priority < job.wish("priority"):
                continue
            first = line[0]
            if priority > job.wish("priority") and first.pushed < job.claims[0].moment - SKEW:
                yield f"given out before {first.name}, which is more urgent and was there: {job}"
            if priority == job.wish("priority") and first.wanted < job.wanted:
                yield f"given out before {first.name}, which was pushed before: {job}"


def _most_at_once(jobs: list[Job]) -> tuple[int, str]:
    """How many of these were held at the same time, and a job of that moment.

    A claim counts from when its worker had it until it said how it ended, if that was accepted: then it was held all
    the while. Of others nobody knows how long they were held.
    """
    edges = []
    for job in jobs:
        for claim in job.claims:
            if claim.status == "OK" and claim.how != "done" and claim.before > claim.seen:
                edges += [(claim.seen, 1, job.name), (claim.before, -1, job.name)]
    held, most, which = 0, 0, ""
    for _, change, name in sorted(edges):
        held += change
        if held > most:
            most, which = held, name
    return most, which


def keys_are_limited(ledger: Ledger) -> Iterator[str]:
    """Of a concurrency key no more run at the same time than the queue allows."""
    for key, jobs in by_key(ledger.jobs.values(), "key").items():
        most, which = _most_at_once(jobs)
        if most > KEY_LIMIT:
            yield f"{most} of key {key} at once: {ledger.jobs[which]}"


def unique_is_unique(ledger: Ledger) -> Iterator[str]:
    """Of a unique key one waits or runs: who is refused is told of a job that has not ended, who replaces cancels."""
    for key, jobs in by_key(ledger.jobs.values(), "unique").items():
        known = {job.id: job for job in jobs if job.is_there}
        most, which = _most_at_once(jobs)
        if most > 1:
            yield f"{most} of key {key} at once: {ledger.jobs[which]}"
        replaces = [job.pushed for job in jobs if job.is_there and job.wish("mode") == REPLACE]
        for job in jobs:
            if job.push_status == "EXISTS":
                holder = known.get(job.holder)
                if holder is None:
                    yield f"refused for {job.holder!r}, which nobody knows: {job}"
                elif holder.end and holder.end.finished and holder.end.finished < job.wanted - SKEW:
                    yield f"refused for {holder.name}, which had ended: {job}"
            elif job.is_there and job.end and job.end.state == CANCELLED and not any(
                    moment > job.wanted for moment in replaces):
                yield f"cancelled, but nobody replaced it: {job}"


def after_those_it_waits_for(ledger: Ledger) -> Iterator[str]:
    """A job that waits for others runs when they have ended, or has ended with them as its policy says."""
    known = ledger.by_id("deps")
    for job in ledger.of("deps"):
        if "after" not in job.wishes or job.end is None or job.end.status != "OK":
            continue
        others = [known[id] for id in job.wishes["after"].split(",") if id in known]
        bad = [other for other in others if other.end and other.end.state != COMPLETED]
        for other in others:
            if job.claims and other.end and job.claims[0].moment < other.end.finished - SKEW:
                yield f"runs before {other.name} has ended: {job}"
        policy = job.wish("policy")
        if bad and policy == DEPENDENCY_FAIL and (job.end.state != DEAD or job.end.type != "dependency" or job.claims):
            yield f"{bad[0].name} has not completed, and this has not died of it: {job}"
        if bad and policy == DEPENDENCY_SKIP and (job.end.state != SKIPPED or job.claims):
            yield f"{bad[0].name} has not completed, and this is not skipped: {job}"
        if (not bad or policy == DEPENDENCY_RUN) and (job.end.state == SKIPPED or job.end.type == "dependency"):
            yield f"ended for one that it waited for, without reason: {job}"


def batches_are_counted(ledger: Ledger) -> Iterator[str]:
    """Who waits for a batch is told when all have ended, and how many ended how."""
    waits = {asked.name: asked for asked in ledger.asked if asked.what == "batch"}
    for batch, jobs in by_key(ledger.jobs.values(), "batch").items():
        there = [job for job in jobs if job.end and job.end.status == "OK"]
        ends = Counter(job.end.state for job in there if job.end)
        wanted = [len(there), ends[COMPLETED], ends[DEAD], ends[CANCELLED] + ends[SKIPPED]]
        asked = waits.get(batch)
        if asked is None or asked.status != "OK":
            yield f"batch {batch}: the wait answers {asked.status if asked else 'nothing'}"
            continue
        if [int(value) for value in asked.values] != wanted:
            yield f"batch {batch} counts {asked.values}, known are {wanted}"
        for job in there:
            if job.end and job.end.finished > asked.after + SKEW:
                yield f"batch {batch} was done before {job}"


def cancelled_is_cancelled(ledger: Ledger) -> Iterator[str]:
    """A job that waited when it was cancelled never runs; one that ran is not tried again. Nobody else is cancelled."""
    known = ledger.by_id("cancel")
    unsure = set()
    for asked in ledger.asked:
        job = known.get(asked.name)
        if asked.what != "cancel" or job is None:
            continue
        unsure.add(job.id)
        if asked.status == "OK" and job.end:
            runs = asked.values[0] == "1"
            if job.claims and job.claims[-1].moment > asked.after + SKEW:
                yield f"given out after it was cancelled at {asked.after}: {job}"
            if job.end.state != CANCELLED and not (runs and job.end.state == COMPLETED):
                yield f"cancelled while it {'ran' if runs else 'waited'}, and has not ended so: {job}"
        if asked.status == "EXPIRED" and job.end and job.end.finished > asked.after + SKEW:
            yield f"said to have ended at {asked.after}: {job}"
        if asked.status == "NOT_FOUND":
            yield f"not found at {asked.after}: {job}"
    for job in known.values():
        if job.end and job.end.state == CANCELLED and job.id not in unsure:
            yield f"nobody has cancelled it: {job}"


def paused_is_paused(ledger: Ledger) -> Iterator[str]:
    """Between a pause and the next resumption nothing is given out."""
    asked = sorted((one for one in ledger.asked if one.what in ("pause", "resume")), key=lambda one: one.before)
    pauses = [(one.after, following.before) for one, following in zip(asked, asked[1:])
              if one.what == "pause" and one.status == "OK" and following.what == "resume"]
    for job in ledger.of("pause"):
        for claim in job.claims:
            for start, end in pauses:
                if start + SKEW < claim.moment < end - SKEW:
                    yield f"given out {(claim.moment - start) / MILLISECOND:.1f} ms into a pause: {job}"


def rate_is_kept(ledger: Ledger) -> Iterator[str]:
    """No more than so many at once, and then so many in a period."""
    moments = sorted(claim.moment for job in ledger.of("rate") for claim in job.claims)
    level, last = 0.0, moments[0] if moments else 0
    for moment in moments:
        level = max(0.0, level - (moment - last) * RATE / PERIOD) + 1
        last = moment
        # One more for a moment that is known to the millisecond, one for that which begins a period.
        if level > RATE + 2:
            yield f"{level:.1f} claims at {moment}, where {RATE} may be at once"
            level = 0


def only_to_those_who_have_it(ledger: Ledger) -> Iterator[str]:
    """A job that needs something is given to those workers only that have it."""
    for job in ledger.of("caps"):
        needs = set(filter(None, job.wishes.get("needs", "").lower().split(",")))
        for claim in job.claims:
            has = ledger.capabilities.get(claim.worker.partition(".")[0], set()) | {"linux"}
            if not needs <= {name.lower() for name in has}:
                yield f"{claim.worker} has only {', '.join(sorted(has))}: {job}"


def own_queues_are_served(ledger: Ledger) -> Iterator[str]:
    """Owners have most of what is in their queues; somebody steals, and nothing is left behind."""
    claims: list[tuple[Job, Claim]] = [
        (job, claim) for job in ledger.of("own") if "owner" in job.wishes for claim in job.claims]
    own = sum(claim.worker.startswith(job.wishes["owner"] + ".") for job, claim in claims)
    if claims and own == 0:
        yield f"of {len(claims)} attempts none was the owner's"


def time_is_limited(ledger: Ledger) -> Iterator[str]:
    """What is said of an attempt whose time is over counts no more, but where the process did not run meanwhile."""
    for job in ledger.jobs.values():
        if limit := job.wish("timeout"):
            for claim in job.claims:
                took = claim.before - claim.seen
                is_late = claim.status == "OK" and took > limit * MILLISECOND + TIMELY
                if is_late and not ledger.was_disturbed(claim.seen, claim.after):
                    yield f"accepted after {took / MILLISECOND:.0f} ms of {limit}: {job}"
            if job.end and job.end.status == "OK" and job.end.state == DEAD and job.end.type not in ENDS_IN_TIME:
                yield f"dead of {job.end.type!r}: {job}"


Check = Callable[[Ledger], Iterator[str]]
PROMISES: dict[str, Check] = {
    "delayed jobs are never early": never_early,
    "one consumer has them in order": in_order,
    "concurrency keys are limited": keys_are_limited,
    "unique keys are unique": unique_is_unique,
    "dependencies come first": after_those_it_waits_for,
    "batches are counted": batches_are_counted,
    "what is cancelled does not run": cancelled_is_cancelled,
    "nothing is given out in a pause": paused_is_paused,
    "the rate is kept": rate_is_kept,
    "capabilities are needed": only_to_those_who_have_it,
    "own queues are served": own_queues_are_served,
    "time is limited": time_is_limited,
}
