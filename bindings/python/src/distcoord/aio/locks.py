"""Locks for tasks."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from types import TracebackType
from typing import Any, Optional, TypeVar

from .. import _abi, _held, errors
from .._handles import Handle
from .._holds import Holds
from .._options import LockOptions
from ..locks import lock as _sync
from ..locks import multilock as _sync_multilock
from ._attempt import call
from ._hold import Lost, end_block
from ._owners import Owners, current_task
from ._waiting import Waiting

Self = TypeVar("Self", bound="Lock")


def make(client: Handle, name: str, options: LockOptions) -> Lock:
    """A lock as its options say: a reentrant one is owned by the task, unless it has an explicit owner."""
    return (RLock if options.reentrant and options.owner is None else Lock)(client, name, options)


class Lock(Waiting):
    """A handle on a lock, for asyncio: `async with lock:` acquires (raising LockTimeout when the handle has a
    `timeout`), releases at the end, and raises LockLost there when the lease had ended meanwhile.

    It behaves as `asyncio.Lock` does, across machines: an acquire waits while anyone holds the lock, this task
    included, and any task may release. No call blocks the event loop. A task that is cancelled while it waits has left
    the line when it ends. Losing the lock cancels nothing by itself: `await lock.lost.wait()` beside the work tells of
    it. It pickles by name, not held. What leases and fences are: see `distcoord.Lock`.
    """

    __slots__ = ("_client", "_holds", "_last_fence", "_name", "_options", "_spare", "__weakref__")

    def __init__(self, client: Handle, name: Any, options: LockOptions) -> None:
        super().__init__()
        self._client = client
        self._name = name
        self._options = options
        self._last_fence = 0
        # Each acquire waits on a handle of the library of its own, so that its cancellation ends no other's wait. One
        # that was released serves the next acquire: it is the one that lingers.
        self._spare: Optional[_sync.Lock] = self._open(options)
        self._holds: Holds[_sync.Lock] = Holds()

    def _open(self, options: LockOptions) -> _sync.Lock:
        return _sync.Lock(self._client, self._name, options)

    def _take_spare(self) -> _sync.Lock:
        spare, self._spare = self._spare, None
        return spare or self._open(self._options)

    def _wants(self) -> Hashable:
        """See `Attempt`: what an owner may have twice, only other owners have to wait for."""
        return "lock", self._client, self._name, self._options.owner if self._options.reentrant else None

    async def acquire(self, blocking: bool = True, timeout: Optional[float] = -1) -> bool:
        """Acquires the lock, waiting at most `timeout` seconds: -1 (or None) for ever, 0 tries once, and so does
        `blocking=False`. Returns whether it is held now; False leaves nothing behind on the server.

        Raises Cancelled when `cancel` ended the wait, and ServerErrors when the server cannot be reached: only after
        the client's command timeout, or during a wait after its end.
        """
        return await self._acquire(self._take_spare(), _held.wait_of(blocking, timeout))

    async def _acquire(self, handle: _sync.Lock, wait_ms: int) -> bool:
        def wait(ms: int) -> Optional[_sync.Lock]:
            return handle if handle.acquire(timeout=ms / 1000 if ms >= 0 else -1) else None

        held = await self._wait(self._wants(), wait, handle.cancel, wait_ms)
        if held is None:
            self._spare = handle
            return False
        task = current_task()
        self._holds.forget_lost(task)
        self._holds.add(task, held)
        self._last_fence = held.fence
        return True

    async def release(self) -> None:
        """Releases the lock, from any task: what the current task has acquired, if it has, else the last. The next
        waiter has it at once.

        Raises NotOwner (also a RuntimeError) when nothing is held through this handle, LockLost when the lease had
        ended before, ServerErrors when the server cannot be told: the lease frees the lock then. In each case nothing
        is held after. When the task is cancelled meanwhile the release goes on.
        """
        await self._release(self._take_hold())

    def _take_hold(self) -> Optional[_sync.Lock]:
        held = self._holds.take(current_task())
        if held is None:
            held = next(iter(self._holds.take_some(None, lambda holds: holds[:1])), None)
        return held

    async def _release(self, held: Optional[_sync.Lock]) -> None:
        if held is None:
            if self._options.owner is None:
                raise self._not_owner("released")
            held = self._take_spare()  # it releases what its owner has, wherever that was acquired
        await call(self._give_back, held)

    def _give_back(self, held: _sync.Lock) -> None:
        try:
            held.release()
        finally:
            self._spare = held

    def _not_owner(self, done: str) -> errors.LockError:
        return errors.about_lock(
            errors.NotOwner, f"lock {self.name!r} cannot be {done}: this handle does not hold it", self.name,
            _abi.NOT_HELD)

    async def extend(self, lease: Optional[float] = None) -> None:
        """Sets the lease to end `lease` seconds from now (None: the handle's lease), which may be sooner than before.
        With renewal on, renewals go on with this length. Raises NotOwner and LockLost like `release`.
        """
        held = self._held()
        if held is None:
            if self._options.owner is None:
                raise self._not_owner("extended")
            await self.adopt()
            held = self._held()
        assert held is not None
        await call(held.extend, lease)

    async def adopt(self) -> None:
        """Takes over the grant that this handle's `owner` has, wherever it was acquired: see `distcoord.Lock.adopt`."""
        await call(self._adopt, self._take_spare(), current_task())

    def _adopt(self, handle: _sync.Lock, task: Hashable) -> None:
        """In the thread, so that what is adopted is held here also when the task is cancelled meanwhile."""
        try:
            handle.adopt()
        except errors.DistcoordError:
            self._spare = handle
            raise
        self._holds.add(task, handle)
        self._last_fence = handle.fence

    async def detach(self) -> None:
        """Leaves the grant to another handle of the same `owner`: see `distcoord.Lock.detach`."""
        held = self._take_hold()
        if held is None:
            raise self._not_owner("detached")
        await call(held.detach)

    async def force_release(self, fence: Optional[int] = None) -> bool:
        """Takes the lock away from whoever holds it: see `distcoord.Lock.force_release`."""
        return await call(self._open(self._options).force_release, fence)

    async def locked(self) -> bool:
        """Whether anyone holds the lock, as of a moment ago. Asks the server."""
        return await self.inspect() is not None

    async def inspect(self) -> Optional[_sync.LockInfo]:
        """Who holds the lock; None when nobody does. Asks the server."""
        return await call(self._open(self._options).inspect)

    def owned(self) -> bool:
        """Whether the lock is held through this handle. Asks nobody."""
        held = self._held()
        return held is not None and held.owned()

    def _held(self) -> Optional[_sync.Lock]:
        """What the current task has acquired last, if it has, else what was acquired last."""
        return self._holds.newest(current_task()) or next(iter(self._holds.all()[-1:]), None)

    @property
    def name(self) -> str:
        """The lock's name."""
        return str(self._name)

    @property
    def lease(self) -> float:
        """The lease in seconds that the handle was made with."""
        return self._options.lease

    @property
    def depth(self) -> int:
        """How many levels are held through this handle: 0 or 1, and more when it is reentrant."""
        return sum(held.owned() for held in self._holds.all())

    @property
    def fence(self) -> int:
        """Fencing number of the current grant, or of the last one; 0 when the lock was never had."""
        held = self._held()
        return self._last_fence if held is None else held.fence

    @property
    def lease_left(self) -> float:
        """Seconds for which the lock is held for certain if nothing is renewed from now on; 0 when it is not held."""
        held = self._held()
        return 0.0 if held is None else held.lease_left

    @property
    def lost(self) -> Lost:
        """The event that the grant was lost: take it while the lock is held."""
        return Lost(self._held() or self._spare or self._open(self._options))

    async def __aenter__(self: Self) -> Self:
        timeout = self._options.timeout
        if not await self.acquire(True, timeout):
            raise _held.timed_out("lock", self.name, timeout)
        return self

    async def __aexit__(
        self, kind: Optional[type[BaseException]], value: Optional[BaseException], trace: Optional[TracebackType],
    ) -> None:
        await end_block(self.release, value)

    def __repr__(self) -> str:
        held = self._held()
        state = "not held" if held is None else held._state_text()
        return f"<distcoord.aio.{type(self).__name__} {self.name!r} {state}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._client, self._name, self._options)


class RLock(Lock):
    """A handle on a reentrant lock, for asyncio: its owner is the task that acquired it, which may acquire it again,
    and the lock is free after as many releases.

    A release by another task raises NotOwner, which is a RuntimeError. Levels share a fence; each has a lease of its
    own, and the longest counts. A handle with an explicit `owner` is owned by whoever uses that id. In all else it is a
    Lock.
    """

    __slots__ = ("_owners",)

    def __init__(self, client: Handle, name: Any, options: LockOptions) -> None:
        super().__init__(client, name, options._replace(reentrant=True))
        self._owners = Owners()

    def _wants(self) -> Hashable:
        # Who holds it already goes past all who wait; of the others each has an owner of its own, and one gets it.
        task = current_task()
        return "lock", self._client, self._name, self._options.owner, task if self._holds.newest(task) else None

    def _for_task(self) -> _sync.Lock:
        if self._options.owner is not None:
            return self._take_spare()
        return self._open(self._options._replace(owner=self._owners.of_current_task()))

    async def acquire(self, blocking: bool = True, timeout: Optional[float] = -1) -> bool:
        """Acquires one level, at once when this task holds the lock. Arguments, answers and errors are those of
        `Lock.acquire`.
        """
        return await self._acquire(self._for_task(), _held.wait_of(blocking, timeout))

    async def release(self) -> None:
        """Releases the level that this task has acquired last. Raises NotOwner (also a RuntimeError) when it has none,
        LockLost and ServerErrors like `Lock.release`.
        """
        await self._release(self._holds.take(current_task()))

    def _give_back(self, held: _sync.Lock) -> None:
        held.release()  # no other task can use the handle of this one

    @property
    def depth(self) -> int:
        """How many levels this task holds."""
        return sum(held.owned() for held in self._holds.of(current_task()))


class MultiLock(Lock):
    """A handle on several locks, for asyncio, which it takes in one step, all or none. See `distcoord.MultiLock`; in
    all else it is a Lock."""

    __slots__ = ()

    def __init__(self, client: Handle, names: Iterable[str], options: LockOptions) -> None:
        super().__init__(client, names if isinstance(names, str) else tuple(names), options)

    def _open(self, options: LockOptions) -> _sync.Lock:
        return _sync_multilock.MultiLock(self._client, self._name, options)

    @property
    def name(self) -> str:
        """The names with commas between them."""
        return ", ".join(self._name)

    @property
    def names(self) -> tuple[str, ...]:
        """The names as given."""
        return tuple(self._name)
