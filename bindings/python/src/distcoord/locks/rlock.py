"""Reentrant locks, shaped like `threading.RLock`."""

from __future__ import annotations

from threading import get_ident
from typing import TYPE_CHECKING, Optional

from .. import _abi
from .._handles import Handle
from .lock import Lock

if TYPE_CHECKING:
    from .._options import LockOptions


class RLock(Lock):
    """A handle on a reentrant lock: the owner, which is this handle together with the calling thread, may acquire
    again what it holds, and the lock is free after as many releases.

    A release by another thread raises NotOwner, which is a RuntimeError. Levels share a fence; each has a lease of its
    own, and the longest counts. A handle with an explicit `owner` is owned by whoever uses that id, in any thread and
    process. `threading.Condition` takes it as it takes a `threading.RLock`. In all else it is a Lock.
    """

    __slots__ = ("_thread",)
    _holder = "this thread"

    def __init__(self, client: Handle, name: str, options: LockOptions) -> None:
        self._thread: Optional[int] = None
        super().__init__(client, name, options._replace(reentrant=True))

    def acquire(self, blocking: bool = True, timeout: Optional[float] = -1) -> bool:
        """Acquires one level, at once when this thread holds the lock. Arguments, answers and errors are those of
        `Lock.acquire`.
        """
        if not super().acquire(blocking, timeout):
            return False
        self._thread = get_ident()
        return True

    # ------------------------------------------------------------ what threading.Condition asks of a reentrant lock

    def _is_owned(self) -> bool:
        return self._is_held() and (self._options.owner is not None or self._thread == get_ident())

    def _release_save(self) -> int:
        if not self._is_owned():
            raise self._not_held(_abi.NOT_HELD, None, "released")
        depth = self.depth
        for _ in range(depth):
            self.release()
        return depth

    def _acquire_restore(self, depth: int) -> None:
        for _ in range(depth):
            self.acquire()
