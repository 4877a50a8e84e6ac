"""What the candidates of elections wrote down (leadership.h)."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path

from .records import LOST, MILLISECOND, OK, Circumstances, records_in

EMPTY, NOT_HELD = 2, 3
WRONG_TERM, REVIVED, LOSS_NOT_TOLD = 1, 2, 4


class Style(IntEnum):
    """As `enum style` counts."""

    CAMPAIGNS = 0
    RUNS = 1


@dataclass(slots=True)
class Leadership:
    """One time of standing, and what became of it. Moments are ns of CLOCK_BOOTTIME, 0 for what did not happen."""

    worker: str
    thread: int
    called: int
    acquired: int
    valid: int
    ending: int
    ended: int
    term: int
    wait_ms: int
    election: int
    style: Style
    campaign_status: int
    end_status: int
    lease_ms: int
    step_down_ms: int
    faults: int

    @property
    def stood_until(self) -> int:
        """When the standing ended; 0 if it never did."""
        return self.acquired or self.ended

    @property
    def is_given_up(self) -> bool:
        """Whether it was handed over, and not lost. Who resigned without an answer may have."""
        return bool(self.ending) and self.end_status != LOST

    @property
    def led_until(self) -> int:
        """The end of the time for which the library said that it leads.

        Who gave it up led until then: until just before it resigned, or, as callbacks have it, until it had ended what
        it did. Who did not, until the last moment for which the handle said so.
        """
        if self.ended and self.ending and self.end_status == OK:
            return self.ending if self.style == Style.CAMPAIGNS else self.ended
        return self.valid

    @property
    def released(self) -> int:
        """From when it may have been given back, be it lost or not; 0 for never."""
        return self.ending if self.style == Style.CAMPAIGNS else self.ended

    def __str__(self) -> str:
        def after(moment: int) -> str:
            return f"{(moment - self.called) / MILLISECOND:+.3f}" if moment else "never"

        return (f"{self.worker}-{self.thread} {self.style.name} e-{self.election} term {self.term} wait {self.wait_ms} "
                f"ms lease {self.lease_ms} ms steps down {self.step_down_ms} ms early, called at {self.called} ns; "
                f"then, in ms: acquired {after(self.acquired)} seen valid {after(self.valid)} "
                f"ending {after(self.ending)} ended {after(self.ended)}; campaign {self.campaign_status} "
                f"end {self.end_status} faults {self.faults}")


@dataclass(slots=True)
class Observation:
    """A change that somebody was told of; term 0 for that nobody leads."""

    worker: str
    before: int
    after: int
    term: int
    election: int
    by_watch: bool


@dataclass(slots=True)
class Eviction:
    """A leader that somebody else put out; `after` is 0 when it is not known whether that succeeded."""

    before: int
    after: int
    term: int
    election: int
    status: int


@dataclass
class ElectionHistory(Circumstances):
    """All that is known of a campaign."""

    leaderships: list[Leadership] = field(default_factory=list)
    observations: list[Observation] = field(default_factory=list)
    evictions: list[Eviction] = field(default_factory=list)


LEADERSHIP = struct.Struct("<5qQq8i")
OBSERVATION = struct.Struct("<2qQ2i")
EVICTION = struct.Struct("<2qQ2i")


def load(folder: Path, history: ElectionHistory) -> None:
    """Reads what the candidates left in a folder."""
    for path in sorted(folder.glob("*.leaderships")):
        worker, _, thread = path.stem.rpartition("-")
        history.leaderships.extend(
            Leadership(worker, int(thread), *fields[:8], Style(fields[8]), *fields[9:14])
            for fields in records_in(path, LEADERSHIP))
    for path in sorted(folder.glob("*.observations")):
        worker = path.stem.rpartition("-")[0]
        history.observations.extend(
            Observation(worker, *fields[:4], bool(fields[4])) for fields in records_in(path, OBSERVATION))
    for path in sorted(folder.glob("*.evictions")):
        history.evictions.extend(Eviction(*fields) for fields in records_in(path, EVICTION))
    history.add_pauses(folder)
