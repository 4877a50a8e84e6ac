"""What the server says: how each job ended, how many there are, and what is left in its memory."""

from __future__ import annotations

import subprocess
from collections import Counter
from pathlib import Path

from harness import Server

from .records import MILLISECOND, End, Ledger


READING = {"hash": ("HKEYS",), "zset": ("ZRANGE", "0", "9"), "list": ("LRANGE", "0", "9"),
           "set": ("SMEMBERS",), "string": ("STRLEN",)}


class Audit:
    """Asks through the library (programs/audit.c), straight at the server."""

    def __init__(self, program: Path, server: Server, queues: list[str]) -> None:
        self.program, self.server = program, server
        self.specs = {spec.partition("/")[0]: spec for spec in queues}

    def _ask(self, requests: list[str]) -> list[str]:
        done = subprocess.run(
            [str(self.program), self.server.url], input="".join(f"{request}\n" for request in requests),
            stdout=subprocess.PIPE, text=True, timeout=120, check=True)
        lines = done.stdout.splitlines()
        if len(lines) != len(requests):
            raise RuntimeError(f"{len(requests)} questions, {len(lines)} answers")
        return lines

    def ask_ends(self, ledger: Ledger) -> None:
        jobs = [job for job in ledger.jobs.values() if job.id]
        answers = self._ask([f"r {self.specs[job.theme]} {job.id}" for job in jobs])
        for job, answer in zip(jobs, answers):
            words = answer.split(" ", 7)
            job.end = End(words[2], int(words[3]), int(words[4]), int(words[5]) * MILLISECOND, words[6], words[7])

    def counts(self) -> dict[str, Counter[str]]:
        found = {}
        for (queue, _), answer in zip(self.specs.items(), self._ask([f"n {spec}" for spec in self.specs.values()])):
            pairs = (word.partition("=")[::2] for word in answer.split()[1:])
            found[queue] = Counter({key: int(value) for key, value in pairs})
        return found

    def forget_ended(self) -> list[str]:
        """Purges what is kept of jobs that have ended; says what did not go well."""
        answers = self._ask([f"x {spec}" for spec in self.specs.values()])
        return [f"purging {queue} answers {answer}" for queue, answer in zip(self.specs, answers)
                if not answer.startswith("OK ")]

    def left(self) -> str:
        """How many jobs have not ended; "" when all have."""
        counts = self.counts()
        left = {queue: {key: count[key] for key in ("waiting", "delayed", "active", "blocked") if count[key] > 0}
                for queue, count in counts.items()}
        return ", ".join(f"{queue} {count}" for queue, count in left.items() if count)

    def memory(self) -> int:
        """Bytes that the server uses."""
        return int(self.server.command("INFO", "memory").split("used_memory:")[1].split()[0])

    def immortal(self) -> dict[str, str]:
        """Keys that have no end, and the beginning of what is in them."""
        found = {}
        for key in sorted(self.server.command("--scan").split()):
            if self.server.command("PTTL", key) == "-1":
                reading = READING.get(self.server.command("TYPE", key), ("TYPE",))
                found[key] = self.server.command(reading[0], key, *reading[1:])[:300].replace("\n", " ")
        return found
