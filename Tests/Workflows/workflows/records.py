"""What workers wrote down (programs/ledger.h), and how each node ended as the server says (programs/control.c)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Optional

MILLISECOND = 1_000_000
ACCEPTED = "OK"
# What a worker is told when the server could not be reached in time.
UNREACHED = ("ERROR_UNREACHABLE", "ERROR_NO_REPLY", "ERROR_UNAVAILABLE")
# What it is told when nobody knows whether its words arrived.
UNSURE = ("LOST", *UNREACHED)
# Ways in which an attempt can end.
SETTLING = ("complete", "repeat", "skip", "fail", "die")


@dataclass(slots=True)
class Attempt:
    """One claim as its worker saw it. Moments are ns of the wall clock, 0 for what did not happen."""

    worker: str  # identity of its client
    task: str
    round: int
    attempt: int
    fence: int
    claimed: int
    before: int = 0
    after: int = 0
    how: str = ""
    status: str = ""

    @property
    def is_accepted(self) -> bool:
        """Whether it is known to have ended the task's round."""
        return self.status == ACCEPTED and self.how in ("complete", "repeat", "skip", "die")

    @property
    def may_be_accepted(self) -> bool:
        """Whether it said how it ended, and was not told that it does not count."""
        return self.before > 0 and self.how in ("complete", "repeat", "skip", "die") and self.status in (
            "", ACCEPTED, *UNSURE)

    def __str__(self) -> str:
        end = f"{self.how} {self.status or 'without an answer'}" if self.how else "no end"
        return f"{self.task} round {self.round} attempt {self.attempt} fence {self.fence} by {self.worker}: {end}"


@dataclass(slots=True)
class End:
    """A node as the server shows it in the end; times in ms."""

    name: str
    kind: int
    state: int
    group: str
    worker: str
    attempts: int
    round: int
    ready: int
    started: int
    ended: int
    result: bytes


@dataclass
class Ledger:
    """All that is known of one run."""

    run: str
    ends: dict[str, End] = field(default_factory=dict)
    state: str = ""
    attempts: dict[tuple[str, int], list[Attempt]] = field(default_factory=lambda: defaultdict(list))  # in order
    complaints: list[str] = field(default_factory=list)  # of workers that could not do what they should


def load(folder: Path) -> dict[str, Ledger]:
    """What all workers wrote, by run. A last line that is cut off was not written."""
    ledgers: dict[str, Ledger] = {}
    for path in sorted(folder.glob("*.log")):
        worker = ""
        known: dict[tuple[str, str, int], Attempt] = {}
        for line in path.read_text().splitlines(keepends=True):
            kind, *words = line.split()
            if not line.endswith("\n"):
                continue
            if kind == "w":
                worker = words[0]
                continue
            moment, run, task, round_, number, fence = int(words[0]), words[1], words[2], *map(int, words[3:6])
            ledger = ledgers.setdefault(run, Ledger(run))
            attempt = known.get((run, task, fence))
            if attempt is None:
                attempt = known[run, task, fence] = Attempt(worker, task, round_, number, fence, moment)
                ledger.attempts[task, round_].append(attempt)
            if kind == "b":
                attempt.before, attempt.how = moment, words[6]
            elif kind == "a":
                attempt.after, attempt.how, attempt.status = moment, words[6], words[7]
                if words[6] not in SETTLING:
                    ledger.complaints.append(f"{words[6]} answers {words[7]}: {attempt}")
    for ledger in ledgers.values():
        for attempts in ledger.attempts.values():
            attempts.sort(key=lambda attempt: attempt.fence)
    return ledgers


def end_of(line: str) -> Optional[End]:
    """A line of the answer to `tasks`."""
    words = line.split("\t", 11)
    if len(words) != 12:
        return None
    numbers = [int(word) for word in (words[1], words[2], *words[5:11])]
    return End(words[0], numbers[0], numbers[1], words[3], words[4], *numbers[2:7], words[11].encode())
