"""What tasks take one by one: changes that are watched, and messages. Nothing waits in a thread for them: the event
loop waits for their descriptor, and a thread takes what is there."""

from __future__ import annotations

import asyncio
import os
import threading
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import Any, Generic, Optional, TypeVar
from weakref import WeakSet

from .. import _calls, errors
from .._handles import Handle
from .._watches import Polled, timed_out
from ._attempt import call

T = TypeVar("T")
Self = TypeVar("Self", bound="Stream[Any]")


class Stream(Generic[T]):
    """An asynchronous iterator over what is taken one by one. It begins with its first use, or with `async with` or
    `begin`, and ends when it was closed, or nothing came for its `timeout` seconds (-1: never).

    Nothing is lost when a task is cancelled while it waits: what had come already is the next one's.
    """

    __slots__ = ("_at_once", "_buffer", "_client", "_closed", "_lock", "_make", "_taking", "_timeout", "_waits",
                 "__weakref__")

    _taking: Optional[Polled[T]]

    def __init__(
        self, client: Handle, make: Callable[[], Polled[T]], timeout: Optional[float] = -1, at_once: int = 1,
    ) -> None:
        """`make`: begins it, in a thread. `at_once`: how many are taken in one turn of a thread at most."""
        _calls.wait_ms(timeout)
        self._client = client
        self._make = make
        self._timeout = timeout
        self._at_once = at_once
        self._taking = None
        self._closed = False
        self._lock = threading.Lock()
        self._buffer: deque[T] = deque()
        self._waits: dict[asyncio.Future[None], asyncio.AbstractEventLoop] = {}
        make_cancellable(self)

    async def begin(self) -> None:
        """Begins it, if it has not."""
        if self._taking is None:
            await call(self._begin)

    def _begin(self) -> Polled[T]:
        with self._lock:
            if self._closed:
                raise self._over()
            if self._taking is None:
                self._taking = self._make()
            return self._taking

    def _over(self) -> errors.DistcoordError:
        return errors.Closed(f"{self!r} was closed")

    async def _next(self, wait_ms: int) -> Optional[tuple[T]]:
        """What comes within that time; None when nothing did."""
        loop = asyncio.get_running_loop()
        until = None if wait_ms < 0 else loop.time() + wait_ms / 1000
        while True:
            if self._buffer:
                return (self._buffer.popleft(),)
            await call(self._take)
            if self._buffer:
                continue
            left = None if until is None else until - loop.time()
            if left is not None and left <= 0:
                return None
            await self._readable(left)

    def _take(self) -> None:
        """In a thread: takes what is there. It stays here when the task that asked was cancelled meanwhile."""
        taking = self._begin()
        for _ in range(self._at_once):
            found = taking._next(0)
            if found is None:
                return
            self._buffer.append(found[0])

    async def _readable(self, seconds: Optional[float]) -> None:
        """Waits until there may be something to take, at most so long."""
        loop = asyncio.get_running_loop()
        taking = self._begin()
        # A descriptor has one reader in a loop; its copy is ours alone, and open for as long as the loop knows it.
        descriptor = os.dup(taking.fileno())
        readable: asyncio.Future[None] = loop.create_future()

        def see() -> None:
            loop.remove_reader(descriptor)
            if not readable.done():
                readable.set_result(None)

        loop.add_reader(descriptor, see)
        self._waits[readable] = loop
        try:
            await asyncio.wait([readable], timeout=seconds)
            if readable.done():
                readable.result()
        finally:
            self._waits.pop(readable, None)
            readable.cancel()
            loop.remove_reader(descriptor)
            os.close(descriptor)

    def cancel(self) -> None:
        """Ends the waits in progress, each with Cancelled, from any thread. Later calls are not affected."""
        self._end_waits(errors.Cancelled("the wait was cancelled"))

    def _end_waits(self, error: BaseException) -> None:
        for waiting, loop in list(self._waits.items()):
            tell(loop, waiting, error)

    async def close(self) -> None:
        """Ends it, and the waits in progress; its iteration is over then. Closing twice is allowed."""
        await call(self._close)

    def _close(self) -> None:
        with self._lock:
            self._closed = True
            taking, self._taking = self._taking, None
        if taking is not None:
            taking.close()
        self._end_waits(self._over())

    async def __aenter__(self: Self) -> Self:
        await self.begin()
        return self

    async def __aexit__(
        self, kind: Optional[type[BaseException]], value: Optional[BaseException], trace: Optional[TracebackType],
    ) -> None:
        await self.close()

    def __aiter__(self: Self) -> Self:
        return self

    async def __anext__(self) -> T:
        try:
            taken = await self._next(_calls.wait_ms(self._timeout))
        except errors.Closed:
            if self._closed:
                raise StopAsyncIteration from None
            raise
        if taken is None:
            raise StopAsyncIteration
        return taken[0]

    def __repr__(self) -> str:
        taking = self._taking
        if taking is None:
            return f"<distcoord.aio.{type(self).__name__}{' closed' if self._closed else ''}>"
        return repr(taking).replace("distcoord.", "distcoord.aio.", 1)


class Watch(Stream[T]):
    """An asynchronous iterator over what is there and then over each change: see `distcoord.Watch`."""

    __slots__ = ()

    async def next(self, timeout: Optional[float] = -1) -> T:
        """The next change, waiting at most `timeout` seconds for it: -1 (or None) for ever, 0 looks once. Raises
        WatchTimeout (also a TimeoutError) when there was none, Cancelled, Closed, ServerErrors.
        """
        taken = await self._next(_calls.wait_ms(timeout))
        if taken is None:
            raise timed_out(repr(self), timeout)
        return taken[0]


def tell(loop: asyncio.AbstractEventLoop, waiting: asyncio.Future[None], error: Optional[BaseException]) -> None:
    """Ends a wait of a task from any thread."""
    def end() -> None:
        if waiting.done():
            return
        if error is None:
            waiting.set_result(None)
        else:
            waiting.set_exception(error)

    try:
        loop.call_soon_threadsafe(end)
    except RuntimeError:
        pass  # the loop is closed, and nobody asks any more


# What tasks wait for without being in a call of the library: each has a `_client` and a `cancel`.
_cancellable: WeakSet[Any] = WeakSet()
_lock = threading.Lock()


def make_cancellable(each: Any) -> None:
    """Has the cancelling of its client's waits end its own, too."""
    with _lock:
        _cancellable.add(each)


def cancel_all_of(client: Handle) -> None:
    """Ends the waits of a client whose waits are cancelled, or which closes."""
    with _lock:
        found = [each for each in _cancellable if each._client is client]
    for each in found:
        each.cancel()


def _begin() -> None:
    global _lock
    _lock = threading.Lock()  # a thread of the parent may have had it


os.register_at_fork(after_in_child=_begin)
