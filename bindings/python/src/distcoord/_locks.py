"""The part of a client that makes locks and what is related to them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Optional, TypeVar

from ._handles import Handle
from ._options import LockOptions
from .locks.lock import Lock
from .locks.multilock import MultiLock
from .locks.rlock import RLock
from .locks.rwlock import RWLock
from .locks.semaphore import BoundedSemaphore, Semaphore

if TYPE_CHECKING:
    from typing_extensions import ParamSpec

    from .aio import Aio

    P = ParamSpec("P")

R = TypeVar("R")


class Locks(Handle):
    """The part of a client that makes locks, read-write locks and semaphores.

    What is common to all: `lease`, seconds for which something held outlives a holder that died, 0.1 to 86 400;
    `renew`, whether the library renews it while it is held; `timeout`, how many seconds `with` waits before it raises
    LockTimeout, -1 for ever; `tracing`, whether each acquire and release writes a line to the client's log.
    """

    __slots__ = ()

    def lock(
        self, name: str, lease: float = 10.0, renew: bool = True, timeout: Optional[float] = -1, *,
        owner: Optional[str] = None, fair: bool = True, linger: float = 0, reentrant: bool = False,
        tracing: bool = False,
    ) -> Lock:
        """A handle on the lock `name`; nothing is sent.

        `lease`: seconds for which the lock outlives a holder that died, 0.1 to 86 400. `renew`: whether the library
        renews it while it is held. `timeout`: how many seconds `with` waits for it before it raises LockTimeout; -1
        waits for ever. `tracing`: each acquire and release writes a line to the client's log, at INFO.
        `owner`: who holds, in place of this very handle; what one handle has acquired, another of the same owner, in
        any process, may release, extend or adopt. Choose ids that nobody else will: a run's identity, a UUID.
        `fair`: whether waiters are served in order; an unfair handle overtakes them, for more acquisitions per second.
        `linger`: seconds for which the client keeps the grant after a release while nobody else wants it; the next
        acquire on the same handle takes no round trip then, and shares the fence with the one before.
        `reentrant`: whether the owner, this handle together with the calling thread, may acquire again: see `rlock`.
        """
        options = LockOptions(lease, renew, timeout, owner, fair, linger, reentrant, tracing)
        return (RLock if reentrant else Lock)(self, name, options)

    def rlock(
        self, name: str, lease: float = 10.0, renew: bool = True, timeout: Optional[float] = -1, *,
        owner: Optional[str] = None, fair: bool = True, tracing: bool = False,
    ) -> RLock:
        """A handle on the lock `name` that is reentrant as `threading.RLock` is. Arguments: see `lock`."""
        options = LockOptions(lease, renew, timeout, owner, fair, reentrant=True, tracing=tracing)
        return RLock(self, name, options)

    def multilock(
        self, names: Iterable[str], lease: float = 10.0, renew: bool = True, timeout: Optional[float] = -1, *,
        fair: bool = True, tracing: bool = False,
    ) -> MultiLock:
        """A handle on up to 64 locks, which it takes in one step, all or none. Arguments: see `lock`."""
        return MultiLock(self, names, LockOptions(lease, renew, timeout, fair=fair, tracing=tracing))

    def rwlock(
        self, name: str, lease: float = 10.0, renew: bool = True, *, owner: Optional[str] = None, tracing: bool = False,
    ) -> RWLock:
        """The read-write lock `name`: use `.read()` and `.write()` of it. Nothing is sent. Arguments: see `lock`."""
        return RWLock(self, name, LockOptions(lease, renew, owner=owner, tracing=tracing))

    def semaphore(
        self, name: str, permits: int, lease: float = 10.0, renew: bool = True, timeout: Optional[float] = -1, *,
        tracing: bool = False,
    ) -> Semaphore:
        """The semaphore `name`; nothing is sent. `permits`: how many there are if the server does not know yet; the
        first to acquire sets it, `Semaphore.resize` changes it. The other arguments: see `lock`.
        """
        return Semaphore(self, name, permits, LockOptions(lease, renew, timeout, tracing=tracing))

    def bounded_semaphore(
        self, name: str, permits: int, lease: float = 10.0, renew: bool = True, timeout: Optional[float] = -1, *,
        tracing: bool = False,
    ) -> BoundedSemaphore:
        """The semaphore `name`, whose over-release is a ValueError. Arguments: see `semaphore`."""
        return BoundedSemaphore(self, name, permits, LockOptions(lease, renew, timeout, tracing=tracing))

    def locked(
        self, name: str, lease: float = 10.0, renew: bool = True, timeout: Optional[float] = -1, *,
        owner: Optional[str] = None, fair: bool = True, linger: float = 0, reentrant: bool = False,
        tracing: bool = False,
    ) -> Callable[[Callable[P, R]], Callable[P, R]]:
        """A decorator for functions, also `async def` ones, whose calls hold the lock `name`.

        `name` may have fields that are filled from the call's arguments, as `str.format` does: "invoice-{id}" or
        "user-{self.user.id}"; write {{ and }} for braces. A call raises LockTimeout when the lock is not had within
        `timeout` seconds, and LockLost after the function when the lease had ended meanwhile. The other arguments: see
        `lock`; with `reentrant` the function may call itself.
        """
        from ._locked import locked

        return locked(self, name, LockOptions(lease, renew, timeout, owner, fair, linger, reentrant, tracing))

    @property
    def aio(self) -> Aio:
        """The same for asyncio: `async with client.aio.lock(name):`."""
        from .aio import Aio  # only here, because asyncio takes a while to load and most programs never need it

        return Aio(self)  # type: ignore[arg-type]
