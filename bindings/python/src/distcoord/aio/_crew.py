"""Threads for calls that may wait, made when there is work for them, gone when there is none for a while."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable
from typing import Optional

# Seconds for which a thread without work stays, so that a steady trickle of calls does not start one for each.
_IDLE_SECONDS = 5.0


class Crew:
    """Does work in threads, in the order in which it came; at most `most` at a time if that is given.

    The threads are daemons: what still waits when the interpreter exits is ended by the closing of its client then, and
    nobody waits for it. After fork the child begins with no threads and no work.
    """

    def __init__(self, name: str, most: Optional[int] = None) -> None:
        self._name = name
        self._most = most
        self._begin()
        os.register_at_fork(after_in_child=self._begin)

    def _begin(self) -> None:
        self._lock = threading.Lock()
        self._wake = threading.Condition(self._lock)
        self._work: deque[Callable[[], None]] = deque()
        self._idle = 0
        self._threads = 0

    def do(self, work: Callable[[], None]) -> None:
        """Has a thread do it. The work must not raise."""
        with self._lock:
            self._work.append(work)
            if self._idle >= len(self._work):
                self._wake.notify()
                return
            if self._most is not None and self._threads >= self._most:
                return
            self._threads += 1
        try:
            threading.Thread(target=self._serve, name=f"distcoord-{self._name}", daemon=True).start()
        except BaseException:
            with self._lock:
                self._threads -= 1
                if work in self._work:
                    self._work.remove(work)
            raise

    def _serve(self) -> None:
        while True:
            with self._lock:
                while not self._work:
                    self._idle += 1
                    woken = self._wake.wait(_IDLE_SECONDS)
                    self._idle -= 1
                    if not woken and not self._work:
                        self._threads -= 1
                        return
                work = self._work.popleft()
            work()
            del work  # it holds on to handles, which would stay until the next one comes


# Releases, extensions and questions, which the server answers at once: none of them waits for another party, and
# nothing that does is put before them. While the server is away each of them takes the client's command timeout.
calls = Crew("call", 32)

# Acquires that only try, and the cancelling of waits. They end by themselves as well, but may take longer: a try for a
# lock that somebody lingers on, a cancelled wait until it has left the line.
tries = Crew("try", 32)

# Waits for locks and the like, of which `_line` and `_watch` decide how many there are at a time; and what there are
# few of: a thread of each worker that claims, the ends of workers.
waits = Crew("wait")
