"""Running something while this process leads: on winning it begins, on losing it is told to stop, and the process
stands for election again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Optional, TypeVar

from .. import _calls, _lost, errors
from .._insisting import insist
from .._leased import Leased

T = TypeVar("T")

_AGAIN_SECONDS = 0.01
_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 2.0


class Run:
    """One run of an election, and whether it is to end."""

    __slots__ = ("stopping", "waits")

    def __init__(self) -> None:
        # Plain values, because they are set from signal handlers, where a lock could be the interrupted one's.
        self.stopping = False
        self.waits: list[None] = []


class Leadership:
    """One leadership, as what runs under it sees it: its `term`, whether it is to stop, and when it is lost."""

    __slots__ = ("_election", "_run", "term", "__weakref__")

    term: int
    """Number of the leadership, the fencing number for what the leader writes."""

    def __init__(self, election: Leading, run: Run) -> None:
        self._election = election
        self._run = run
        self.term = election._term()

    @property
    def lost(self) -> _lost.Lost:
        """The event that it was lost. It is set in good time before anybody else can lead."""
        return _lost.Lost(self)

    @property
    def stop_requested(self) -> bool:
        """Whether what runs under it is to stop: it is lost or given up, or the election's `cancel` was called."""
        return self._run.stopping or not self._is_held()

    def wait(self, timeout: Optional[float] = -1) -> bool:
        """Waits until it is to stop, at most `timeout` seconds; returns whether it is: `while not leadership.wait(5):`
        does something every 5 seconds."""
        self._wait_lost(_calls.wait_ms(timeout))
        return self.stop_requested

    def resign(self) -> None:
        """Stands down; the next candidate leads at once. See `Election.resign`."""
        self._election._give_back()

    def _is_held(self) -> bool:
        return self._election._is_held() and self._election._term() == self.term

    def _is_lost(self) -> bool:
        return self._election._is_lost() or self._election._term() != self.term

    def _wait_lost(self, wait_ms: int) -> bool:
        with waiting(self._run):
            if self._is_held() and not self._run.stopping:
                self._election._wait_lost(wait_ms)
        return self._is_lost()

    def _event_fd(self) -> int:
        return self._election._event_fd()

    def __repr__(self) -> str:
        state = "" if self._is_held() else ", over"
        return f"<distcoord.Leadership of {self._election.name!r}, term {self.term}{state}>"


@contextmanager
def waiting(run: Run) -> Iterator[None]:
    """Around waits that the election's `cancel` ends without an error. Inside, whether it is to end is asked before
    the wait begins: it is either seen then, or by who ends the waits."""
    run.waits.append(None)
    try:
        yield
    except errors.Cancelled:
        if not run.stopping:
            raise
    finally:
        run.waits.pop()


class Leading(Leased):
    """The part of an election that runs things while it leads."""

    __slots__ = ()

    _runs: list[Run]

    def _term(self) -> int:
        raise NotImplementedError

    def campaign(self, timeout: Optional[float] = -1) -> bool:
        raise NotImplementedError

    def run(
        self, on_acquired: Optional[Callable[[Leadership], object]] = None,
        on_lost: Optional[Callable[[Leadership], object]] = None,
    ) -> None:
        """Campaigns again and again until `cancel`; calls `on_acquired(leadership)` on each win and
        `on_lost(leadership)` on each end of a leadership, one after the other on this thread.

        Every `on_acquired` is followed by one `on_lost`, and the leadership is handed over only when that has returned.
        When it was lost (`leadership.lost` is set) the library leaves the step-down time before anybody else can win:
        as long as both return within that, no two processes are between the two at once. While the server is away this
        waits and goes on. An exception of either ends the run, after `on_lost`.
        """
        with self._running() as run:
            for leadership in iter(lambda: self._next_leadership(run), None):
                try:
                    if on_acquired is not None:
                        on_acquired(leadership)
                    leadership.wait()
                finally:
                    self._end(leadership, on_lost)

    def run_while_leader(self, function: Callable[[Leadership], T]) -> Optional[T]:
        """Calls `function(leadership)` on winning. When it returns while this process leads still, resigns and returns
        what it returned; when the leadership was lost or resigned meanwhile, campaigns and calls it again. Returns
        None after `cancel`.

        The function is told to stop by `leadership.stop_requested` and `leadership.wait`; it should return within the
        step-down time then. What it raises goes on, after resigning.
        """
        with self._running() as run:
            for leadership in iter(lambda: self._next_leadership(run), None):
                over = False
                try:
                    value = function(leadership)
                    over = leadership.stop_requested
                finally:
                    self._end(leadership, None)
                if not over:
                    return value
        return None

    def cancel(self) -> None:
        """Ends the waits in progress on this handle, each with Cancelled, and its runs. Later calls are not affected.
        """
        runs = list(self._runs)
        for run in runs:
            run.stopping = True
        super().cancel()
        if runs:
            insist(super().cancel, lambda: not any(run.waits for run in runs))

    @contextmanager
    def _running(self) -> Iterator[Run]:
        run = Run()
        self._runs.append(run)
        try:
            yield run
        finally:
            self._runs.remove(run)

    def _next_leadership(self, run: Run) -> Optional[Leadership]:
        """Waits for the next leadership, through outages; None when the run is to end."""
        pause = _FIRST_PAUSE
        while not run.stopping:
            try:
                with waiting(run):
                    if not run.stopping:
                        self.campaign()
                        return Leadership(self, run)
            except errors.ServerError as error:
                if not error.retriable:
                    raise
                until = time.monotonic() + pause
                pause = min(pause * 2, _LONGEST_PAUSE)
                while time.monotonic() < until and not run.stopping:
                    time.sleep(_AGAIN_SECONDS)
        return None

    def _end(self, leadership: Leadership, told: Optional[Callable[[Leadership], Any]]) -> None:
        """The end of a leadership: tells of it, and gives it up if it still holds."""
        try:
            if told is not None:
                told(leadership)
        finally:
            if leadership._is_held():
                try:
                    self._give_back()
                except errors.DistcoordError:
                    pass  # lost at this very moment, or the server is away: the lease ends it
