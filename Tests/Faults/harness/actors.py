"""Processes under test. Each is a conformance runner (Tests/Conformance/runner.c): one client that does as it is
told."""

from __future__ import annotations

import os
import select
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from pathlib import Path
from typing import Callable, Optional

from .proxy import Proxy
from .server import LEASHED, Server


class Failure(AssertionError):
    """Something is not as it should be."""


_standstills: list[tuple[float, float]] = []


def _note_standstills() -> None:
    """A shared machine may stand still for a second or two. Who only sleeps sees it: by having slept too long."""
    before = time.monotonic()
    while True:
        time.sleep(0.01)
        now = time.monotonic()
        if now - before > 0.1:
            _standstills.append((now, now - before))
        before = now


threading.Thread(target=_note_standstills, daemon=True).start()


def stood_still_since(start: float) -> float:
    """For how many seconds since then (time.monotonic) the machine has stood still."""
    time.sleep(0.05)  # until the last is noted
    return sum(length for end, length in _standstills if end > start)


def _running_since(start: float) -> float:
    return time.monotonic() - start - stood_still_since(start)


def eventually(what: str, condition: Callable[[], bool], seconds: float = 10.0) -> float:
    """Waits for a condition and tells how long it took; Failure when it does not come true."""
    start = time.monotonic()
    while not condition():
        if time.monotonic() - start > seconds and _running_since(start) > seconds:
            raise Failure(f"after {seconds:g} s still not: {what}")
        time.sleep(0.005)
    return time.monotonic() - start


def soon(start: float, least: float, most: float) -> None:
    """Failure unless that long has passed since `start` (time.monotonic)."""
    took = time.monotonic() - start
    if not least <= took or took > most and _running_since(start) > most:
        raise Failure(f"it took {took:.2f} s, wanted {least:g} to {most:g} s")


class Answer:
    """`OK fence=17`: a status and what came with it, by key."""

    def __init__(self, line: str) -> None:
        self.line = line
        self.status, *pairs = line.split(" ")
        self.keys = dict(pair.partition("=")[::2] for pair in pairs)

    def __getitem__(self, key: str) -> str:
        if key not in self.keys:
            raise Failure(f"answer without {key}: {self.line}")
        return self.keys[key]

    def number(self, key: str) -> int:
        return int(self[key])

    def __str__(self) -> str:
        return self.line


class Actor:
    """One process with one client."""

    def __init__(self, program: str, url: str, namespace: str, timeout_ms: Optional[int] = None) -> None:
        environment = dict(os.environ)
        if timeout_ms is not None:
            environment["RUNNER_TIMEOUT_MS"] = str(timeout_ms)
        self.buffer = b""
        self.process = subprocess.Popen(
            [*LEASHED, program, url, namespace], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)

    def begin(self, request: str) -> None:
        """Asks, and does not wait for the answer."""
        assert self.process.stdin is not None
        self.process.stdin.write(request.encode() + b"\n")
        self.process.stdin.flush()

    def has_answer(self) -> bool:
        assert self.process.stdout is not None
        return b"\n" in self.buffer or bool(select.select([self.process.stdout], [], [], 0)[0])

    def answer(self, seconds: float = 30.0) -> Answer:
        """The answer to what was begun."""
        assert self.process.stdout is not None
        until = time.monotonic() + seconds
        while b"\n" not in self.buffer:
            left = until - time.monotonic()
            if left <= 0 or not select.select([self.process.stdout], [], [], left)[0]:
                raise Failure(f"no answer within {seconds:g} s")
            data = os.read(self.process.stdout.fileno(), 65536)
            if not data:
                raise Failure(f"the process has ended with {self.process.wait()}")
            self.buffer += data
        line, _, self.buffer = self.buffer.partition(b"\n")
        return Answer(line.decode())

    def ask(self, request: str, wanted: Optional[str] = None, seconds: float = 30.0) -> Answer:
        """Asks and waits for the answer, whose status must be `wanted` if that is given."""
        self.begin(request)
        return self.expect(wanted, seconds, request)

    def expect(self, wanted: Optional[str], seconds: float = 30.0, request: str = "what was begun") -> Answer:
        had = self.answer(seconds)
        if wanted is not None and had.status != wanted:
            raise Failure(f"{request} answers {had}, wanted {wanted}")
        return had

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def end(self) -> None:
        self.kill()
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                try:
                    stream.close()
                except BrokenPipeError:
                    pass


class Ring:
    """All that one test uses; ends with it."""

    def __init__(self, programs: Path) -> None:
        self.programs = programs
        self.folder = Path(tempfile.mkdtemp(prefix="distcoord-faults-"))
        self.servers: list[Server] = []
        self.proxies: list[Proxy] = []
        self.actors: list[Actor] = []
        self.watchers: dict[Server, Actor] = {}

    def server(self, durable: bool = False) -> Server:
        folder = self.folder / f"server-{len(self.servers)}"
        folder.mkdir()
        self.servers.append(Server(folder, durable))
        return self.servers[-1]

    def proxy(self) -> Proxy:
        """In front of the server made last."""
        folder = self.folder / f"proxy-{len(self.proxies)}"
        folder.mkdir()
        self.proxies.append(Proxy(folder, self.servers[-1].socket))
        return self.proxies[-1]

    def actor(self, url: Optional[str] = None, timeout_ms: Optional[int] = None, program: str = "runner") -> Actor:
        self.actors.append(Actor(str(self.programs / program), url or self.servers[-1].url, "faults", timeout_ms))
        return self.actors[-1]

    def waiting(self, request: str, count: int, key: str = "waiting") -> None:
        """Waits until a `show` or `counts` request tells of that many."""
        watcher = self.watcher()
        eventually(
            f"{request}: {key}={count}",
            lambda: (answer := watcher.ask(request)).status == "OK" and answer[key] == str(count))

    def watcher(self) -> Actor:
        """A process that only looks, straight at the server made last."""
        server = self.servers[-1]
        if server not in self.watchers:
            self.watchers[server] = self.actor(server.url)
        return self.watchers[server]

    def end(self) -> None:
        for actor in self.actors:
            actor.end()
        for proxy in self.proxies:
            proxy.close()
        for server in self.servers:
            server.kill()
        shutil.rmtree(self.folder, ignore_errors=True)
