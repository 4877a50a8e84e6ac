"""Telling how a run goes while it is waited for."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Union

from .. import errors

if TYPE_CHECKING:
    from .run import Run
    from .summary import RunSummary

    Progress = Union[Callable[[RunSummary], object], bool, None]

# Tasks may end thousands of times a second; so often it is told at most.
_LEAST_SECONDS = 0.1


def wait_with(run: Run, wait_ms: int, progress: Callable[[RunSummary], object]) -> None:
    """Waits for the end of the run, at most so long, and calls `progress` when something has happened."""
    until = None if wait_ms < 0 else time.monotonic() + wait_ms / 1000
    with run.events() as events:
        while True:
            summary = run.summary()
            progress(summary)
            if summary.ended:
                return
            told = time.monotonic()
            try:
                events.next(-1 if until is None else max(0.0, until - told))
            except errors.WatchTimeout:
                return
            # What comes soon after is told together with it; the end at once.
            rest = told + _LEAST_SECONDS
            while (left := rest - time.monotonic()) > 0:
                try:
                    if events.next(left).kind == "ended":
                        break
                except errors.WatchTimeout:
                    break


def teller(progress: Progress) -> Callable[[RunSummary], object]:
    """What is called with summaries: what was given, or for True lines on stderr."""
    return _say if progress is True or not callable(progress) else progress


def _say(summary: RunSummary) -> None:
    words = [f"{summary.workflow}: {summary.done} of {summary.total} tasks"]
    words += [f"{count} {what}" for what, count in (
        ("failed", summary.failed), ("blocked", summary.blocked), ("skipped", summary.skipped),
        ("cancelled", summary.cancelled)) if count]
    if summary.state != "running":
        words.append(summary.state)
    print(", ".join(words), file=sys.stderr, flush=True)
