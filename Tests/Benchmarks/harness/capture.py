"""Takes the commands that the library sends from the server's MONITOR, so that a floor can run the very same script.

What differs between two captures of the same operation (ids, tokens) becomes a variable part, which the floor fills
with a number that is never used twice.
"""

from __future__ import annotations

import re
import subprocess
import time
from collections import Counter
from dataclasses import dataclass
from typing import Callable, Optional

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
    commands: list[list[bytes]] = []
    try:
        monitor.stdout.readline()
        action()
        time.sleep(0.05)
        server.cli("ping", "end-of-capture")
        for line in monitor.stdout:
            head, _, tail = line.partition(b"] ")
            arguments = [_unescape(text) for text in QUOTED.findall(tail)]
            if arguments == [b"ping", b"end-of-capture"]:
                break
            if not head.endswith(b" lua"):
                commands.append(arguments)
    finally:
        monitor.kill()
        monitor.wait()
        monitor.stdout.close()
    return commands


# What a command's argument that is a fence looks like: microseconds since 1970.
FENCE = re.compile(rb"1[0-9]{15}")


@dataclass
class Template:
    """A command with variable parts: for each argument its bytes and the range that varies (0, 0 for none), or None in
    place of the range when the argument is the fence of what was granted before."""

    arguments: list[bytes]
    ranges: list[Optional[tuple[int, int]]]

    def write(self, path: str) -> None:
        """For programs/template.h."""
        with open(path, "w", encoding="ascii") as file:
            for argument, varying in zip(self.arguments, self.ranges):
                file.write(f"{argument.hex() or '-'} {varying[0]} {varying[1]}\n" if varying else "fence\n")

    def for_redis_benchmark(self) -> list[str]:
        """Arguments with `__rand_int__` in the variable parts, of the same length. Other bytes stand in for NUL, which an
        argument of a program cannot have: what is measured so passes its records on and does not look into them."""
        result = []
        for argument, varying in zip(self.arguments, self.ranges):
            if varying is None:
                raise RuntimeError("redis-benchmark cannot fill in a fence")
            start, length = varying
            if length:
                if length < len(RANDOM):
                    raise RuntimeError(f"a variable part of {length} bytes is too short for redis-benchmark")
                argument = argument[:start] + RANDOM + argument[start + len(RANDOM):]
            result.append(argument.replace(b"\0", b"\1").decode("latin-1"))
        return result


def template(commands: list[list[bytes]]) -> Template:
    """From several captures of one operation. Those of another shape than most are left out: a number in them may have
    got one digit more."""
    shapes = Counter(tuple(map(len, command)) for command in commands)
    shape = shapes.most_common(1)[0][0]
    first, *rest = [command for command in commands if tuple(map(len, command)) == shape]
    if not rest:
        raise RuntimeError("no two captures have the same shape")
    ranges: list[Optional[tuple[int, int]]] = []
    for i, argument in enumerate(first):
        others = [command[i] for command in rest]
        differing = [at for at in range(len(argument)) if any(other[at] != argument[at] for other in others)]
        if FENCE.fullmatch(argument):
            ranges.append(None)
        elif not differing:
            ranges.append((0, 0))
        else:
            ranges.append((differing[0], differing[-1] - differing[0] + 1))
    return Template(first, ranges)
