"""Worker processes: starts them, starts those anew that die, passes signals on, and leaves none behind.

Each is started afresh, not forked: it imports the app itself, so it has its own client, and nothing that the import
started, threads above all, was started before a fork. Each is in a session of its own, so that Ctrl-C in a terminal
reaches it once, from here. When this process is killed they end too: the kernel tells them.
"""

from __future__ import annotations

import ctypes
import logging
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Optional

from ._status import NEVER_CURED, SOFTWARE

READY_FD = "DISTCOORD_WORKER_READY_FD"
PARENT = "DISTCOORD_WORKER_PARENT"

_QUICK = 1.0  # who dies so soon after it was ready, or before, has not worked
_MOST_QUICK = 5
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 5.0
_KILL_AFTER = 5.0  # beyond the grace
_PR_SET_PDEATHSIG = 1

_logger = logging.getLogger("distcoord.worker")


class _Child:
    """A place for one worker process, and the process in it."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.process: Optional[subprocess.Popen[bytes]] = None
        self.ready_fd = -1
        self.ready_at: Optional[float] = None
        self.quick_deaths = 0
        self.start_at = 0.0
        self.finished = False

    @property
    def runs(self) -> bool:
        return self.process is not None

    def start(self, command: Sequence[str]) -> None:
        self.ready_fd, write_end = os.pipe()
        os.set_blocking(self.ready_fd, False)
        self.ready_at = None
        try:
            self.process = subprocess.Popen(
                command, pass_fds=(write_end,), start_new_session=True, stdin=subprocess.DEVNULL,
                env={**os.environ, READY_FD: str(write_end), PARENT: str(os.getpid())})
        except BaseException:
            os.close(self.ready_fd)
            raise
        finally:
            os.close(write_end)

    def signal(self, number: int) -> None:
        if self.process is not None:
            self.process.send_signal(number)  # does nothing once it has been waited for

    def pause(self) -> float:
        """Seconds before the next start, after so many quick deaths."""
        return min(_FIRST_PAUSE * 2 ** (self.quick_deaths - 1), _LONGEST_PAUSE) if self.quick_deaths else 0.0


class Supervisor:
    """Keeps worker processes running until it is told to stop."""

    def __init__(self, command_of: Callable[[int], Sequence[str]], processes: int, grace: float, burst: bool) -> None:
        """`command_of`: the command of the n-th process. `burst`: they end by themselves, and are not started anew."""
        self._command_of = command_of
        self._children = [_Child(number) for number in range(1, processes + 1)]
        self._grace = grace
        self._burst = burst
        self._signals = 0
        self._status = 0
        self._stopping = False
        self._kill_at: Optional[float] = None
        self._selector = selectors.DefaultSelector()

    def run(self) -> int:
        """Runs until all processes have ended; the exit status."""
        wake_read, wake_write = os.pipe()
        os.set_blocking(wake_read, False)
        os.set_blocking(wake_write, False)
        handled = [signal.SIGTERM, signal.SIGINT, signal.SIGCHLD, signal.SIGUSR1, signal.SIGTSTP, signal.SIGUSR2]
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # by nohup
            handled.append(signal.SIGHUP)
        before = {number: signal.signal(number, self._on_signal) for number in handled}
        wakeup_before = signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
        self._selector.register(wake_read, selectors.EVENT_READ)
        try:
            while True:
                self._reap()
                if self._is_over():
                    return self._status
                self._start_due()
                for key, _ in self._selector.select(self._pause()):
                    if key.fd == wake_read:
                        os.read(wake_read, 4096)
                    else:
                        self._on_ready(key.data)
        finally:
            signal.set_wakeup_fd(wakeup_before)
            for number, handler in before.items():
                signal.signal(number, handler)
            for child in self._children:
                child.signal(signal.SIGKILL)
                if child.process is not None:
                    child.process.wait()
                self._close_ready(child)
            self._selector.close()
            os.close(wake_read)
            os.close(wake_write)

    # ------------------------------------------------------------ signals

    def _on_signal(self, number: int, _frame: object) -> None:
        if number == signal.SIGCHLD:
            return  # it woke the loop
        if number in (signal.SIGUSR1, signal.SIGUSR2, signal.SIGTSTP):
            for child in self._children:
                if child.ready_at is not None:  # else it would end by that
                    child.signal(number)
                elif number != signal.SIGUSR2:
                    child.signal(signal.SIGTERM)
            self._stopping = self._stopping or number != signal.SIGUSR2
            return
        self._signals += 1
        self._stop(0 if self._signals == 1 else 128 + number, self._grace if self._signals == 1 else 0)

    def _stop(self, status: int, grace: float) -> None:
        """Has all end: with grace the first time it is asked, at once the second."""
        if not self._stopping:
            _logger.info("stopping %d processes, within %g s", sum(child.runs for child in self._children), grace)
        self._stopping = True
        self._status = status or self._status
        self._kill_at = time.monotonic() + grace + _KILL_AFTER
        self._tell(signal.SIGTERM)

    def _tell(self, number: int) -> None:
        for child in self._children:
            child.signal(number)

    # ------------------------------------------------------------ children

    def _start_due(self) -> None:
        now = time.monotonic()
        for child in self._children:
            if not child.runs and not child.finished and not self._stopping and child.start_at <= now:
                child.start(self._command_of(child.number))
                self._selector.register(child.ready_fd, selectors.EVENT_READ, child)

    def _on_ready(self, child: _Child) -> None:
        with suppress(BlockingIOError):
            if os.read(child.ready_fd, 1):
                child.ready_at = time.monotonic()
        self._close_ready(child)

    def _close_ready(self, child: _Child) -> None:
        if child.ready_fd >= 0:
            self._selector.unregister(child.ready_fd)
            os.close(child.ready_fd)
            child.ready_fd = -1

    def _reap(self) -> None:
        for child in self._children:
            if child.process is not None and child.process.poll() is not None:
                status = child.process.returncode
                child.process = None
                if child.ready_fd >= 0:
                    self._on_ready(child)  # it may have been ready just before
                self._ended(child, status)

    def _ended(self, child: _Child, status: int) -> None:
        how = f"by signal {-status}" if status < 0 else f"with status {status}"
        if self._stopping or self._burst and status == 0:
            child.finished = True
            # One that was told to end before it had begun ends by the signal itself.
            if status not in (0, -signal.SIGTERM) and not self._status:
                self._status = SOFTWARE if status < 0 else status
            return
        was_ready = child.ready_at is not None
        if not was_ready and status in NEVER_CURED:
            self._stop(status, self._grace)
            return
        if child.ready_at is not None and time.monotonic() - child.ready_at >= _QUICK:
            child.quick_deaths = 0
        else:
            child.quick_deaths += 1
        if child.quick_deaths >= _MOST_QUICK:
            _logger.error("process %d ended %s, %d times in a row at once; giving up", child.number, how,
                          child.quick_deaths)
            self._stop(SOFTWARE if status <= 0 else status, self._grace)
            return
        pause = child.pause()
        child.start_at = time.monotonic() + pause
        _logger.warning("process %d ended %s; another one starts%s", child.number, how,
                        f" in {pause:g} s" if pause else "")

    def _is_over(self) -> bool:
        if any(child.runs for child in self._children):
            return False
        return self._stopping or all(child.finished for child in self._children)

    def _pause(self) -> Optional[float]:
        """How long to sleep at most: to the next start, or to where patience ends."""
        now = time.monotonic()
        if self._stopping and self._kill_at is not None:
            if now >= self._kill_at:
                _logger.error("killing what has not ended")
                self._tell(signal.SIGKILL)
                self._kill_at = now + _KILL_AFTER
            return self._kill_at - now
        if self._stopping:
            return None
        due = [child.start_at for child in self._children if not child.runs and not child.finished]
        return max(min(due) - now, 0.0) if due else None


def be_child() -> None:
    """In a process that a supervisor started: to end with it."""
    parent = os.environ.pop(PARENT, None)
    if parent is None:
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != int(parent):  # it was gone before the kernel knew
        os.kill(os.getpid(), signal.SIGTERM)


def say_ready() -> None:
    """In a process that a supervisor started: it works now."""
    number = os.environ.pop(READY_FD, None)
    if number is not None:
        os.write(int(number), b"\n")
        os.close(int(number))
