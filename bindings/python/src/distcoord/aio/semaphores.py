"""Semaphores for tasks."""

from __future__ import annotations

from types import TracebackType
from typing import Any, ClassVar, Optional

from .. import _calls, _held, errors
from .._handles import Handle
from .._holds import Holds
from .._options import LockOptions
from ..locks import semaphore as _sync
from ._attempt import call
from ._hold import Hold, Lost, end_block
from ._owners import current_task
from ._waiting import Waiting


class Permit(Hold):
    """Permits taken together."""

    __slots__ = ()

    @property
    def count(self) -> int:
        """How many permits it stands for."""
        return int(self._held.count)


class Semaphore(Waiting):
    """A semaphore of `permits` permits, for asyncio, shaped like `asyncio.Semaphore`: `async with semaphore as permit:`
    takes one permit and gives it back.

    Permits may be released by another task than took them; one that this object has not taken cannot be given back:
    `release` raises NotOwner (a RuntimeError) then. No call blocks the event loop. A task that is cancelled while it
    waits has left the line when it ends. See `distcoord.Semaphore`.
    """

    __slots__ = ("_blocks", "_core", "_holds", "__weakref__")

    _over: ClassVar[type[errors.LockError]] = errors.NotOwner

    def __init__(self, client: Handle, name: str, permits: int, options: LockOptions) -> None:
        super().__init__()
        self._core = _sync.SemaphoreCore(client, name, permits, options)
        self._holds: Holds[_sync.Permit] = Holds()
        self._blocks: Holds[_sync.Permit] = Holds()

    async def acquire(self, blocking: bool = True, timeout: Optional[float] = None, *, count: int = 1) -> bool:
        """Takes `count` permits, all of them at once, waiting at most `timeout` seconds: None (or -1) for ever, 0 tries
        once, and so does `blocking=False`. Returns whether they were had.

        Raises Conflict when the semaphore has fewer permits than `count` altogether, Cancelled, and ServerErrors like
        `Lock.acquire`.
        """
        return await self._take(count, _held.wait_of(blocking, timeout)) is not None

    async def _take(self, count: int, wait_ms: int) -> Optional[_sync.Permit]:
        number = _sync.checked_count(count, "count")
        core = self._core
        # One of its own for each attempt, so that its cancellation ends no other's wait.
        handle = _sync.SemaphoreCore(core._client, core._name, core._permits, core._options)
        wants = "semaphore", core._client, core._name
        permit = await self._wait(wants, lambda ms: handle.wait(number, ms), handle.cancel, wait_ms)
        if permit is not None:
            self._holds.add(current_task(), permit)
        return permit

    async def release(self, n: int = 1) -> None:
        """Gives back `n` permits; waiters have them at once. Permits that were taken together are given back together:
        `n` has to be the sum of what one or more acquires have taken.

        Raises NotOwner (also a RuntimeError) when this object has not taken as many, InvalidArgument when they cannot
        be divided so, LockLost when the lease of one had ended: then all are given back all the same. When the task is
        cancelled meanwhile the release goes on.
        """
        choose = _sync.chooser(_sync.checked_count(n, "n"), self._core._name, self._over)
        await call(_sync.release_all, self._holds.take_some(current_task(), choose))

    async def resize(self, permits: int) -> None:
        """Changes how many permits there are, for all: see `distcoord.Semaphore.resize`."""
        await call(self._core.resize, permits)

    async def inspect(self) -> _sync.SemaphoreInfo:
        """How the semaphore stands. Asks the server."""
        return await call(self._core.inspect)

    @property
    def name(self) -> str:
        """The semaphore's name."""
        return self._core._name

    @property
    def permits(self) -> tuple[Permit, ...]:
        """What this object has taken and not given back."""
        return tuple(map(Permit, self._holds.all()))

    @property
    def lost(self) -> Lost:
        """The event that any of this object's permits was lost; set until that permit is released."""
        return Lost(self._holds)

    async def __aenter__(self) -> Permit:
        timeout = self._core._options.timeout
        permit = await self._take(1, _calls.wait_ms(timeout))
        if permit is None:
            raise _held.timed_out("semaphore", self._core._name, timeout)
        self._blocks.add(current_task(), permit)
        return Permit(permit)

    async def __aexit__(
        self, kind: Optional[type[BaseException]], value: Optional[BaseException], trace: Optional[TracebackType],
    ) -> None:
        await end_block(self._leave, value)

    async def _leave(self) -> None:
        permit = self._blocks.take(current_task())
        if permit is not None and self._holds.remove(permit):
            await call(permit.release)
        else:
            await self.release()  # the block gave back its own permit, and perhaps took another

    def __repr__(self) -> str:
        taken = _sync.sum_of(self._holds.all())
        return f"<distcoord.aio.{type(self).__name__} {self._core._name!r} {taken} taken>"

    def __reduce__(self) -> tuple[Any, ...]:
        core = self._core
        return type(self), (core._client, core._name, core._permits, core._options)


class BoundedSemaphore(Semaphore):
    """A semaphore shaped like `asyncio.BoundedSemaphore`: a `release` of more permits than this object has taken raises
    OverRelease, which is a ValueError and, as with Semaphore, a NotOwner and RuntimeError.
    """

    __slots__ = ()
    _over = errors.OverRelease
