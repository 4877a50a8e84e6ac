"""Which of the tasks that wait have a thread of their own, in which the library stands in the server's line for them.

A wait occupies a thread, so there has to be a bound; and a plain bound would be a trap: the holder of a lock that needs
a second one would stand behind all who wait for the first, for ever. Therefore:

- Up to `THREADS` tasks of the process wait in the server's lines at a time, each in a thread. Up to that many the order
  of arrival is what it is without asyncio.
- Above that number tasks wait here, and move up in order when a thread is free. But of those that want the same thing
  one always has a thread, even above the number. Those behind it want what it wants and could not have it before it, so
  nobody waits for a thread who could go on with one.
- Releases never stand in any of these lines (`_crew.calls`), nor does an owner who acquires again what it holds, nor an
  acquire that only tries (`_crew.tries`).
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Hashable
from typing import TYPE_CHECKING, Any, Optional

from . import _crew

if TYPE_CHECKING:
    from ._attempt import Attempt as _Attempt

    Attempt = _Attempt[Any]

THREADS = 256
"""So many waiting threads a process has at most, plus one for each further thing that is waited for. Each costs some
tens of kilobytes of memory and no time."""


class Line:
    """The waits of this process."""

    def __init__(self) -> None:
        self._begin()
        os.register_at_fork(after_in_child=self._begin)

    def _begin(self) -> None:
        self._lock = threading.Lock()
        self._running = 0
        self._running_for: dict[Hashable, int] = {}
        # Those without a thread, in order of arrival, all together and by what they want.
        self._queued: dict[Attempt, None] = {}
        self._queued_for: dict[Hashable, deque[Attempt]] = {}

    def enter(self, attempt: Attempt) -> None:
        """Gives it a thread now or later."""
        with self._lock:
            if attempt.wants in self._running_for and (self._running >= THREADS or attempt.wants in self._queued_for):
                self._queued[attempt] = None
                self._queued_for.setdefault(attempt.wants, deque()).append(attempt)
                return
            self._count(attempt, 1)
        try:
            _crew.waits.do(lambda: self._serve(attempt))
        except BaseException as error:  # the system has no thread left
            for failed in [attempt, *self._left_without_thread(attempt)]:
                failed.end(None, error)

    def withdraw(self, attempt: Attempt) -> bool:
        """Takes it out again; false when it has got its thread."""
        with self._lock:
            if attempt not in self._queued:
                return False
            self._unqueue(attempt)
            return True

    def _serve(self, attempt: Attempt) -> None:
        """Waits for one after the other in the same thread: another one could fall behind those that begin later."""
        following: Optional[Attempt] = attempt
        while following is not None:
            following.run()
            following = self._next_after(following)

    def _next_after(self, attempt: Attempt) -> Optional[Attempt]:
        """Its wait is over: its place goes to the one that is returned."""
        with self._lock:
            self._count(attempt, -1)
            same = self._queued_for.get(attempt.wants)
            if same and attempt.wants not in self._running_for:
                following = same[0]
            elif self._queued and self._running < THREADS:
                following = next(iter(self._queued))
            else:
                return None
            self._unqueue(following)
            self._count(following, 1)
            return following

    def _left_without_thread(self, attempt: Attempt) -> list[Attempt]:
        """Takes out those who have come behind one that got no thread, when no other wants the same."""
        with self._lock:
            self._count(attempt, -1)
            behind = [] if attempt.wants in self._running_for else list(self._queued_for.get(attempt.wants, ()))
            for each in behind:
                self._unqueue(each)
            return behind

    def _count(self, attempt: Attempt, change: int) -> None:
        self._running += change
        number = self._running_for.get(attempt.wants, 0) + change
        if number:
            self._running_for[attempt.wants] = number
        else:
            del self._running_for[attempt.wants]

    def _unqueue(self, attempt: Attempt) -> None:
        del self._queued[attempt]
        same = self._queued_for[attempt.wants]
        same.remove(attempt)
        if not same:
            del self._queued_for[attempt.wants]


line = Line()
