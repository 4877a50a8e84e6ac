"""What producers and workers wrote down (programs/record.h), what the server says of the ends, and what was done to
all of them meanwhile."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Iterable, Optional

MILLISECOND = 1_000_000
SECOND = 1_000_000_000
# Of a fence, which is the server's microseconds or, rarely, some above.
MICROSECOND = 1_000
# Claims of two moments may be told in the wrong order by this, since a fence can be ahead of the clock.
SKEW = 1 * MILLISECOND
COMPLETED, DEAD, CANCELLED, SKIPPED = 0, 1, 2, 3


@dataclass(slots=True)
class Claim:
    """One attempt as a worker saw it. Moments are ns of the wall clock, 0 for what did not happen."""

    worker: str
    name: str
    id: str
    fence: int
    attempt: int
    attempts: int  # in all; 0 when the worker does not know
    seen: int  # after the claim
    before: int = 0  # around saying how it ended
    after: int = 0
    how: str = ""
    status: str = ""

    @property
    def is_completed(self) -> bool:
        """Whether a completion was accepted for certain."""
        return self.how == "complete" and self.status == "OK"

    @property
    def moment(self) -> int:
        """When the server gave the job out."""
        return self.fence * MICROSECOND

    def __str__(self) -> str:
        end = f"{self.how} {self.status} {(self.after - self.seen) / MILLISECOND:+.1f} ms" if self.how else "no end"
        return f"{self.worker} fence {self.fence} attempt {self.attempt} at {self.seen}, {end}"


@dataclass(slots=True)
class End:
    """How a job ended, as the server says."""

    status: str  # OK, NOT_FOUND, TIMED_OUT (it has not), EXPIRED
    state: int
    attempts: int
    finished: int  # ns
    type: str
    result: str


@dataclass(slots=True)
class Job:
    """One job from its push to its end."""

    name: str
    wanted: int  # before the push; 0 when nobody wrote that down
    wishes: dict[str, str] = field(default_factory=dict)
    pushed: int = 0  # after the push
    id: str = ""
    push_status: str = ""
    holder: str = ""  # id of the job for which it was refused
    claims: list[Claim] = field(default_factory=list)  # in the order of their fences
    end: Optional[End] = None

    @property
    def theme(self) -> str:
        return self.name.partition(".")[0]

    @property
    def is_there(self) -> bool:
        """Whether the server must know it."""
        return self.push_status == "OK"

    def wish(self, key: str, missing: int = 0) -> int:
        return int(self.wishes.get(key, missing))

    def __str__(self) -> str:
        end = f"{self.end.status} state {self.end.state} attempts {self.end.attempts}" if self.end else "unknown"
        lines = [f"{self.name} {self.id} {self.wishes} pushed {self.push_status}; end: {end}"]
        return "\n".join(lines + [f"      {claim}" for claim in self.claims])


@dataclass(slots=True)
class Asked:
    """Anything else that was asked of the server, and its answer."""

    who: str
    before: int
    after: int
    what: str
    name: str
    status: str
    values: list[str]


Span = tuple[int, int]


@dataclass
class Ledger:
    """All that is known of one round."""

    jobs: dict[str, Job] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    # What the counts of each queue grew by, and what they were in the end.
    growth: dict[str, Counter[str]] = field(default_factory=dict)
    counts: dict[str, Counter[str]] = field(default_factory=dict)
    # Moments and spans in which somebody was disturbed so that an attempt may have been lost unseen.
    disturbances: list[Span] = field(default_factory=list)
    # What each worker has, for those jobs that require something.
    capabilities: dict[str, set[str]] = field(default_factory=dict)

    def of(self, *themes: str) -> list[Job]:
        return [job for job in self.jobs.values() if job.theme in themes]

    def was_disturbed(self, start: int, end: int) -> bool:
        return any(first < end and start < last for first, last in self.disturbances)

    def by_id(self, theme: str) -> dict[str, Job]:
        return {job.id: job for job in self.of(theme) if job.id}


def load(folder: Path, round_name: str, ledger: Ledger) -> None:
    """Reads what was written about the jobs of one round. A last line that is cut off was not written."""
    ends: dict[tuple[str, int], list[str]] = {}
    claims: list[Claim] = []
    for path in sorted(folder.glob("*.log")):
        for line in path.read_text().splitlines(keepends=True):
            kind, *words = line.split()
            if not line.endswith("\n"):
                continue
            if kind == "i" and _round_of(words[1]) == round_name:
                job = ledger.jobs.setdefault(words[1], Job(words[1], 0))
                job.wanted = int(words[0])
                job.wishes = dict(word.partition("=")[::2] for word in words[2:])
            elif kind == "p" and _round_of(words[1]) == round_name:
                job = ledger.jobs.setdefault(words[1], Job(words[1], 0))
                job.pushed, job.push_status = int(words[0]), words[3]
                if words[3] == "OK":
                    job.id = words[2]
                elif words[3] == "EXISTS":
                    job.holder = words[2]
            elif kind == "c" and _round_of(words[1]) == round_name:
                claims.append(Claim(path.stem, words[1], words[2], *map(int, words[3:6]), int(words[0])))
            elif kind == "s" and _round_of(words[2]) == round_name:
                ends[words[2], int(words[3])] = words
            elif kind == "t" and (words[3] == "-" or _round_of(words[3]) == round_name):
                ledger.asked.append(Asked(path.stem, int(words[0]), int(words[1]), *words[2:5], words[5:]))
    for claim in claims:
        if words := ends.get((claim.name, claim.fence), []):
            claim.before, claim.after, claim.how, claim.status = int(words[0]), int(words[1]), words[4], words[5]
        job = ledger.jobs.setdefault(claim.name, Job(claim.name, 0))
        job.claims.append(claim)
        if not job.id:
            job.id = claim.id
    for job in ledger.jobs.values():
        job.claims.sort(key=lambda claim: claim.fence)


def _round_of(name: str) -> str:
    """Of a job, or of a batch, which has no theme."""
    parts = name.split(".")
    return parts[1] if len(parts) == 4 else parts[0]


def by_key(jobs: Iterable[Job], key: str) -> dict[str, list[Job]]:
    """Jobs by the value of a wish; those without it left out."""
    found: dict[str, list[Job]] = defaultdict(list)
    for job in jobs:
        if key in job.wishes:
            found[job.wishes[key]].append(job)
    return found
