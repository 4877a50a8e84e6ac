"""Waits that any number of tasks may be in at the same time, because what comes is for all who look: results, batches,
events.

Up to `THREADS` of them in a process have a thread each, in which the library waits. The others are looked at in turn by
one further thread, at most every twentieth of a second, until a thread is free for them: a task that waits for many
results learns of each somewhat later then, but none can keep another from being seen, whatever they wait for.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading
import time
from collections.abc import Callable
from math import ceil
from typing import Any, Generic, Optional, TypeVar

from .. import errors
from . import _crew

T = TypeVar("T")

THREADS = 256
_TURN_SECONDS = 0.05
_AGAIN_SECONDS = 0.005


class Watch(Generic[T]):
    """One wait of one task."""

    def __init__(self, look: Callable[[int], T], cancel: Callable[[], None], wait_ms: int) -> None:
        """`look`: waits so many milliseconds, in a thread; it raises ResultTimeout, BatchTimeout or WatchTimeout when
        there is nothing to see by then. `cancel`: ends that. `wait_ms`: for how long, negative for ever.
        """
        self._look = look
        self._cancel = cancel
        self._wait_ms = wait_ms
        self._until = time.monotonic() + wait_ms / 1000
        self._loop = asyncio.get_running_loop()
        self._told: asyncio.Future[T] = self._loop.create_future()
        self._abandoned = False
        self._ended = False

    async def outcome(self) -> T:
        """Waits for it."""
        if self._wait_ms == 0:
            _crew.tries.do(self.run)
        else:
            _watches.enter(self)
        timer = self._loop.call_later(self._wait_ms / 1000, self._time_is_over) if self._wait_ms > 0 else None
        try:
            return await self._told
        except asyncio.CancelledError:
            self.abandon()
            raise
        except GeneratorExit:  # the coroutine is closed, and its loop perhaps as well
            if not sys.is_finalizing():
                self.abandon()
            raise
        finally:
            if timer is not None:
                timer.cancel()

    def cancel(self) -> None:
        """Ends it with Cancelled, from any thread."""
        if _watches.withdraw(self):
            self._tell(None, errors.Cancelled("the wait was cancelled"))
        else:
            self._insist()

    def abandon(self) -> None:
        """Nobody waits any more."""
        self._abandoned = True
        if not _watches.withdraw(self) and not self._ended:
            self._insist()

    # ------------------------------------------------------------ in a thread

    def run(self) -> None:
        """Waits for the rest of its time; to be called once."""
        left = self._wait_ms
        if left > 0:
            left = max(0, ceil((self._until - time.monotonic()) * 1000))
        value: Optional[T] = None
        error: Optional[BaseException] = None
        try:
            if not self._abandoned:
                value = self._look(left)
        except BaseException as raised:
            error = raised
        self._ended = True
        self._tell(value, error)

    def glance(self) -> bool:
        """Looks once; returns whether there was something to see."""
        try:
            value = self._look(0)
        except (errors.ResultTimeout, errors.BatchTimeout, errors.WatchTimeout):
            return False
        except BaseException as error:
            self._tell(None, error)
        else:
            self._tell(value, None)
        return True

    def _tell(self, value: Any, error: Optional[BaseException]) -> None:
        def set_() -> None:
            if self._told.done():
                return
            if error is not None:
                self._told.set_exception(error)
            else:
                self._told.set_result(value)

        try:
            self._loop.call_soon_threadsafe(set_)
        except RuntimeError:
            pass  # the loop is closed, and nobody asks any more

    def _time_is_over(self) -> None:
        if _watches.withdraw(self):
            self._wait_ms = 0
            _crew.tries.do(self.run)  # a last look, which says as what it ends

    def _insist(self) -> None:
        # The library's cancel ends waits that have begun; one that is about to begin has to be told again.
        def until_it_ends() -> None:
            while not self._ended:
                self._cancel()
                time.sleep(_AGAIN_SECONDS)

        _crew.tries.do(until_it_ends)


class _Watches:
    """The waits of this process."""

    def __init__(self) -> None:
        self._begin()
        os.register_at_fork(after_in_child=self._begin)

    def _begin(self) -> None:
        self._lock = threading.Lock()
        self._threads = 0
        self._queued: dict[Watch[Any], None] = {}
        self._looking = False

    def enter(self, watch: Watch[Any]) -> None:
        """Gives it a thread, or has it looked at in turn."""
        with self._lock:
            has_thread = self._threads < THREADS
            if has_thread:
                self._threads += 1
            else:
                self._queued[watch] = None
                if self._looking:
                    return
                self._looking = True
        try:
            _crew.waits.do((lambda: self._serve(watch)) if has_thread else self._look_around)
        except BaseException:  # the system has no thread left
            with self._lock:
                if has_thread:
                    self._threads -= 1
                else:
                    self._looking = False
                    self._queued.pop(watch, None)
            raise

    def withdraw(self, watch: Watch[Any]) -> bool:
        """Takes it out again; false when it has a thread, or has ended."""
        with self._lock:
            return self._queued.pop(watch, self) is None

    def _serve(self, watch: Watch[Any]) -> None:
        following: Optional[Watch[Any]] = watch
        while following is not None:
            following.run()
            with self._lock:
                following = next(iter(self._queued), None)
                if following is None:
                    self._threads -= 1
                else:
                    del self._queued[following]

    def _look_around(self) -> None:
        """Looks at all that have no thread, again and again while there are any."""
        while True:
            began = time.monotonic()
            with self._lock:
                turn = list(self._queued)
                if not turn:
                    self._looking = False
                    return
            for watch in turn:
                # What has got a thread meanwhile is seen by that as well, and told once.
                if watch in self._queued and watch.glance():
                    self.withdraw(watch)
            time.sleep(max(0.0, began + _TURN_SECONDS - time.monotonic()))


_watches = _Watches()


class Watching:
    """A handle whose waits are watches."""

    __slots__ = ("_watches",)

    def __init__(self) -> None:
        self._watches: set[Watch[Any]] = set()

    async def _watch(self, look: Callable[[int], T], cancel: Callable[[], None], wait_ms: int) -> T:
        """See `Watch`."""
        watch = Watch(look, cancel, wait_ms)
        self._watches.add(watch)
        try:
            return await watch.outcome()
        finally:
            self._watches.discard(watch)

    async def _see(self, look: Callable[[int], bool], cancel: Callable[[], None], wait_ms: int) -> bool:
        """The same for looks whose answer is whether it is there."""
        def see(ms: int) -> bool:
            if not look(ms):
                raise errors.WatchTimeout
            return True

        try:
            return await self._watch(see, cancel, wait_ms)
        except errors.WatchTimeout:
            return False

    def cancel(self) -> None:
        """Ends the waits in progress on this handle, each with Cancelled. Later calls are not affected."""
        for watch in list(self._watches):
            watch.cancel()
