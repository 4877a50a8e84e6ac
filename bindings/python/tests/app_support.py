"""What the tests of tasks share: a module with an app, and worker programs that import it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Optional

from support import PATIENCE, Server, eventually, in_thread

import distcoord
from distcoord.app import App

MODULE = '''
import asyncio, ctypes, os, signal, threading, time
import distcoord
from pathlib import Path

app = distcoord.App()
HERE = Path(__file__).parent


def note(name, text):
    """A line in a file, for the test to see; whole, because it is short."""
    with open(HERE / name, "a") as file:
        file.write(f"{text}\\n")


@app.task
def double(x):
    return 2 * x


@app.task
def pid():
    return os.getpid()


@app.task
def until(name):
    """Works until the test makes a file of that name."""
    note(f"{name}.begun", os.getpid())
    while not (HERE / name).exists():
        time.sleep(0.01)
    return os.getpid()


@app.task(retries=5, backoff=0)
def dies(name):
    note(name, os.getpid())
    if distcoord.current_job().attempt == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return os.getpid()


@app.task
async def doubled(x):
    await asyncio.sleep(0.01)
    return 2 * x


@app.task(retries=0)
def holds_the_interpreter(seconds):
    note("held", os.getpid())
    ctypes.PyDLL(None).usleep(int(seconds * 1e6))
    return distcoord.current_job().attempt
'''


class WorkerProgram:
    """`python -m distcoord worker jobs:app` in a folder of its own."""

    def __init__(
        self, folder: Path, server: Optional[Server], namespace: str, *arguments: str, module: str = MODULE,
        target: str = "jobs:app",
    ) -> None:
        self.folder = folder
        if not (folder / "jobs.py").exists():
            (folder / "jobs.py").write_text(module)
        # Its output goes to a file, which never fills up and can be read while it runs.
        self.log = folder / f"log-{len(list(folder.glob('log-*')))}"
        environment = {
            **os.environ, "DISTCOORD_NAMESPACE": namespace, "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONPATH": os.path.dirname(os.path.dirname(os.path.abspath(distcoord.__file__)))}
        if server is not None:
            environment["DISTCOORD_URL"] = server.url
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-W", "error", "-m", "distcoord", "worker", target, *arguments], cwd=folder,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment, start_new_session=True)

    @property
    def said(self) -> str:
        """What it has written so far."""
        return self.log.read_text(errors="replace")

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def finish(self, timeout: float = PATIENCE) -> int:
        """Waits for the end; the exit status."""
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"it did not end within {timeout} s: {self.said}") from None

    def lines(self, name: str, count: int = 1) -> list[str]:
        """The lines that tasks have noted in a file, once there are so many."""
        path = self.folder / name

        def read() -> list[str]:
            lines = path.read_text().split("\n")[:-1] if path.exists() else []
            return lines if len(lines) >= count else []

        found: list[str] = eventually(read, f"{count} lines in {name}; the worker said: {self.said}", 2 * PATIENCE)
        return found

    def __enter__(self) -> WorkerProgram:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and waits for its parent does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in ("Z", "X")
    except (FileNotFoundError, ProcessLookupError):
        return False


@contextmanager
def working(app: App, **options: Any) -> Iterator[Any]:
    """A worker of the app in this process."""
    worker = app.worker(**{"grace": 0, **options})
    running = in_thread(worker.run)
    try:
        yield worker
    finally:
        worker.stop()
        worker.shutdown(0)
        running()
