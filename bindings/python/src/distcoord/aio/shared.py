"""Shared state for tasks."""

from __future__ import annotations

from builtins import list as _list
from collections.abc import AsyncIterator, Callable
from typing import Any, Generic, Optional, TypeVar, Union, overload

from .._handles import Handle
from ..shared import state as _sync
from ..shared.codec import Codec
from ._attempt import call
from ._stream import Watch

T = TypeVar("T")
D = TypeVar("D")


class State(Generic[T]):
    """A scope of shared state, for asyncio: the methods of `distcoord.State`, with `await`. When a task is cancelled
    while it writes, the write goes on."""

    __slots__ = ("_state", "__weakref__")

    def __init__(self, client: Handle, scope: Optional[str], codec: Codec[T]) -> None:
        self._state = _sync.State(client, scope, codec)

    @overload
    async def get(self, key: str) -> Optional[T]: ...
    @overload
    async def get(self, key: str, default: D) -> Union[T, D]: ...

    async def get(self, key: str, default: Any = None) -> Any:
        """The value under `key`, or `default`: see `distcoord.State.get`."""
        return await call(self._state.get, key, default)

    async def entry(self, key: str) -> Optional[_sync.StateEntry[T]]:
        """What is under `key`, with version and time to live; None when there is nothing."""
        return await call(self._state.entry, key)

    async def set(self, key: str, value: T, ttl: _sync.TimeToLive = None) -> int:
        """Writes a value; returns its version: see `distcoord.State.set`."""
        return await call(self._state.set, key, value, ttl)

    async def compare_and_set(
        self, key: str, value: T, if_version: int, ttl: _sync.TimeToLive = None,
    ) -> Optional[int]:
        """Writes a value if the key has that version: see `distcoord.State.compare_and_set`."""
        return await call(self._state.compare_and_set, key, value, if_version, ttl)

    async def update(
        self, key: str, function: Callable[[Optional[T]], T], ttl: _sync.TimeToLive = "keep",
    ) -> T:
        """Writes `function(value)` in place of the value: see `distcoord.State.update`. The function runs in the event
        loop."""
        while True:
            found = await self.entry(key)
            value = function(None if found is None else self._state._value(found))
            if await self.compare_and_set(key, value, 0 if found is None else found.version, ttl) is not None:
                return value

    async def delete(self, key: str, if_version: Optional[int] = None) -> bool:
        """Deletes what is under `key`: see `distcoord.State.delete`."""
        return await call(self._state.delete, key, if_version)

    async def expire(self, key: str, ttl: Optional[float]) -> bool:
        """Changes when `key` expires: see `distcoord.State.expire`."""
        return await call(self._state.expire, key, ttl)

    async def add(self, key: str, delta: int = 1, ttl: _sync.TimeToLive = "keep") -> int:
        """Adds to a counter; returns its value: see `distcoord.State.add`."""
        return await call(self._state.add, key, delta, ttl)

    async def append(
        self, key: str, value: T, limit: Optional[int] = None, ttl: _sync.TimeToLive = "keep",
    ) -> int:
        """Appends to a list; returns how many items it has: see `distcoord.State.append`."""
        return await call(self._state.append, key, value, limit, ttl)

    async def items(self, key: str, first: int = 0, count: int = 10_000) -> _list[T]:
        """Items of a list: see `distcoord.State.items`."""
        return await call(self._state.items, key, first, count)

    async def list(self, prefix: str = "") -> AsyncIterator[_sync.StateEntry[T]]:
        """Iterates over what is under the keys that begin with `prefix`: see `distcoord.State.list`."""
        cursor: Optional[bytes] = None
        while True:
            entries, cursor = await call(self._state._page, prefix, cursor)
            for entry in entries:
                yield entry
            if not cursor:
                return

    async def clear(self, prefix: str = "") -> int:
        """Deletes all keys that begin with `prefix`; returns how many."""
        return await call(self._state.clear, prefix)

    def watch(
        self, key: Optional[str] = None, *, prefix: Optional[str] = None, timeout: Optional[float] = -1,
    ) -> Watch[_sync.StateEntry[T]]:
        """Watches one key, or all that begin with `prefix`: `async for entry in state.watch("key"):`. See
        `distcoord.State.watch`."""
        state = self._state
        return Watch(state._client, lambda: state.watch(key, prefix=prefix), timeout)

    @property
    def scope(self) -> str:
        """The scope's name."""
        return self._state.scope

    def __repr__(self) -> str:
        return repr(self._state).replace("distcoord.", "distcoord.aio.", 1)

    def __reduce__(self) -> tuple[Any, ...]:
        return State, self._state.__reduce__()[1]
