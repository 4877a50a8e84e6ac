"""Reads the lines of waiters on the server again and again, and notes who stands there since when."""

from __future__ import annotations

import re
import socket
import threading
import time

from .records import NAMES, SECOND, Sighting

# The last part of a member of a line names the waiter's client; workers are labelled like this.
_WORKER = re.compile(rb"\bw\d+\.\d+\b")
# For one round over all lines; it costs the server about as much as one acquire.
_INTERVAL = 0.004


def now() -> int:
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


class Redis:
    """Just enough of a client: commands out, replies in, on a unix socket."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.socket: socket.socket | None = None

    def run(self, *commands: list[str]) -> list[object]:
        """The replies to commands that are sent together; OSError when the server is away."""
        try:
            if self.socket is None:
                self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
                self.socket.settimeout(5)
                self.socket.connect(self.path)
                self.file = self.socket.makefile("rb")
            self.socket.sendall(b"".join(_encoded(command) for command in commands))
            return [self._reply() for _ in commands]
        except OSError:
            self.close()
            raise

    def _reply(self) -> object:
        line = self.file.readline()
        if not line.endswith(b"\r\n"):
            raise ConnectionError("the server has closed the connection")
        mark, text = line[:1], line[1:-2]
        if mark == b"*":
            return [self._reply() for _ in range(int(text))]
        if mark == b"$":
            return None if text == b"-1" else self.file.read(int(text) + 2)[:-2]
        if mark == b"-":
            raise ConnectionError(text.decode())
        return int(text) if mark == b":" else text

    def close(self) -> None:
        if self.socket is not None:
            self.socket.close()
            self.socket = None


def _encoded(words: list[str]) -> bytes:
    parts = [word.encode() for word in words]
    return b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts)


def line_of(name: str) -> str:
    """The key of a line: a sorted set, the score is the server's microseconds on arrival."""
    kind = {"lock": "lock", "rw": "rwlock", "semaphore": "semaphore"}[name.partition("-")[0]]
    return f"dc:{{history:{kind}:{name}}}:line"


class Observer:
    """A thread that looks until it is told to stop."""

    def __init__(self, path: str) -> None:
        self.redis = Redis(path)
        self.sightings: list[Sighting] = []
        self.known: set[tuple[str, bytes, bytes]] = set()
        self.is_ending = threading.Event()
        self.thread = threading.Thread(target=self._watch, daemon=True)
        self.thread.start()

    def _watch(self) -> None:
        commands = [["ZRANGE", line_of(name), "0", "-1", "WITHSCORES"] for name in NAMES]
        while not self.is_ending.wait(_INTERVAL):
            try:
                lines = self.redis.run(*commands)
            except (OSError, ValueError):
                continue
            seen = now()
            # The two clocks differ by a constant, which is measured each time: one of them may be set.
            offset = time.clock_gettime_ns(time.CLOCK_REALTIME) - now()
            for name, line in zip(NAMES, lines):
                assert isinstance(line, list)
                for member, score in zip(line[::2], line[1::2]):
                    found = _WORKER.search(member)
                    if found and (name, member, score) not in self.known:
                        self.known.add((name, member, score))
                        arrival = int(float(score)) * 1000 - offset
                        self.sightings.append(Sighting(name, found[0].decode(), arrival, seen))

    def end(self) -> list[Sighting]:
        self.is_ending.set()
        self.thread.join(2 * SECOND / 1e9 + 5)
        self.redis.close()
        return self.sightings
