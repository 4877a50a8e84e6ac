"""Takes the commands that the library sends from the server's MONITOR, so that a floor can run the very same script.

What differs between two captures of the same operation (ids, tokens) becomes a variable part, which the floor fills with
a number that is never used twice.
"""

from __future__ import annotations

import re
import subprocess
import time
from dataclasses import dataclass
from typing import Callable

from .server import Server

QUOTED = re.compile(rb'"((?:[^"\\]|\\.)*)"')
ESCAPE = re.compile(rb"\\(x[0-9a-f]{2}|.)")
NAMED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"a": b"\a", b"b": b"\b"}
RANDOM = b"__rand_int__"


def _unescape(text: bytes) -> bytes:
    def one(match: "re.Match[bytes]") -> bytes:
        escape = match.group(1)
        if len(escape) == 3:
            return bytes([int(escape[1:], 16)])
        return NAMED.get(escape, escape)

    return ESCAPE.sub(one, text)


def record(server: Server, action: Callable[[], object]) -> list[list[bytes]]:
    """The commands that clients send (not those that scripts run) while the action runs."""
    monitor = subprocess.Popen(["redis-cli", "-s", server.socket, "monitor"], stdout=subprocess.PIPE)
    assert monitor.stdout is not None
    monitor.stdout.readline()
    action()
    time.sleep(0.05)
    server.cli("ping", "end-of-capture")
    commands: list[list[bytes]] = []
    for line in monitor.stdout:
        head, _, tail = line.partition(b"] ")
        arguments = [_unescape(text) for text in QUOTED.findall(tail)]
        if arguments == [b"ping", b"end-of-capture"]:
            break
        if not head.endswith(b" lua"):
            commands.append(arguments)
    monitor.kill()
    monitor.wait()
    monitor.stdout.close()
    return commands


@dataclass
class Template:
    """A command with variable parts: for each argument its bytes and the range that varies (0, 0 for none)."""

    arguments: list[bytes]
    ranges: list[tuple[int, int]]

    def write(self, path: str) -> None:
        """For programs/replay.c: one line per argument, `bytes-in-hex start length`."""
        with open(path, "w", encoding="ascii") as file:
            for argument, (start, length) in zip(self.arguments, self.ranges):
                file.write(f"{argument.hex() or '-'} {start} {length}\n")

    def for_redis_benchmark(self) -> list[str]:
        """Arguments with `__rand_int__` in the variable parts, of the same length."""
        result = []
        for argument, (start, length) in zip(self.arguments, self.ranges):
            if length:
                if length < len(RANDOM):
                    raise RuntimeError(f"a variable part of {length} bytes is too short for redis-benchmark")
                argument = argument[:start] + RANDOM + argument[start + len(RANDOM):]
            if b"\0" in argument:
                raise RuntimeError("redis-benchmark takes no NUL in an argument")
            result.append(argument.decode("latin-1"))
        return result


def template(commands: list[list[bytes]]) -> Template:
    """From several captures of one operation, which must have the same shape."""
    first = commands[0]
    if any(len(other) != len(first) for other in commands):
        raise RuntimeError("captures differ in their number of arguments")
    ranges = []
    for i, argument in enumerate(first):
        others = [command[i] for command in commands[1:]]
        if all(other == argument for other in others):
            ranges.append((0, 0))
            continue
        if any(len(other) != len(argument) for other in others):
            raise RuntimeError(f"argument {i} differs in length between captures")
        differing = [at for at in range(len(argument)) if any(other[at] != argument[at] for other in others)]
        ranges.append((differing[0], differing[-1] - differing[0] + 1))
    return Template(first, ranges)
