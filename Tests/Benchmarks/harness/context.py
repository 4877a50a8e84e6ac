"""Where things are, how programs are compiled and run, and how two things are measured in turns."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from statistics import median
from typing import Callable, Optional, Sequence

from .server import Server

FOLDER = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ROOT = os.path.dirname(os.path.dirname(FOLDER))


# Programs that measure floors and need no library.
BARE = {"programs/lock_floor.c", "programs/message_floor.c", "programs/replay.c"}


class Unavailable(Exception):
    """The benchmark cannot run here (something is not built or not installed); the text says what."""


@dataclass
class Row:
    """One line of the table. `ratio` is ours over floor; `wanted` is the bound of the ratio, or None."""

    name: str
    ours: float
    floor: Optional[float]
    unit: str
    ratio: Optional[float] = None
    wanted: Optional[float] = None
    at_least: bool = True
    floor_name: str = ""

    def target(self) -> str:
        return "" if self.wanted is None else f"{'>=' if self.at_least else '<='} {round(self.wanted, 3):g}"

    def met(self) -> str:
        value = self.ratio if self.ratio is not None else self.ours
        if self.wanted is None:
            return ""
        return "yes" if (value >= self.wanted if self.at_least else value <= self.wanted) else "NO"


class Context:
    def __init__(self, library: str, command: str, rounds: int, scale: float) -> None:
        self.library = os.path.abspath(library)
        self.command = os.path.abspath(command)
        self.rounds = rounds
        self.scale = scale
        self.server = Server()
        self._programs: dict[str, str] = {}

    def close(self) -> None:
        self.server.stop()

    # ------------------------------------------------------------ what is there

    def need_library(self) -> None:
        if not os.path.exists(self.library):
            raise Unavailable(
                f"{self.library} is not built (swift build -c release -Xswiftc -static-stdlib, or --library)")

    def need_command(self) -> None:
        if not os.path.exists(self.command):
            raise Unavailable(f"{self.command} is not built (--command names another)")

    def compile(self, source: str, with_library: bool = True) -> str:
        """Compiles a C file of this folder with gcc -O2; returns the program's path."""
        if source in self._programs:
            return self._programs[source]
        if with_library:
            self.need_library()
        output = os.path.join(self.server.folder, os.path.basename(source)[:-2])
        line = ["gcc", "-std=gnu11", "-O2", "-Wall", "-Wextra", "-o", output, os.path.join(FOLDER, source),
                "-I" + os.path.join(ROOT, "include"), "-I" + os.path.join(FOLDER, "programs")]
        if with_library:
            line += [self.library, "-Wl,-rpath," + os.path.dirname(self.library)]
        done = subprocess.run(line + ["-lhiredis", "-lpthread"], capture_output=True, text=True)
        if done.returncode != 0:
            raise Unavailable(f"{source} does not compile (libhiredis-dev and gcc are needed):\n{done.stderr}")
        self._programs[source] = output
        return output

    # ------------------------------------------------------------ running

    def environment(self, **changes: str) -> dict[str, str]:
        environment = {**os.environ, **changes}
        environment["DISTCOORD_LIBRARY"] = self.library
        environment["DISTCOORD_URL"] = self.server.url
        environment["LD_LIBRARY_PATH"] = os.pathsep.join(
            part for part in (os.path.dirname(self.library), environment.get("LD_LIBRARY_PATH", "")) if part)
        source = os.path.join(ROOT, "bindings", "python", "src")
        environment["PYTHONPATH"] = source if os.path.isdir(source) else os.path.dirname(source)
        return environment

    def run(self, *arguments: str, seconds: float = 120, **environment: str) -> dict[str, list[float]]:
        """Runs a program that prints lines `series value`; returns the values of each series in order."""
        done = subprocess.run(list(arguments), capture_output=True, text=True, env=self.environment(**environment),
                              timeout=seconds)
        if done.returncode != 0:
            line = " ".join([os.path.basename(arguments[0]), *arguments[1:]])
            raise RuntimeError(f"{line} ended with {done.returncode}: {done.stderr.strip()[-800:]}")
        series: dict[str, list[float]] = {}
        for line in done.stdout.splitlines():
            name, _, value = line.rpartition(" ")
            series.setdefault(name, []).append(float(value))
        return series

    def program(self, source: str, *arguments: object, seconds: float = 120, servers: Sequence[Server] = (),
                **environment: str) -> dict[str, list[float]]:
        """Compiles (once) and runs a C program against the server, or several: `program SOCKET[,SOCKET…] ARGUMENT…`."""
        sockets = ",".join(server.socket for server in servers or [self.server])
        return self.run(self.compile(source, source not in BARE), sockets, *map(str, arguments), seconds=seconds,
                        **environment)

    def redis_benchmark(self, requests: int, clients: int, pipeline: int, *command: str) -> float:
        """Commands per second; `__rand_int__` in an argument becomes a random number of twelve digits."""
        done = subprocess.run(
            ["redis-benchmark", "-s", self.server.socket, "-n", str(requests), "-c", str(clients), "-P", str(pipeline),
             "-r", "2000000000", "-q", *command], capture_output=True, text=True, timeout=300)
        found = re.findall(r"([0-9.]+) requests per second", done.stdout)
        if done.returncode != 0 or not found:
            raise RuntimeError(f"redis-benchmark: {done.stdout[-300:]}{done.stderr[-300:]}")
        return float(found[-1])

    # ------------------------------------------------------------ comparing

    def in_turns(self, times: int = 1, **measures: Callable[[], float]) -> dict[str, list[float]]:
        """Runs the measures one after the other, round after round, so that noise falls on all of them alike.

        `times` asks for more rounds: many short turns suit what depends on where the scheduler puts two processes."""
        results: dict[str, list[float]] = {name: [] for name in measures}
        for _ in range(self.rounds * times):
            for name, measure in measures.items():
                results[name].append(measure())
        return results


def percentile(values: list[float], part: float) -> float:
    """As programs/bench.h has it."""
    return sorted(values)[min(int(part * len(values)), len(values) - 1)]


def compare(name: str, ours: list[float], floor: list[float], unit: str, wanted: Optional[float] = None,
            at_least: bool = True, floor_name: str = "", times: float = 1.0) -> Row:
    """A row from paired samples. The ratio is the median of the rounds' ratios, which slow drift does not touch.

    `times` converts both to the unit of the table."""
    ratios = [a / b for a, b in zip(ours, floor) if b]
    return Row(name, median(ours) * times, median(floor) * times, unit, median(ratios), wanted, at_least, floor_name)


def number(value: Optional[float]) -> str:
    if value is None:
        return ""
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}" if value < 10 else f"{value:.1f}"


def ratio_text(ratio: Optional[float]) -> str:
    if ratio is None:
        return ""
    return f"{ratio:.2f}" if ratio >= 0.1 else f"{ratio:.2g}"


def print_rows(rows: list[Row], stream=sys.stdout) -> None:
    headings = ("benchmark", "ours", "floor", "unit", "ratio", "target", "met", "floor is")
    lines = [headings] + [
        (row.name, number(row.ours), number(row.floor), row.unit, ratio_text(row.ratio), row.target(), row.met(),
         row.floor_name) for row in rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(headings))]
    right = {1, 2, 4}
    for line in lines:
        cells = [cell.rjust(width) if i in right else cell.ljust(width)
                 for i, (cell, width) in enumerate(zip(line, widths))]
        print("  ".join(cells).rstrip(), file=stream)
