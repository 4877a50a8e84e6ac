"""Read-write locks for tasks."""

from __future__ import annotations

import asyncio
from collections.abc import Hashable
from types import TracebackType
from typing import Any, Optional

from .. import _abi, _calls, _held, errors
from .._handles import Handle
from .._holds import Holds
from .._options import LockOptions
from ..locks import rwlock as _sync
from ._attempt import call
from ._hold import Hold, end_block
from ._owners import Owners, current_task
from ._waiting import Waiting


class RWLockHold(Hold):
    """One hold of a read-write lock, by a reader or a writer."""

    __slots__ = ()

    async def downgrade(self) -> None:
        """Turns a writer's hold into a reader's, in one step: see `distcoord.RWLockHold.downgrade`."""
        await call(self._held.downgrade)


class RWLock(Waiting):
    """A read-write lock, for asyncio: `async with rwlock.read() as hold:`, `async with rwlock.write() as hold:`.

    The owner is the task together with this object, or the explicit `owner`: it may read again while it reads, and
    write or read again while it writes; a reader that asks to write gets UpgradeRefused. No call blocks the event loop.
    A task that is cancelled while it waits has left the line when it ends. See `distcoord.RWLock`.
    """

    __slots__ = ("_client", "_inside", "_name", "_options", "_owners", "_shared", "__weakref__")

    def __init__(self, client: Handle, name: str, options: LockOptions) -> None:
        super().__init__()
        self._client = client
        self._name = name
        self._options = options
        self._shared = _sync.RWLock(client, name, options)
        self._owners = Owners()
        # What tasks hold, on both sides: one that is inside goes past all who wait.
        self._inside: Holds[_sync.RWLockHold] = Holds()

    def read(self, timeout: Optional[float] = -1) -> RWLockSide:
        """The reader's side, for `async with` or `acquire` and `release`. `timeout`: how many seconds `async with`
        waits before it raises LockTimeout; -1 and None wait for ever."""
        return RWLockSide(self, False, timeout)

    def write(self, timeout: Optional[float] = -1) -> RWLockSide:
        """The writer's side; as `read`."""
        return RWLockSide(self, True, timeout)

    async def inspect(self) -> _sync.RWLockInfo:
        """Who is inside. Asks the server."""
        return await call(self._shared.inspect)

    @property
    def name(self) -> str:
        """The lock's name."""
        return self._name

    async def _acquire(self, writes: bool, wait_ms: int) -> Optional[_sync.RWLockHold]:
        owner, task = self._options.owner, self._taker()
        # One of its own for each attempt, so that its cancellation ends no other's wait.
        handle = _sync.RWLock(
            self._client, self._name, self._options._replace(owner=owner or self._owners.of_current_task()))
        wants = "rwlock", self._client, self._name, owner, task if self._inside.newest(task) else None
        hold = await self._wait(wants, lambda ms: handle._wait(writes, ms), handle.cancel, wait_ms)
        if hold is not None:
            self._inside.add(task, hold)
        return hold

    def _taker(self) -> Optional[asyncio.Task[Any]]:
        return current_task() if self._options.owner is None else None

    def __repr__(self) -> str:
        return f"<distcoord.aio.RWLock {self._name!r}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return RWLock, (self._client, self._name, self._options)


class RWLockSide:
    """The reader's or the writer's side of a read-write lock, for any number of tasks, each of which releases what it
    has acquired.

    `async with side as hold:` gives a RWLockHold, raises LockTimeout when the side has a `timeout`, and LockLost at the
    end when the lease had ended meanwhile.
    """

    __slots__ = ("_holds", "_lock", "_timeout", "_writes", "__weakref__")

    def __init__(self, lock: RWLock, writes: bool, timeout: Optional[float]) -> None:
        _calls.wait_ms(timeout)
        self._lock = lock
        self._writes = writes
        self._timeout = timeout
        self._holds: Holds[_sync.RWLockHold] = Holds()

    async def acquire(self, blocking: bool = True, timeout: Optional[float] = -1) -> bool:
        """Acquires it, waiting at most `timeout` seconds: -1 (or None) for ever, 0 tries once, and so does
        `blocking=False`. Returns whether it was had.

        Raises UpgradeRefused (also a RuntimeError) for the writer's side while the owner reads, Cancelled, and
        ServerErrors like `Lock.acquire`.
        """
        return await self._take(_held.wait_of(blocking, timeout)) is not None

    async def _take(self, wait_ms: int) -> Optional[RWLockHold]:
        hold = await self._lock._acquire(self._writes, wait_ms)
        if hold is None:
            return None
        self._holds.add(self._taker(), hold)
        return RWLockHold(hold)

    async def release(self) -> None:
        """Releases what this task has acquired last on this side. Raises NotOwner (also a RuntimeError) when it has
        nothing, LockLost when the lease had ended, ServerErrors. When the task is cancelled meanwhile the release goes
        on."""
        hold = self._holds.take(self._taker())
        if hold is None:
            raise errors.about_lock(
                errors.NotOwner, f"read-write lock {self._lock.name!r} cannot be released: this task does not hold it",
                self._lock.name, _abi.NOT_HELD)
        self._lock._inside.remove(hold)
        await call(hold.release)

    async def locked(self) -> bool:
        """Whether anyone is inside on this side, as of a moment ago. Asks the server."""
        info = await self._lock.inspect()
        return bool(info.writers if self._writes else info.readers)

    @property
    def hold(self) -> Optional[RWLockHold]:
        """What this task has acquired last on this side and not released; None if nothing."""
        hold = self._holds.newest(self._taker())
        return None if hold is None else RWLockHold(hold)

    def _taker(self) -> Hashable:
        return self._lock._taker()

    async def __aenter__(self) -> RWLockHold:
        hold = await self._take(_calls.wait_ms(self._timeout))
        if hold is None:
            raise _held.timed_out("read-write lock", self._lock.name, self._timeout)
        return hold

    async def __aexit__(
        self, kind: Optional[type[BaseException]], value: Optional[BaseException], trace: Optional[TracebackType],
    ) -> None:
        await end_block(self.release, value)

    def __repr__(self) -> str:
        return f"<distcoord.aio.RWLockSide {'write' if self._writes else 'read'} of {self._lock.name!r}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return RWLockSide, (self._lock, self._writes, self._timeout)
