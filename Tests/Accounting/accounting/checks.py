"""Judges a round: each promise of queues in one function, which yields what breaks it."""

from __future__ import annotations

from collections import Counter
from typing import Callable, Iterator

from .records import CANCELLED, COMPLETED, DEAD, MILLISECOND, SECOND, SKEW, SKIPPED, Claim, Job, Ledger
from .themes import PROMISES

# Until a lease has ended that was granted or renewed just before.
LEASE = 1 * SECOND


def judge(ledger: Ledger) -> dict[str, list[str]]:
    """Problems by promise."""
    return {title: list(check(ledger)) for title, check in {**GENERAL, **PROMISES}.items()}


def none_is_lost(ledger: Ledger) -> Iterator[str]:
    """Every job whose push was answered is known to the server, and has ended once the queues are empty."""
    for job in ledger.jobs.values():
        if job.end is None:
            if job.is_there or job.claims:
                yield f"nobody asked how it ended: {job}"
        elif job.end.status != "OK" and (job.is_there or job.claims):
            yield f"{'has not ended' if job.end.status == 'TIMED_OUT' else 'lost'}: {job}"
    for queue, counts in ledger.counts.items():
        left = {key: counts[key] for key in ("waiting", "delayed", "active", "blocked") if counts[key] > 0}
        if left:
            yield f"queue {queue}, which is empty, counts {left}"


def completed_once(ledger: Ledger) -> Iterator[str]:
    """Of all attempts at most one is told that its completion counts, and it is the one whose result is kept."""
    for job in ledger.jobs.values():
        accepted = [claim for claim in job.claims if claim.is_completed]
        if len(accepted) > 1:
            yield f"{len(accepted)} completions accepted: {job}"
        if job.end is None or job.end.status != "OK":
            continue
        if accepted and job.end.state != COMPLETED:
            yield f"completed, and yet not: {job}"
        if job.end.state == COMPLETED:
            worker, fence, attempt = (job.end.result.split() + ["", "0", "0"])[:3]
            if accepted and (worker, int(fence)) != (accepted[0].worker, accepted[0].fence):
                yield f"the result is of {job.end.result!r}: {job}"
            if not any(claim.fence == int(fence) and claim.worker == worker for claim in job.claims):
                yield f"the result {job.end.result!r} is of no attempt: {job}"
            if int(attempt) != job.end.attempts:
                yield f"the result {job.end.result!r} is of attempt {job.end.attempts}: {job}"


def ended_is_ended(ledger: Ledger) -> Iterator[str]:
    """Nobody is given a job that has ended, and who comes late is told so."""
    for job in ledger.jobs.values():
        ends = [claim for claim in job.claims if claim.is_completed or claim.how in ("fail_for_good", "cancelled")
                and claim.status == "OK"]
        if ends and job.claims[-1].fence > ends[0].fence:
            yield f"ran after its end: {job}"
        if job.end and job.end.status == "OK" and job.claims:
            late = job.claims[-1].moment - job.end.finished
            if late > SKEW + MILLISECOND:  # the end is known to the millisecond
                yield f"given out {late / MILLISECOND:.1f} ms after its end: {job}"


def one_at_a_time(ledger: Ledger) -> Iterator[str]:
    """An attempt that was accepted, be it as failed or given back, had the job to itself until then."""
    for job in ledger.jobs.values():
        for claim, following in zip(job.claims, job.claims[1:]):
            if claim.status == "OK" and claim.how != "done" and following.moment + SKEW < claim.before:
                yield f"given out to two at a time: {job}"
            if claim.status == "OK" and claim.how == "done" and following.moment < claim.seen:
                yield f"given out to two at a time: {job}"


