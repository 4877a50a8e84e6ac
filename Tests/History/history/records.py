"""What the workers wrote down (attempt.h), and what was done to them meanwhile."""

from __future__ import annotations

import mmap
import struct
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path
from typing import Iterable, Iterator, Optional

OK, TIMED_OUT, LOST, CANCELLED = 0, 1, 4, 6
FREED = 1000
MILLISECOND = 1_000_000
SECOND = 1_000_000_000

Span = tuple[int, int]


class Kind(IntEnum):
    """As `enum kind` counts."""

    PLAIN = 0
    UNFAIR = 1
    LINGER = 2
    REENTRANT = 3
    MANY = 4
    READ = 5
    WRITE = 6
    PERMITS = 7


# What the kinds act upon. Kinds of one family meet on one name.
FAMILIES = {
    Kind.PLAIN: "lock", Kind.UNFAIR: "lock", Kind.LINGER: "lock", Kind.REENTRANT: "lock", Kind.MANY: "lock",
    Kind.READ: "rw", Kind.WRITE: "rw", Kind.PERMITS: "semaphore",
}
PERMITS_OF = {"semaphore-0": 5, "semaphore-1": 3}
NAMES = ["lock-0", "lock-1", "lock-2", "lock-3", "rw-0", "rw-1", "semaphore-0", "semaphore-1"]
INNER_REFUSED, WRONG_DEPTH, REVIVED = 1, 2, 4


@dataclass(slots=True)
class Attempt:
    """One acquire, and what became of it. Moments are ns of CLOCK_BOOTTIME, 0 for what did not happen."""

    worker: str
    thread: int
    called: int
    granted: int
    valid: int
    deadline: int
    downgraded: int
    release: int
    ended: int
    fence: int
    wait_ms: int
    bits: int
    kind: Kind
    weight: int
    acquire_status: int
    release_status: int
    lease_ms: int
    faults: int

    @property
    def names(self) -> list[str]:
        family = FAMILIES[self.kind]
        return [f"{family}-{number}" for number in range(8) if self.bits >> number & 1]

    @property
    def held_until(self) -> int:
        """The end of the time for which the library said that it is held; before `granted` if it never did.

        Who released with success held it until then; who did not, until the moment that the handle last named as
        certain. A renewal may have brought that forward meanwhile when it was further away than a lease, as that of a
        grant by message is: then only the moment when the handle said so counts.
        """
        if self.release and self.ended and self.release_status == OK:
            return self.release
        is_sure = self.deadline - self.valid <= self.lease_ms * MILLISECOND
        certain = self.deadline if is_sure else self.valid
        return min(certain, self.release) if self.release else certain

    @property
    def answered(self) -> int:
        """When the acquire ended; 0 if it never did."""
        return self.granted or self.ended

    def __str__(self) -> str:
        def after(moment: int) -> str:
            return f"{(moment - self.called) / MILLISECOND:+.3f}" if moment else "never"

        return (f"{self.worker}-{self.thread} {self.kind.name} {','.join(self.names)} weight {self.weight} "
                f"fence {self.fence} wait {self.wait_ms} ms lease {self.lease_ms} ms called at {self.called} ns; "
                f"then, in ms: granted {after(self.granted)} seen valid {after(self.valid)} "
                f"certain until {after(self.deadline)} downgraded {after(self.downgraded)} "
                f"release {after(self.release)} ended {after(self.ended)}; "
                f"acquire {self.acquire_status} release {self.release_status}")


@dataclass(slots=True)
class Sighting:
    """Somebody seen in a line on the server."""

    name: str
    worker: str
    arrival: int  # moment of its arrival, by the server
    seen: int  # a moment after it was seen


@dataclass(kw_only=True)
class Circumstances:
    """What was done to the processes of a history, and to their server."""

    # By process: when it did not run.
    pauses: dict[str, list[Span]] = field(default_factory=dict)
    # Processes that reach the server through something that loses messages.
    cut_off: set[str] = field(default_factory=set)
    killed: set[str] = field(default_factory=set)
    # When the server was away, with the time that clients need to come back.
    outages: list[Span] = field(default_factory=list)

    def was_disturbed(self, worker: str, start: int, end: int) -> bool:
        """Whether anything between those moments excuses a process from what is promised to those who are well."""
        if worker in self.cut_off or overlaps(self.outages, start, end):
            return True
        return overlaps(self.pauses.get(worker, []), start, end)

    def add_pauses(self, folder: Path) -> None:
        """Those that the processes have noticed themselves."""
        for path in folder.glob("*.pauses"):
            spans = self.pauses.setdefault(path.stem, [])
            spans.extend((start, end) for start, end in records_in(path, PAUSE))


@dataclass
class History(Circumstances):
    """All that is known of a campaign."""

    attempts: list[Attempt] = field(default_factory=list)
    sightings: list[Sighting] = field(default_factory=list)


def overlaps(spans: Iterable[Span], start: int, end: int) -> bool:
    return any(first < end and start < last for first, last in spans)


def length(spans: Iterable[Span], start: int, end: int) -> int:
    """How much of the time between two moments the spans cover."""
    return sum(max(0, min(last, end) - max(first, start)) for first, last in spans)


RECORD = struct.Struct("<7qQqQ6i")
PAUSE = struct.Struct("<2q")


def records_in(path: Path, record: struct.Struct) -> Iterator[tuple[int, ...]]:
    """Records of a file, up to the first one that was never begun: its first field is 0."""
    if path.stat().st_size == 0:
        return  # killed before it was made
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        for offset in range(0, len(data) - record.size + 1, record.size):
            fields = record.unpack_from(data, offset)
            if fields[0] == 0:
                return
            yield fields


def load(folder: Path, into: Optional[History] = None) -> History:
    """Reads what the workers left in a folder."""
    history = into or History()
    for path in sorted(folder.glob("*.history")):
        worker, _, thread = path.stem.rpartition("-")
        history.attempts.extend(
            Attempt(worker, int(thread), *fields[:10], Kind(fields[10]), *fields[11:])
            for fields in records_in(path, RECORD))
    history.add_pauses(folder)
    return history


class Progress:
    """Counts what has been acquired so far, while the workers write."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.places: dict[Path, int] = {}
        self.count = 0

    def acquired(self) -> int:
        for path in self.folder.glob("*.history"):
            place = self.places.get(path, 0)
            with path.open("rb") as file:
                file.seek(place)
                while len(data := file.read(RECORD.size)) == RECORD.size:
                    fields = RECORD.unpack(data)
                    # One that goes on is looked at again.
                    if not fields[0] or not fields[6]:
                        break
                    self.count += bool(fields[1])
                    place += RECORD.size
            self.places[path] = place
        return self.count
