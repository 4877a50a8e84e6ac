"""What the sharers wrote down (deed.h)."""

from __future__ import annotations

import struct
from collections import defaultdict
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path
from typing import Iterable

from .records import MILLISECOND, OK, Circumstances, records_in


class Kind(IntEnum):
    """As `enum deed_kind` counts."""

    MEET = 0
    ENTER = 1
    LEAVE = 2
    ADD = 3
    SET = 4
    GET = 5
    WATCHED = 6
    TAKE_TOKENS = 7
    TAKE_SLOTS = 8
    PUBLISH = 9
    DELIVERED = 10
    ACKNOWLEDGE = 11
    READ_BACK = 12
    COUNTED = 13
    ASK = 14
    SET_EVENT = 15
    CLEAR_EVENT = 16
    WAIT_EVENT = 17


# As deed.h has them.
PARTIES = 3
TOKENS, BURST = 40, 8
SLOTS, WINDOW_MS = 15, 400
TRIALS, RECOVERY_MS = 2, 150


@dataclass(slots=True)
class Deed:
    """One thing that was done. Moments are ns of CLOCK_BOOTTIME; `after` is 0 for what never ended."""

    worker: str
    thread: int
    before: int
    after: int
    a: int
    b: int
    kind: Kind
    object: int
    status: int

    @property
    def is_done(self) -> bool:
        return bool(self.after) and self.status == OK

    @property
    def may_be_done(self) -> bool:
        """Whether nobody knows if it happened: it was cut short, or ended with an error."""
        return not self.after or self.status < 0

    def __str__(self) -> str:
        took = f"{(self.after - self.before) / MILLISECOND:.3f} ms" if self.after else "without end"
        return (f"{self.worker}-{self.thread} {self.kind.name} {self.object} a {self.a} b {self.b} "
                f"at {self.before} ns, {took}: {self.status}")


@dataclass
class SharedHistory(Circumstances):
    """All that is known of a campaign."""

    deeds: list[Deed] = field(default_factory=list)

    def of(self, *kinds: Kind) -> list[Deed]:
        return [deed for deed in self.deeds if deed.kind in kinds]

    def done(self, *kinds: Kind) -> list[Deed]:
        return [deed for deed in self.of(*kinds) if deed.is_done]


def by_object(deeds: Iterable[Deed]) -> dict[int, list[Deed]]:
    found: dict[int, list[Deed]] = defaultdict(list)
    for deed in deeds:
        found[deed.object].append(deed)
    return found


DEED = struct.Struct("<4q4i")


def load(folder: Path, history: SharedHistory) -> None:
    """Reads what the sharers left in a folder."""
    for path in sorted(folder.glob("*.deeds")):
        worker, _, thread = path.stem.rpartition("-")
        history.deeds.extend(Deed(worker, int(thread), *fields[:4], Kind(fields[4]), *fields[5:7])
                             for fields in records_in(path, DEED))
    history.add_pauses(folder)
