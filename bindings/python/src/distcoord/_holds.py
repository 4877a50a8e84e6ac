"""What one object holds at a time when it can be more than one thing, with who took it: a thread, or a task."""

from __future__ import annotations

import os
import select
import threading
from collections.abc import Callable, Hashable
from typing import Generic, Optional, TypeVar

from . import _lost
from ._held import Held

H = TypeVar("H", bound=Held)


class Holds(Generic[H]):
    """Holds in the order in which they were taken. As the handle of a `Lost` it stands for all of them: lost while any
    of them is."""

    __slots__ = ("_entries", "_epoll", "_lock", "_process", "__weakref__")

    def __init__(self) -> None:
        self._entries: list[tuple[Hashable, H]] = []
        self._lock = threading.Lock()
        self._epoll: Optional[select.epoll] = None
        self._process = 0

    def add(self, who: Hashable, hold: H) -> None:
        """Notes that `who` has taken it."""
        with self._lock:
            if self._epoll is not None:
                self._epoll.register(_lost.Lost(hold).fileno(), select.EPOLLIN)
            self._entries.append((who, hold))

    def newest(self, who: Hashable) -> Optional[H]:
        """What `who` has taken last and still has."""
        return next(reversed(self.of(who)), None)

    def of(self, who: Hashable) -> list[H]:
        """What `who` has taken, the newest last."""
        with self._lock:
            return [hold for taker, hold in self._entries if taker == who]

    def all(self) -> list[H]:
        """All of them, the newest last."""
        with self._lock:
            return [hold for _, hold in self._entries]

    def take(self, who: Hashable) -> Optional[H]:
        """Removes what `who` has taken last, and returns it."""
        with self._lock:
            for index in range(len(self._entries) - 1, -1, -1):
                if self._entries[index][0] == who:
                    return self._entries.pop(index)[1]
        return None

    def take_some(self, who: Hashable, choose: Callable[[list[H]], list[H]]) -> list[H]:
        """Removes and returns what the function chooses of all holds, which are given with the newest first, and with
        those of `who` before the others."""
        with self._lock:
            own = [hold for taker, hold in reversed(self._entries) if taker == who]
            others = [hold for taker, hold in reversed(self._entries) if taker != who]
            chosen = choose(own + others)
            gone = set(map(id, chosen))
            self._entries = [entry for entry in self._entries if id(entry[1]) not in gone]
            return chosen

    def remove(self, hold: H) -> bool:
        """Removes it; whether it was there."""
        with self._lock:
            before = len(self._entries)
            self._entries = [entry for entry in self._entries if entry[1] is not hold]
            return len(self._entries) < before

    def forget_lost(self, who: Hashable) -> None:
        """Drops what `who` has lost and never released."""
        with self._lock:
            self._entries = [(taker, hold) for taker, hold in self._entries if taker != who or not hold._is_lost()]

    def _is_held(self) -> bool:
        holds = self.all()
        return bool(holds) and not any(hold._is_lost() for hold in holds)

    def _is_lost(self) -> bool:
        return any(hold._is_lost() for hold in self.all())

    def _wait_lost(self, wait_ms: int) -> bool:
        return _lost.poll(self, wait_ms)

    def _event_fd(self) -> int:
        """An epoll over the descriptors of all; a child of fork would share its parent's, so it makes its own."""
        with self._lock:
            if self._epoll is None or self._process != os.getpid():
                self._epoll = select.epoll()
                self._process = os.getpid()
                for _, hold in self._entries:
                    self._epoll.register(_lost.Lost(hold).fileno(), select.EPOLLIN)
            return self._epoll.fileno()

    def __repr__(self) -> str:
        return repr(self.all())
