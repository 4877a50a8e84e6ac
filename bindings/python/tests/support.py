"""What the tests share: a private server, child processes, waiting for conditions."""

from __future__ import annotations

import asyncio
import inspect
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Optional, TypeVar

T = TypeVar("T")

# Tests wait for conditions, never for times; this is only how long a broken one takes to fail.
PATIENCE = 20.0
# A lease that must hold although the machine stands still for a second or two, as shared ones do. Renewals come at a
# third of it, and so does what they tell.
KEPT = 3.0
# Within how many seconds a wait ends on a signal; a fifth of a second is promised, the rest is for a busy machine.
PROMPT = 1.0


def eventually(condition: Callable[[], Any], what: str, timeout: float = PATIENCE) -> Any:
    """Waits until the condition is true and returns its value."""
    end = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"did not happen within {timeout} s: {what}")
        time.sleep(0.005)


def sees_renewal(left: Callable[[], float]) -> None:
    """Waits until the lease whose rest `left` tells has been renewed: the rest grows again."""
    before = left()

    def grown() -> bool:
        nonlocal before
        now = left()
        has_grown, before = now > before, now
        return has_grown

    eventually(grown, "the lease is renewed")


def promptly(measure: Callable[[], float]) -> None:
    """Checks that what `measure` times is prompt. The machine may stand still meanwhile, but hardly each time."""
    took = [measure()]
    while min(took) >= PROMPT and len(took) < 3:
        took.append(measure())
    assert min(took) < PROMPT, f"it took {took} s"


class Server:
    """A redis-server on a unix socket in a folder of its own."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.folder = folder
        self.socket = folder / "redis.sock"
        self.arguments = arguments
        self.process: Optional[subprocess.Popen[bytes]] = None

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    def start(self) -> None:
        self.process = subprocess.Popen(
            ["redis-server", "--port", "0", "--unixsocket", str(self.socket), "--dir", str(self.folder),
             "--save", "", "--appendonly", "yes", "--appendfsync", "always", "--logfile", str(self.folder / "log"),
             *self.arguments],
            stdout=subprocess.DEVNULL)
        eventually(lambda: self.redis("PING") in ("PONG", "NOAUTH Authentication required."), "the server answers")

    def redis(self, *command: str) -> str:
        """What redis-cli prints for a command."""
        run = subprocess.run(
            ["redis-cli", "-s", str(self.socket), *command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True)
        return run.stdout.strip()

    def kill(self) -> None:
        """Ends it as a crash would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None
        if self.socket.exists():
            self.socket.unlink()

    stop = kill


class Child:
    """A Python process that runs a program and talks with the test in lines.

    The program finds `client`, connected to the server and namespace, `say(text)` and the modules it usually needs.
    """

    PRELUDE = """
import os, signal, sys, threading, time
import distcoord
def say(text):
    os.write(1, f"{text}\\n".encode())  # whole, also while a process that it has forked writes
client = distcoord.connect()
"""

    def __init__(self, server: Server, namespace: str, program: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-W", "error", "-c", self.PRELUDE + program],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={**os.environ, "DISTCOORD_URL": server.url, "DISTCOORD_NAMESPACE": namespace})

    def line(self) -> str:
        """The next line that the program says."""
        assert self.process.stdout is not None
        timer = threading.Timer(PATIENCE, self.process.kill)
        timer.start()
        try:
            text = self.process.stdout.readline()
        finally:
            timer.cancel()
        if not text:
            raise AssertionError(f"the child ended early: {self.errors()}")
        return text.strip()

    def expect(self, text: str) -> None:
        said = self.line()
        assert said == text, f"the child said {said!r} instead of {text!r}"

    def tell(self, text: str = "go") -> None:
        """Gives the program a line, for which it waits in `input()`."""
        assert self.process.stdin is not None
        self.process.stdin.write(text + "\n")
        self.process.stdin.flush()

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def finish(self, timeout: float = PATIENCE) -> int:
        """Waits for the end; the exit status."""
        return self.process.wait(timeout)

    def errors(self) -> str:
        """What it wrote to stderr; waits for its end."""
        self.process.kill()
        return self.process.communicate()[1]

    def __enter__(self) -> Child:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()


def in_thread(function: Callable[[], Any]) -> Callable[[], Any]:
    """Runs the function in a thread; calling what is returned waits for its result, or raises what it raised."""
    outcome: list[Any] = []

    def run() -> None:
        try:
            outcome.append((function(), None))
        except BaseException as error:
            outcome.append((None, error))

    thread = threading.Thread(target=run, daemon=True)
    thread.start()

    def result() -> Any:
        thread.join(PATIENCE)
        assert outcome, "the thread did not end"
        value, error = outcome[0]
        if error is not None:
            raise error
        return value

    return result


@contextmanager
def again_and_again(function: Callable[[], Any]) -> Iterator[None]:
    """Calls the function all the time, in a thread: for what ends a wait that may begin only a moment later."""
    over = threading.Event()

    def insist() -> None:
        while not over.wait(0.02):
            function()

    insisting = in_thread(insist)
    try:
        yield
    finally:
        over.set()
        insisting()


async def soon(condition: Callable[[], Any], what: str) -> Any:
    """Waits, in an event loop, until the condition is true and returns its value; it may be a coroutine function."""
    end = time.monotonic() + PATIENCE
    while True:
        value = condition()
        if inspect.isawaitable(value):
            value = await value
        if value:
            return value
        assert time.monotonic() < end, f"did not happen within {PATIENCE} s: {what}"
        await asyncio.sleep(0.005)


def run(main: Coroutine[Any, Any, T]) -> T:
    """Runs a coroutine in an event loop of its own, with a bound."""
    async def bounded() -> T:
        return await asyncio.wait_for(main, 3 * PATIENCE)

    return asyncio.run(bounded())
