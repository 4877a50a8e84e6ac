"""The workers of a campaign: four languages, each process to be killed and replaced."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

from harness.server import LEASHED

HERE = Path(__file__).resolve().parent.parent
ROOT = HERE.parent.parent
LEASE = 1.0


@dataclass
class Programs:
    """What workers are started with; None for a language that is left out."""

    folder: Path  # of the compiled programs
    library: Path
    command: Optional[Path]
    swift: Optional[Path]


@dataclass
class Slot:
    """A place in the crew, and the process that has it now."""

    number: int
    language: str  # c, python, swift, shell
    url: str
    queues: list[str]
    mode: str = "claim"
    threads: int = 2
    capabilities: str = ""
    is_safe: bool = False  # from faults of its own
    name: str = ""  # kept by those who take its place
    generation: int = -1
    process: Optional[subprocess.Popen[bytes]] = None
    stopped: int = 0
    go_on_at: float = 0.0

    @property
    def label(self) -> str:
        return f"{self.name or self.language + str(self.number)}.{self.generation}"

    def start(self, programs: Programs, records: Path, seed: int) -> None:
        self.generation += 1
        self.stopped = 0
        random = str((seed * 997 + self.number * 101 + self.generation) % (1 << 27))
        environment = dict(os.environ, DISTCOORD_LIBRARY=str(programs.library))
        environment.setdefault("PYTHONPATH", str(ROOT / "bindings" / "python" / "src"))
        folder, threads = str(records), str(self.threads)
        if self.language == "c":
            words = [str(programs.folder / "worker"), self.url, self.label, folder, self.mode, threads, random,
                     self.capabilities, *self.queues]
        elif self.language == "python":
            words = [sys.executable, str(HERE / "programs" / "worker.py"), self.url, self.label, folder, self.mode,
                     threads, random, *self.queues]
        elif self.language == "swift":
            words = [str(programs.swift), self.url, self.label, folder, threads, random, *self.queues]
        else:
            environment |= {"ACCOUNTING_LOG": f"{folder}/{self.label}.log", "ACCOUNTING_LABEL": self.label}
            words = [str(programs.command), "worker", "run", *self.queues, "-q", "--url", self.url, "--namespace",
                     "accounting", "--label", self.label, "--lease", f"{LEASE:g}s", "-j", threads, "--",
                     str(HERE / "programs" / "worker.sh")]
        with (records / f"{self.label}.errors").open("wb") as errors:
            # A session of its own, so that a killed shell worker's children die with it.
            self.process = subprocess.Popen(
                [*LEASHED, *words], env=environment, stdin=subprocess.DEVNULL, stderr=errors, start_new_session=True)

    def signal(self, number: int) -> None:
        assert self.process is not None
        try:
            os.killpg(self.process.pid, number)
        except ProcessLookupError:
            pass

    def kill(self) -> None:
        self.signal(signal.SIGKILL)
        assert self.process is not None
        self.process.wait()

    def end(self, seconds: float = 30) -> str:
        """Asks the process to end; "" when it did so in time and in order."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            return f"{self.label} does not end within {seconds:g} s"
        return f"{self.label} ends with {status}" if status else ""

    def has_died(self) -> Optional[int]:
        """The status with which the process has ended; None while it runs."""
        assert self.process is not None
        return self.process.poll()

    def last_words(self, records: Path) -> str:
        lines = (records / f"{self.label}.errors").read_text(errors="replace").splitlines()
        return lines[-1] if lines else "without a word"

    def memory(self) -> int:
        """Resident bytes of the process."""
        assert self.process is not None
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        return 0
