"""Processes of a campaign: workers of the common queue, instances of runs, and the one that looks from outside."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

from harness.server import LEASHED

from .records import End, end_of

HERE = Path(__file__).resolve().parent.parent
ROOT = HERE.parent.parent
QUEUE = "graphs"


@dataclass
class Programs:
    """What processes are started with."""

    folder: Path  # of the compiled programs
    library: Path


@dataclass
class Slot:
    """A place in the crew, and the process that has it now."""

    name: str
    language: str  # c, python
    url: str
    mode: str = "queue"  # or runtime, instance; see programs/worker.c
    run: str = ""  # of an instance
    index: int = 0
    total: int = 0
    generation: int = -1
    process: Optional[subprocess.Popen[bytes]] = None
    stopped_until: float = 0.0

    @property
    def label(self) -> str:
        return f"{self.name}.{self.generation}"

    def start(self, programs: Programs, records: Path, seed: int) -> None:
        self.generation += 1
        self.stopped_until = 0.0
        words = [str(programs.folder / "worker")]
        if self.language == "python":
            words = [sys.executable, str(HERE / "programs" / "worker.py")]
        words += [self.mode, self.url, self.label, str(records), str(seed)]
        words += [self.run, str(self.index), str(self.total)] if self.run else [QUEUE]
        environment = dict(os.environ, DISTCOORD_LIBRARY=str(programs.library))
        environment.setdefault("PYTHONPATH", str(ROOT / "bindings" / "python" / "src"))
        with (records / f"{self.label}.errors").open("wb") as errors:
            self.process = subprocess.Popen(
                [*LEASHED, *words], env=environment, stdin=subprocess.DEVNULL, stderr=errors)

    def has_died(self) -> Optional[int]:
        """The status with which the process has ended; None while it runs."""
        assert self.process is not None
        return self.process.poll()

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self, seconds: float) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)
        self.stopped_until = time.monotonic() + seconds

    def go_on(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)
        self.stopped_until = 0.0

    def end(self, records: Path, seconds: float = 20) -> str:
        """Asks the process to end; "" when it did so in time and in order, or had hardly begun."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            return f"{self.label} does not end within {seconds:g} s"
        has_begun = (records / f"{self.label}.log").exists()
        return f"{self.label} ends with {status}" if status and (has_begun or status != -signal.SIGTERM) else ""

    def last_words(self, records: Path) -> str:
        lines = (records / f"{self.label}.errors").read_text(errors="replace").splitlines()
        return lines[-1] if lines else "without a word"


class Control:
    """Asks through the library (programs/control.c), straight at the server."""

    def __init__(self, programs: Programs, url: str) -> None:
        self.process = subprocess.Popen(
            [*LEASHED, str(programs.folder / "control"), url], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True, errors="replace")

    def send(self, *words: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(" ".join(words) + "\n")
        self.process.stdin.flush()

    def line(self) -> str:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"control has ended with {self.process.wait()}")
        return line[:-1]

    def ask(self, *words: str) -> str:
        self.send(*words)
        return self.line()

    def tasks(self, queue: str, run: str) -> dict[str, End]:
        status, _, count = self.ask("tasks", queue, run).partition(" ")
        if status != "OK":
            return {}
        ends = [end_of(self.line()) for _ in range(int(count))]
        return {end.name: end for end in ends if end is not None}

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            assert stream is not None
            try:
                stream.close()
            except BrokenPipeError:
                pass
