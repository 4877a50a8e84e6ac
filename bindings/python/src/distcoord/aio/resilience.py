"""Circuit breakers and rate limiters for tasks."""

from __future__ import annotations

import asyncio
import functools
import inspect
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import TYPE_CHECKING, Any, Optional, TypeVar
from weakref import WeakKeyDictionary

from .. import _calls, errors
from .._handles import Handle
from ..resilience import breaker as _sync
from ..resilience import limiter as _sync_limiter
from ._attempt import Attempt, call
from ._owners import current_task
from ._spare import Handles
from ._stream import Watch
from ._waiting import Waiting

if TYPE_CHECKING:
    from typing_extensions import ParamSpec

    P = ParamSpec("P")

R = TypeVar("R")


class _Allowed:
    """That a call may be made; nobody makes it when its task is cancelled by then."""

    def __init__(self, breaker: _sync.Breaker) -> None:
        self._breaker = breaker
        self.permit = breaker.allow()

    def release(self) -> None:
        """Says that it was not made."""
        self._breaker.report(self.permit, asyncio.CancelledError())


class Breaker:
    """A circuit breaker, for asyncio: `await breaker.call(function, ...)`, `@breaker` on a coroutine function, or
    `async with breaker:`. A call that is cancelled does not count. See `distcoord.Breaker`.
    """

    __slots__ = ("_blocks", "_breaker", "__weakref__")

    def __init__(self, client: Handle, name: str, options: _sync.BreakerOptions = _sync.BreakerOptions()) -> None:
        self._hold(_sync.Breaker(client, name, options))

    @classmethod
    def _of(cls, breaker: _sync.Breaker) -> Breaker:
        """The twin of one that is there."""
        twin = cls.__new__(cls)
        twin._hold(breaker)
        return twin

    def _hold(self, breaker: _sync.Breaker) -> None:
        self._breaker = breaker
        self._blocks: WeakKeyDictionary[asyncio.Task[Any], list[int]] = WeakKeyDictionary()

    # In a thread only when it may wait for the server: closed, a breaker answers faster than a thread begins.

    async def allow(self) -> int:
        """Asks whether a call may be made; if so, it must be reported: see `distcoord.Breaker.allow`."""
        breaker = self._breaker
        if breaker._is_quick():
            return breaker.allow()
        allowed = await Attempt(object(), lambda ms: _Allowed(breaker), lambda: None, 0).outcome()
        assert allowed is not None
        return allowed.permit

    async def report(self, permit: int, failure: Optional[BaseException] = None) -> None:
        """Tells how an allowed call has ended: see `distcoord.Breaker.report`. When the task is cancelled meanwhile the
        telling goes on."""
        if self._breaker._is_quick():
            self._breaker.report(permit, failure)
        else:
            await call(self._breaker.report, permit, failure)

    async def call(self, function: Callable[P, Awaitable[R]], *args: P.args, **kwargs: P.kwargs) -> R:
        """Calls the coroutine function if the breaker allows it: see `distcoord.Breaker.call`."""
        async with self:
            return await function(*args, **kwargs)

    def __call__(self, function: Callable[P, Awaitable[R]]) -> Callable[P, Awaitable[R]]:
        """As a decorator: each call of the coroutine function is a call through the breaker."""
        if not inspect.iscoroutinefunction(function):
            raise TypeError(f"{getattr(function, '__qualname__', function)!r} is no coroutine function")

        @functools.wraps(function)
        async def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            return await self.call(function, *args, **kwargs)

        return guarded

    async def __aenter__(self) -> Breaker:
        permit = await self.allow()
        task: Any = current_task()
        self._blocks.setdefault(task, []).append(permit)
        return self

    async def __aexit__(
        self, kind: Optional[type[BaseException]], value: Optional[BaseException], trace: Optional[TracebackType],
    ) -> None:
        task: Any = current_task()
        permit = self._blocks[task].pop()
        try:
            await self.report(permit, value)
        except errors.DistcoordError as error:
            if value is None:
                raise
            _calls.add_note(value, error)

    @property
    def state(self) -> str:
        """What this process knows of the state: see `distcoord.Breaker.state`."""
        return self._breaker.state

    async def inspect(self) -> _sync.BreakerInfo:
        """How it stands. Asks the server."""
        return await call(self._breaker.inspect)

    def watch(self, timeout: Optional[float] = -1) -> Watch[_sync.BreakerInfo]:
        """Watches its state: see `distcoord.Breaker.watch`."""
        return Watch(self._breaker._client, self._breaker.watch, timeout)

    async def force_open(self) -> None:
        """Has it reject all calls, for all, until `reset`."""
        await call(self._breaker.force_open)

    async def force_closed(self) -> None:
        """Has it let all calls through, for all, whatever fails, until `reset`."""
        await call(self._breaker.force_closed)

    async def reset(self) -> None:
        """Closes it, forgets failures, and ends what was forced."""
        await call(self._breaker.reset)

    async def flush(self) -> None:
        """Tells the server what was counted here, now."""
        await call(self._breaker.flush)

    @property
    def name(self) -> str:
        """The breaker's name."""
        return self._breaker.name

    def __repr__(self) -> str:
        return repr(self._breaker).replace("distcoord.", "distcoord.aio.", 1)

    def __reduce__(self) -> tuple[Any, ...]:
        return Breaker, self._breaker.__reduce__()[1]