def attempts_are_counted(ledger: Ledger) -> Iterator[str]:
    """Attempts grow by one, but where a worker died before it could write down that it had the job; one that was given
    back, or whose worker never was heard of, is not counted. None beyond the last."""
    for job in ledger.jobs.values():
        most = job.wish("max") or 4
        last, since = 0, job.wanted
        previous: Claim | None = None
        for claim in job.claims:
            if claim.attempt > most or claim.attempts not in (0, most):
                yield f"attempt {claim.attempt} of {claim.attempts}, wanted {most}: {job}"
            if previous and previous.how == "fail" and previous.status == "OK" and claim.attempt <= last:
                yield f"after a failure attempt {claim.attempt}: {job}"
            elif claim.attempt < last or claim.attempt == last and not _may_repeat(previous, ledger, claim.seen):
                yield f"attempt {claim.attempt} twice: {job}"
            elif claim.attempt > last + 1 and not ledger.was_disturbed(since, claim.seen):
                yield f"attempt {claim.attempt} after {last}, and nothing happened in between: {job}"
            elif previous and previous.how == "release" and previous.status == "OK" and claim.attempt > last and not (
                    ledger.was_disturbed(previous.seen, claim.seen)):
                yield f"an attempt that was given back is counted: {job}"
            last, since, previous = claim.attempt, claim.seen, claim
        if job.end and job.end.status == "OK" and job.end.state == DEAD and job.end.attempts < most:
            if not job.end.result.startswith(FOR_GOOD) and job.end.type not in UNTRIED:
                yield f"dead after {job.end.attempts} of {most} attempts: {job}"


# Kinds of errors of jobs that die without having been tried as often as they may.
UNTRIED = ("dependency", "capabilities")
# What workers say who fail a job for good.
FOR_GOOD = "asked to die"


def _may_repeat(claim: Claim | None, ledger: Ledger, until: int) -> bool:
    if claim is None:
        return True
    if claim.how == "release":
        return True
    # Nobody was heard of before its lease ended; what is done is sent a little later.
    is_unsure = claim.status != "OK" or claim.how == "done"
    return is_unsure and ledger.was_disturbed(claim.seen - LEASE, until)


def counts_are_exact(ledger: Ledger) -> Iterator[str]:
    """What the server counts is what is known of each job."""
    known: dict[str, Counter[str]] = {queue: Counter() for queue in ledger.growth}
    for job in ledger.jobs.values():
        if job.end is None or job.end.status != "OK" or job.theme not in known:
            continue
        counts = known[job.theme]
        counts[("completed", "dead", "cancelled", "cancelled")[job.end.state]] += 1
        # Each attempt has failed but that which ended it well, and perhaps that in which it was cancelled.
        counts["failed"] += max(0, job.end.attempts - (job.end.state in (COMPLETED, CANCELLED)))
        counts["perhaps"] += job.end.state == CANCELLED and bool(job.claims)
    for queue, growth in ledger.growth.items():
        for key in ("completed", "failed", "dead", "cancelled"):
            least, slack = known[queue][key], known[queue]["perhaps"] if key == "failed" else 0
            if not least <= growth[key] <= least + slack:
                yield f"queue {queue} counts {growth[key]} {key}, known are {least}"


Check = Callable[[Ledger], Iterator[str]]
GENERAL: dict[str, Check] = {
    "none is lost, all have ended": none_is_lost,
    "completed once": completed_once,
    "what has ended does not run": ended_is_ended,
    "one worker at a time": one_at_a_time,
    "attempts are counted": attempts_are_counted,
    "the server's counts are exact": counts_are_exact,
}


def summary(ledger: Ledger) -> Iterator[str]:
    """What happened, by theme."""
    themes = sorted({job.theme for job in ledger.jobs.values()})
    for theme in themes:
        jobs: list[Job] = ledger.of(theme)
        ends = Counter(job.end.state for job in jobs if job.end and job.end.status == "OK")
        again = sum(max(0, len(job.claims) - 1) for job in jobs)
        yield (f"  {theme:8} {len(jobs):6} jobs: {ends[COMPLETED]} completed, {ends[DEAD]} dead, "
               f"{ends[CANCELLED]} cancelled, {ends[SKIPPED]} skipped; {again} further attempts")
