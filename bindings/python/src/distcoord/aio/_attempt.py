"""Calls of the library that an event loop waits for without being blocked by them."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from collections.abc import Callable, Hashable
from math import ceil
from typing import Any, Generic, Optional, Protocol, TypeVar

from .. import errors
from . import _crew
from ._line import line


class Returnable(Protocol):
    """What a wait may bring: a hold, or a claimed job."""

    def release(self) -> None:
        """Gives it back."""


H = TypeVar("H", bound=Returnable)
T = TypeVar("T")

# The library's cancel ends waits that have begun. One that is about to begin, in another thread, is cancelled by saying
# it again.
_AGAIN_SECONDS = 0.005


async def call(function: Callable[..., T], *arguments: Any) -> T:
    """Calls, in a thread, what takes at most the client's command timeout. When the task is cancelled the call goes
    on; what it answers is dropped."""
    return await call_in(_crew.calls, function, *arguments)


async def call_in(crew: _crew.Crew, function: Callable[..., T], *arguments: Any) -> T:
    """The same in a thread of that crew, for calls that may take longer."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def work() -> None:
        try:
            value = function(*arguments)
        except BaseException as error:
            tell(future.set_exception, error)
        else:
            tell(future.set_result, value)

    def tell(setter: Callable[[Any], None], value: Any) -> None:
        try:
            loop.call_soon_threadsafe(lambda: None if future.done() else setter(value))
        except RuntimeError:
            pass  # the loop is closed, and nobody asks any more

    crew.do(work)
    return await future


class Attempt(Generic[H]):
    """One acquire or claim, waited for by one task. Whatever becomes of the task, it ends with the hold, or the job, in
    the task's hands or given back."""

    def __init__(
        self, wants: Hashable, wait: Callable[[int], Optional[H]], cancel: Callable[[], None], wait_ms: int,
    ) -> None:
        """`wants`: the same for attempts that can only succeed one after the other (see `_line`). `wait`: waits so many
        milliseconds, in a thread, and returns the hold. `cancel`: ends that. `wait_ms`: for how long, negative for
        ever.
        """
        self.wants = wants
        self._wait = wait
        self._cancel = cancel
        self._wait_ms = wait_ms
        self._until = time.monotonic() + wait_ms / 1000
        self._loop = asyncio.get_running_loop()
        self._told: asyncio.Future[None] = self._loop.create_future()
        self._lock = threading.Lock()
        self._abandoned = False
        self._ended = False
        self._hold: Optional[H] = None
        self._error: Optional[BaseException] = None

    async def outcome(self) -> Optional[H]:
        """Waits for the hold; None when the time is over."""
        timer = None
        if self._wait_ms == 0:
            _crew.tries.do(self.run)
        else:
            line.enter(self)
            if self._wait_ms > 0:
                timer = self._loop.call_later(self._wait_ms / 1000, self._time_is_over)
        try:
            await asyncio.shield(self._told)
        except asyncio.CancelledError:
            await self._undo()
            raise
        except BaseException:  # the coroutine is closed: there is nothing to wait in any more
            if not sys.is_finalizing():  # when the interpreter goes, its clients are closed already
                self._abandon()
                self._insist()
            raise
        finally:
            if timer is not None:
                timer.cancel()
        if self._error is not None:
            raise self._error
        return self._hold

    def cancel(self) -> None:
        """Ends it with Cancelled, from any thread."""
        if line.withdraw(self):
            self.end(None, errors.Cancelled("the wait was cancelled"))
        else:
            self._insist()

    # ------------------------------------------------------------ in the thread that waits

    def run(self) -> None:
        """Waits; to be called in a thread, once."""
        hold = error = None
        if not self._abandoned:
            try:
                hold = self._wait(self._left_ms())
            except BaseException as raised:
                error = raised
        self.end(hold, error)

    def _left_ms(self) -> int:
        if self._wait_ms <= 0:
            return self._wait_ms
        return max(0, ceil((self._until - time.monotonic()) * 1000))

    def end(self, hold: Optional[H], error: Optional[BaseException]) -> None:
        """Notes the outcome and tells the task."""
        with self._lock:
            self._ended = True
            if not self._abandoned:
                self._hold, self._error, hold = hold, error, None
        if hold is not None:
            _give_back(hold)
        try:
            self._loop.call_soon_threadsafe(self._tell)
        except RuntimeError:  # the loop is closed, and the task with it
            kept = self._abandon()
            if kept is not None:
                _give_back(kept)

    # ------------------------------------------------------------ in the event loop

    def _tell(self) -> None:
        if not self._told.done():
            self._told.set_result(None)

    def _time_is_over(self) -> None:
        if line.withdraw(self):
            self.end(None, None)

    def _abandon(self) -> Optional[H]:
        """From now on nobody wants the hold; returns it when it has come already."""
        with self._lock:
            self._abandoned = True
            hold, self._hold = self._hold, None
        if line.withdraw(self):
            self.end(None, None)
        return hold

    async def _undo(self) -> None:
        """Leaves the line, or gives back what has come at this very moment. Further cancellations of the task do not
        shorten this: it lasts a round trip."""
        hold = self._abandon()
        while not self._ended:
            self._cancel()
            try:
                await asyncio.wait([self._told], timeout=_AGAIN_SECONDS)
            except asyncio.CancelledError:
                pass
        if hold is not None:
            try:
                await call(_give_back, hold)
            except asyncio.CancelledError:
                pass

    def _insist(self) -> None:
        def until_it_ends() -> None:
            while not self._ended:
                self._cancel()
                time.sleep(_AGAIN_SECONDS)

        _crew.tries.do(until_it_ends)


def _give_back(hold: Returnable) -> None:
    try:
        hold.release()
    except errors.DistcoordError:
        pass  # it is lost, or its lease frees it
