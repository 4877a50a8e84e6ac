"""A crew of candidates on one server, or on a quorum of several, and the history that is left."""

from __future__ import annotations

import time
from pathlib import Path

from .crew import FAULTS, Crew, Ended, Worker
from .leaderships import ElectionHistory, Style, load

# Threads of each process that stand.
THREADS = [2, 1, 2, 2, 1, 2]
BEHIND_A_PROXY = 2

BOTH_STYLES = 1 << Style.CAMPAIGNS | 1 << Style.RUNS
ELECTION_FAULTS = {**FAULTS, "disconnect": 2}


class ElectionCampaign(Crew[ElectionHistory]):
    """Runs once."""

    def __init__(self, programs: Path, folder: Path, seed: int, servers: int = 1, styles: int = BOTH_STYLES,
                 faults: dict[str, int] = ELECTION_FAULTS, seeded: str = "0") -> None:
        self.programs, self.styles, self.seeded = programs, styles, seeded
        super().__init__(folder, seed, THREADS, BEHIND_A_PROXY, ElectionHistory(), faults, servers)

    def command(self, worker: Worker, seed: int) -> list[str]:
        return [str(self.programs / "candidate"), worker.url, worker.label, str(self.records), str(worker.threads),
                str(seed), str(self.styles), self.seeded]

    def run(self, seconds: float) -> Ended[ElectionHistory]:
        start = time.monotonic()
        try:
            self.start_all()
            while time.monotonic() < start + seconds:
                self.disturb(4, (0.2, 1.0))
            took = time.monotonic() - start
            self.end_all()
            self.everything_expires()
        finally:
            self.clear()
        load(self.records, self.history)
        return self.ended(took)
