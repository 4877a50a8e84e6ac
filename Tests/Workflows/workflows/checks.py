"""Judges runs: each promise of workflows in one function, which yields what breaks it."""

from __future__ import annotations

from typing import Callable, Iterator

from .model import STATES, SUCCEEDED, Model
from .records import MILLISECOND, UNREACHED, Ledger

# The fence of a claim is the server's clock in us and may be ahead of it; ends are known to the millisecond.
SKEW = 2 * MILLISECOND


def judge(ledger: Ledger, model: Model) -> dict[str, list[str]]:
    """Problems by promise. The model is of the same graph, run by one process."""
    return {title: [f"{ledger.run}: {problem}" for problem in check(ledger, model)]
            for title, check in CHECKS.items()}


def same_states(ledger: Ledger, model: Model) -> Iterator[str]:
    """Each node ended as it would in one process, and so did the run."""
    if ledger.state != model.state():
        yield f"the run is {ledger.state}, wanted {model.state()}"
    wanted = model.ends()
    for name in wanted.keys() - ledger.ends.keys():
        yield f"{name} is unknown, wanted {STATES[wanted[name][0]]}"
    for name, end in ledger.ends.items():
        if name not in wanted:
            yield f"{name} is there ({STATES[end.state]}), and should not"
        elif end.state != wanted[name][0]:
            yield f"{name} is {STATES[end.state]}, wanted {STATES[wanted[name][0]]}"


def same_results(ledger: Ledger, model: Model) -> Iterator[str]:
    """Results tell of name, round, item and all inputs: so these were right, too."""
    for name, (state, result) in model.ends().items():
        end = ledger.ends.get(name)
        if end and end.state == state == SUCCEEDED and model.spots[name].kind in ("task", "item"):
            if end.result != result:
                yield f"{name} gave {end.result[:60]!r}, wanted {result[:60]!r}"


def completed_once(ledger: Ledger, model: Model) -> Iterator[str]:
    """Of all attempts at a round of a task one is accepted, and it is the last one."""
    for (task, round_), attempts in ledger.attempts.items():
        accepted = [attempt for attempt in attempts if attempt.is_accepted]
        # In a loop within another each round comes more than once.
        wanted = max(1, len(model.history.get((task, round_), ())))
        if len(accepted) > wanted:
            yield f"{len(accepted)} accepted, wanted {wanted}: {'; '.join(map(str, accepted))}"
        elif len(accepted) == wanted and attempts[-1].fence > accepted[-1].fence:
            yield f"given out after its end: {attempts[-1]}, after {accepted[-1]}"
        end = ledger.ends.get(task)
        is_last = end is not None and end.round == round_ and end.state == SUCCEEDED
        if end and is_last and len(accepted) == wanted and end.worker != accepted[-1].worker:
            yield f"{task} was ended by {end.worker or 'nobody'}, but {accepted[-1]}"


def every_round_accounted_for(ledger: Ledger, model: Model) -> Iterator[str]:
    """What ran in one process was ended by somebody here, in the same way, and nothing else ran."""
    for (task, round_), ways in model.history.items():
        attempts = ledger.attempts.get((task, round_), [])
        if not attempts:
            yield f"nobody was given round {round_} of {task}"
        elif sum(attempt.may_be_accepted for attempt in attempts) < sum(how != "fail" for how in ways):
            yield f"round {round_} of {task} was ended by nobody: {'; '.join(map(str, attempts))}"
    for (task, round_), attempts in ledger.attempts.items():
        if (task, round_) not in model.history:
            yield f"it should not run: {attempts[0]}"
    for name, end in ledger.ends.items():
        if name in model.spots and end.round != model.spots[name].round:
            yield f"{name} is in round {end.round}, wanted {model.spots[name].round}"


def in_order(ledger: Ledger, model: Model) -> Iterator[str]:
    """Nothing begins before what it needs has ended; a group begins before and ends after its members."""
    for name, end in ledger.ends.items():
        spot = model.spots.get(name)
        if spot is None:
            continue
        if not end.ended:
            yield f"{name} has no end"
        if end.ready and not end.ready <= end.ended:
            yield f"{name} was ready {end.ready - end.ended} ms after its end"
        for need in spot.node.needs if spot.index < 0 else ():
            other = ledger.ends.get(need)
            if other and end.ready and other.ended > end.ready:
                yield f"{name} was ready {other.ended - end.ready} ms before {need} had ended"
            # What comes more than once in a round, in a loop within another, did so before that end, too.
            if other and end.state == SUCCEEDED and len(model.history.get((name, end.round), ())) == 1:
                yield from _claims_after(ledger, name, end.round, other.ended, f"the end of {need}")
        group = ledger.ends.get(spot.group.name) if spot.group else None
        # Of a group that has not begun they learn only when it has ended.
        if group and group.ready and group.ended < end.ended:
            yield f"{name} ended after {group.name}, to which it belongs"
        if group and end.ready and group.ready > end.ready:
            yield f"{name} was ready before {group.name}, to which it belongs"
        if spot.kind in ("task", "item") and end.state == SUCCEEDED and not end.ready <= end.started <= end.ended:
            yield f"{name}: ready {end.ready}, started {end.started}, ended {end.ended}"


def _claims_after(ledger: Ledger, name: str, round_: int, ms: int, what: str) -> Iterator[str]:
    for attempt in ledger.attempts.get((name, round_), []):
        if attempt.claimed + SKEW < ms * MILLISECOND:
            yield f"{attempt} was claimed before {what}"


def workers_could(ledger: Ledger, _: Model) -> Iterator[str]:
    """Inputs were there, and what was added was taken, but where somebody else has the task by now."""
    for complaint in ledger.complaints:
        if not any(f" {word}:" in complaint for word in EXCUSED):
            yield complaint


# What a worker may be told that has lost its task, or the server.
EXCUSED = ("LOST", "NOT_HELD", *UNREACHED)

Check = Callable[[Ledger, Model], Iterator[str]]
CHECKS: dict[str, Check] = {
    "states as in one process": same_states,
    "results as in one process": same_results,
    "one accepted completion": completed_once,
    "every round accounted for": every_round_accounted_for,
    "in the order of the needs": in_order,
    "workers can work": workers_could,
}
