"""A crew of processes that share barriers, state, limiters and topics on one server, and the history that is left."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

from harness.server import LEASHED

from .crew import LONGEST_LEASE, Crew, Ended, Worker
from .deeds import SharedHistory, load
from .election_campaign import ELECTION_FAULTS

# What each process does, a letter for each thread (sharer.c).
PARTS = ["mdcslpbe", "mdcwlpe", "mdswlpb", "mcswpbe", "dcswlpbe"]
BEHIND_A_PROXY = 2


class ShareCampaign(Crew[SharedHistory]):
    """Runs once."""

    def __init__(self, programs: Path, folder: Path, seed: int, faults: dict[str, int] = ELECTION_FAULTS,
                 parts: str | None = None) -> None:
        self.programs = programs
        self.parts = [parts] * len(PARTS) if parts else PARTS
        threads = [len(part) for part in self.parts]
        super().__init__(folder, seed, threads, BEHIND_A_PROXY, SharedHistory(), faults)

    def command(self, worker: Worker, seed: int) -> list[str]:
        return [str(self.programs / "sharer"), worker.url, worker.label, str(self.records), str(seed),
                self.parts[worker.slot]]

    def run(self, seconds: float) -> Ended[SharedHistory]:
        start = time.monotonic()
        try:
            self.start_all()
            while time.monotonic() < start + seconds:
                self.disturb(4, (0.2, 1.0))
            took = time.monotonic() - start
            self.end_all()
            self._what_is_left()
        finally:
            self.clear()
        load(self.records, self.history)
        return self.ended(took)

    def _what_is_left(self) -> None:
        """The counters' values, and the messages that nobody has acknowledged."""
        time.sleep(LONGEST_LEASE)
        done = subprocess.run([*LEASHED, str(self.programs / "sharer"), self.servers[0].url, "drain", str(self.records),
                               "0", "drain"], timeout=60)
        if done.returncode != 0:
            self.problems.append(f"what is left cannot be read: {done.returncode}")
        # Values stay until somebody deletes them.
        self.everything_expires(but=":state:")