class _Taken:
    """Permits that an attempt has taken: they are used up, and not given back."""

    def __init__(self, had: bool, wait_time: float) -> None:
        self.had = had
        self.wait_time = wait_time

    def release(self) -> None:
        """Nothing."""


class Limiter(Waiting):
    """A rate limiter, for asyncio: `await limiter.acquire()`, `async with limiter:`, or `@limiter` on a coroutine
    function. A task that is cancelled while it waits has given up its place when it ends. See `distcoord.Limiter`.
    """

    __slots__ = ("_handles", "_last", "_limiter", "__weakref__")

    def __init__(
        self, client: Handle, name: str, options: _sync_limiter.LimiterOptions = _sync_limiter.LimiterOptions(),
    ) -> None:
        super().__init__()
        self._limiter = _sync_limiter.Limiter(client, name, options)
        self._handles: Handles[_sync_limiter.Limiter] = Handles(
            lambda: _sync_limiter.Limiter(client, name, options))
        self._last: WeakKeyDictionary[asyncio.Task[Any], float] = WeakKeyDictionary()

    async def acquire(self, permits: int = 1, key: Optional[str] = None, timeout: Optional[float] = -1) -> bool:
        """Takes permits, and waits until they are due: see `distcoord.Limiter.acquire`."""
        handle = self._handles.take()
        wants = "limiter", handle._client, handle.name, key
        taken = await self._wait(
            wants, lambda ms: _Taken(*handle._acquire(permits, key, ms)), handle.cancel, _calls.wait_ms(timeout))
        self._handles.put(handle)
        task: Any = current_task()
        self._last[task] = taken.wait_time if taken else 0.0
        return taken is not None and taken.had

    @property
    def wait_time(self) -> float:
        """Of this task's last `acquire` here: how many seconds it waited; when it returned False, after how many the
        permits would have been due."""
        task: Any = current_task()
        return self._last.get(task, 0.0)

    async def inspect(self, key: Optional[str] = None) -> _sync_limiter.LimiterInfo:
        """How many permits could be taken now. Asks the server."""
        return await call(self._limiter.inspect, key)

    async def reset(self, key: Optional[str] = None) -> None:
        """Forgets what was taken. Those who wait still do."""
        await call(self._limiter.reset, key)

    async def __aenter__(self) -> Limiter:
        if not await self.acquire(timeout=self._limiter._options.timeout):
            raise self._limiter._exceeded(None, self.wait_time)
        return self

    async def __aexit__(
        self, kind: Optional[type[BaseException]], value: Optional[BaseException], trace: Optional[TracebackType],
    ) -> None:
        pass  # a permit is used up, not given back

    def __call__(self, function: Callable[P, Awaitable[R]]) -> Callable[P, Awaitable[R]]:
        """As a decorator: each call of the coroutine function takes a permit first."""
        if not inspect.iscoroutinefunction(function):
            raise TypeError(f"{getattr(function, '__qualname__', function)!r} is no coroutine function")

        @functools.wraps(function)
        async def limited(*args: P.args, **kwargs: P.kwargs) -> R:
            async with self:
                return await function(*args, **kwargs)

        return limited

    @property
    def name(self) -> str:
        """The limiter's name."""
        return self._limiter.name

    def __repr__(self) -> str:
        return repr(self._limiter).replace("distcoord.", "distcoord.aio.", 1)

    def __reduce__(self) -> tuple[Any, ...]:
        return Limiter, self._limiter.__reduce__()[1]
