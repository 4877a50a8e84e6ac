"""The members: started, watched through what they announce, one of them killed, and none left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import display

STALLED = "python-2"
# Counting is too quick to be watched: each job takes this much longer, in all about that many seconds.
PACE, PACED_SECONDS = 0.1, 4.0


class DemoFailed(Exception):
    """Something went wrong; the text says what, and shows what the members wrote."""


@dataclass
class Member:
    name: str
    language: str
    log: Path
    process: subprocess.Popen[bytes]

    def kill(self) -> None:
        """The member and its children: each member is a process group of its own."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()


@dataclass
class Crew:
    commands: dict[str, list[str]]
    folder: Path
    chunks: list[str]
    lease: float
    deadline: float
    members: list[Member] = field(default_factory=list)
    leaders: list[tuple[str, int]] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)
    written: dict[str, int] = field(default_factory=dict)
    killed_in: str = ""
    rerun_after: str = "never"

    def __enter__(self) -> Crew:
        self.report = self.folder / "report.txt"
        self.report.write_text("0 0\n")
        self.events = self.folder / "events"
        self.events.touch()
        self._read = 0
        self._killed_at = 0.0
        self.progress = display.Progress(len(self.chunks))
        part = 0
        for language, command in self.commands.items():
            self._start(language, language, command, {"DEMO_PART": str(part)})
            part += 1
        self._start(STALLED, "python", self.commands["python"], {"DEMO_PART": "-1", "DEMO_STALL": "1"})
        self.victim = self.members[-1]
        return self

    def __exit__(self, *_: object) -> None:
        for member in self.members:
            member.kill()

    def _start(self, name: str, language: str, command: list[str], settings: dict[str, str]) -> None:
        pace = min(PACE, PACED_SECONDS * len(self.commands) / len(self.chunks))
        environment = {
            **os.environ,
            "DEMO_NAME": name,
            "DEMO_CHUNKS": str(self.folder / "chunks"),
            "DEMO_REPORT": str(self.report),
            "DEMO_EVENTS": str(self.events),
            "DEMO_SCRATCH": str(self.folder),
            "DEMO_MEMBERS": str(len(self.commands) + 1),
            "DEMO_PARTS": str(len(self.commands)),
            "DEMO_LEASE": f"{self.lease:g}",
            "DEMO_PACE": f"{pace:.3f}",
            "DISTCOORD_LABEL": name,
            **settings,
        }
        log = self.folder / f"{name}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                command, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
            )
        self.members.append(Member(name, language, log, process))

    # ------------------------------------------------------------------------------------------ the two phases

    def count(self, client: Any) -> dict[str, dict[str, Any]]:
        """Waits until every chunk is counted, and returns the results by chunk."""
        queue = client.queue("words")
        completed = 0
        while completed < len(self.chunks):
            completed = queue.counts().completed
            self._watch()
            self.progress.show(completed, self.done)
            time.sleep(0.02)
        self._watch()
        self.progress.show(completed, self.done, last=True)
        if not self.killed_in:
            raise self._failure(f"{STALLED} did not get a job, so that it could not be killed in one")
        return {chunk: json.loads(queue.result(chunk, timeout=5)) for chunk in self.chunks}

    def reduce(self, client: Any) -> None:
        """Meets the members at the barrier, and waits until each has written its part of the report."""
        try:
            client.barrier("counted", len(self.commands) + 1).wait(timeout=20)
        except Exception as error:
            raise self._failure(f"not everybody came to the barrier: {error}") from error
        self.progress.say("barrier  all are there; each adds up its share of the alphabet")
        while any(member.process.poll() is None for member in self.members if member is not self.victim):
            self._watch()
            time.sleep(0.02)
        self._watch()

    # ------------------------------------------------------------------------------------- what members announce

    def _watch(self) -> None:
        with self.events.open("rb") as file:
            file.seek(self._read)
            lines = file.read()
        whole = lines[: lines.rfind(b"\n") + 1]
        self._read += len(whole)
        for line in whole.decode("ascii").splitlines():
            name, event, *details = line.split()
            getattr(self, f"_{event}")(name, *details)
        for member in self.members:
            if member is not self.victim and member.process.poll():
                raise self._failure(f"{member.name} ended with status {member.process.returncode}")
        if time.monotonic() > self.deadline:
            raise self._failure("not finished in time")

    def _leads(self, name: str, term: str, pushed: str) -> None:
        self.leaders.append((name, int(pushed)))
        what = f"pushed {pushed} jobs" if int(pushed) else "found every job there"
        self.progress.say(f"leader   {name}, term {term}: {what}")

    def _claims(self, name: str, job: str, attempt: str) -> None:
        if name == STALLED and not self.killed_in:
            self.victim.kill()
            self.killed_in, self._killed_at = job, time.monotonic()
            self.progress.say(f"kill     -9 for {name} in the middle of {job}")
        elif job == self.killed_in:
            self.rerun_after = f"{time.monotonic() - self._killed_at:.1f} s, at a lease of {self.lease:g} s"
            self.progress.say(f"again    {job} went to {name}, attempt {attempt}")

    def _completes(self, name: str, job: str, words: str) -> None:
        self.done[name] += 1

    def _reports(self, name: str, fence: str, words: str) -> None:
        self.written[name] = int(words)
        self.progress.say(f"report   {name} wrote {int(words):,} words under fence {fence}")

    def _failure(self, what: str) -> DemoFailed:
        logs = {member.name: member.log.read_text(errors="replace") for member in self.members}
        return DemoFailed("\n".join([what, *(f"--- {name}\n{log}" for name, log in logs.items() if log)]))

    # ------------------------------------------------------------------------------------------- for the summary

    def term_of(self, member: Member) -> str:
        """What the member did when it led, and as the how many-th."""
        for place, (name, pushed) in enumerate(self.leaders, 1):
            if name == member.name:
                return f"as no. {place}, pushed {pushed} jobs" if pushed else f"as no. {place}"
        return "-"
