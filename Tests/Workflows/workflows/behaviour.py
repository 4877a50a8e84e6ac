"""What a task does. Nothing but its name, round, attempt, item and inputs decides, so that every process in every
language comes to the same end (programs/behaviour.h is the same in C).

Words of a task's arguments:
    fail=N      its first N attempts fail
    die=1       it fails for good
    skip=N      it is skipped when its digest is a multiple of N
    list=N      its result is a list of at most N items
    repeat=N    it asks for another round in its first N rounds
    add=KEY     it adds the graph of that key
    kill=1      its first attempt kills the process
    hang=1      its first attempt takes longer than its time limit
    busy=US     it takes so many microseconds
    big=N       its result has N bytes more
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterable

SUCCEEDED = 3
OFFSET, PRIME, MASK = 0xCBF29CE484222325, 0x100000001B3, (1 << 64) - 1
# What is awkward to carry through anything that reads and writes JSON.
ITEMS = ('{digit}', '"{hex}"', '{{"key": "{hex}", "list": []}}', '[]', '{{}}', 'null', '12345678901234567890', '0.1',
         '"a \\"[,]\\" \\\\ \\u00e9"', '[[{digit}, "]"], {{"}}": "{{"}}]', '-0', '1e400', 'true', '""', '{digit}.50')


@dataclass(frozen=True)
class Input:
    """One result that a task is given."""

    need: str
    task: str
    many: bool
    state: int
    bytes: bytes


@dataclass(frozen=True)
class Deed:
    """How an attempt ends: complete, repeat, skip, fail, die."""

    how: str
    result: bytes = b""
    addition: str = ""


def hashed(data: bytes, start: int = OFFSET) -> int:
    """FNV-1a of 64 bits."""
    for byte in data:
        start = (start ^ byte) * PRIME & MASK
    return start


def digest_of(name: str, round_: int, item: bytes, inputs: Iterable[Input]) -> int:
    number = hashed(b"%s\n%d\n%s\n" % (name.encode(), round_, item.strip()))
    for one in inputs:
        number = hashed(b"%s\n%s\n%d\n" % (one.need.encode(), one.task.encode(), one.many), number)
        # Of a need without results nothing else is told.
        if one.task or not one.many:
            number = hashed(b"%d\n" % one.state, number)
            if one.state == SUCCEEDED:
                number = hashed(one.bytes + b"\n", number)
    return number


def wishes_of(work: bytes) -> dict[str, str]:
    return dict(word.partition("=")[::2] for word in work.decode().split())


def list_of(digest: int, most: int) -> bytes:
    count = digest % (most + 1)
    texts = []
    for index in range(count):
        digest = hashed(b"%d" % index, digest)
        text = ITEMS[digest % len(ITEMS)].format(digit=digest % 1000, hex=f"{digest:016x}")
        texts.append(text)
    return f"[{', '.join(texts)}]".encode()


def behave(name: str, work: bytes, attempt: int, round_: int, item: bytes, inputs: Iterable[Input]) -> Deed:
    """What the attempt comes to, if nothing happens to its process."""
    wishes = wishes_of(work)
    number = lambda key: int(wishes.get(key, "0"))  # noqa: E731
    if attempt <= number("fail"):
        return Deed("fail")
    if number("die"):
        return Deed("die")
    digest = digest_of(name, round_, item, inputs)
    if number("skip") and digest % number("skip") == 0:
        return Deed("skip")
    result = f"{digest:016x}".encode() + b"x" * number("big")
    if number("list"):
        result = list_of(digest, number("list"))
    if round_ < number("repeat"):
        return Deed("repeat", result)
    return Deed("complete", result, wishes.get("add", ""))
