"""A crew of workers that acquire locks of all kinds on one server, and the history that is left."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

from .crew import FAULTS, LONGEST_LEASE, Crew, Ended, Worker
from .observer import Observer
from .records import History, Progress, load

# Threads of each process.
THREADS = [1, 2, 2, 1, 3, 2, 2, 2, 2, 1]
BEHIND_A_PROXY = 3

ALL_KINDS = (1 << 8) - 1


class Campaign(Crew[History]):
    """Runs once."""

    def __init__(self, programs: Path, folder: Path, seed: int, kinds: int = ALL_KINDS, faults: dict[str, int] = FAULTS,
                 seeded: str = "0") -> None:
        self.programs, self.kinds, self.seeded = programs, kinds, seeded
        super().__init__(folder, seed, THREADS, BEHIND_A_PROXY, History(), faults)

    def command(self, worker: Worker, seed: int) -> list[str]:
        return [str(self.programs / "worker"), worker.url, worker.label, str(self.records), str(worker.threads),
                str(seed), str(self.kinds), self.seeded]

    def run(self, seconds: float, acquisitions: int) -> Ended[History]:
        """Goes on for that long, and until so many acquires have succeeded."""
        observer = Observer(self.servers[0].socket)
        progress = Progress(self.records)
        start = time.monotonic()
        try:
            self.start_all()
            while time.monotonic() < start + seconds or progress.acquired() < acquisitions:
                self.disturb(11, (0.8, 3.0))
            took = time.monotonic() - start
            self.end_all()
            self._nothing_is_left()
        finally:
            self.history.sightings = observer.end()
            self.clear()
        load(self.records, self.history)
        return self.ended(took)

    def _nothing_is_left(self) -> None:
        """One lease and a second after the last one is gone nothing is held, and everything left will expire."""
        time.sleep(LONGEST_LEASE + 1)
        looked = subprocess.run(
            [str(self.programs / "look"), self.servers[0].url], stdout=subprocess.PIPE, text=True, timeout=60)
        lines = [line.split() for line in looked.stdout.splitlines()]
        if looked.returncode != 0 or not lines:
            self.problems.append(f"nobody can say what is held: {looked.returncode}")
        self.problems.extend(f"{name} is held for ever" for name, held, _ in lines if held != "0")
        self.everything_expires()
