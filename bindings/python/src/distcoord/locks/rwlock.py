"""Read-write locks: many readers or one writer."""

from __future__ import annotations

from collections.abc import Hashable
from ctypes import byref, c_int64
from threading import get_ident
from types import TracebackType
from typing import TYPE_CHECKING, Any, NamedTuple, Optional

from .. import _abi, _calls, _held, _interrupt, errors
from .._handles import Handle
from .._held import Held
from .._holds import Holds
from .._library import functions

if TYPE_CHECKING:
    from .._options import LockOptions

_Error = _abi.distcoord_error
_WHAT = "read-write lock"


class RWLockInfo(NamedTuple):
    """Who is inside a read-write lock, as of a moment ago."""

    readers: int
    """How many holds read."""
    writers: int
    """How many holds write: those of one owner."""
    waiters: int
    """How many are in line."""


class RWLockHold(Held):
    """One hold of a read-write lock, by a reader or a writer: `fence`, `lost`, `lease_left`, `extend`, `release`.

    As a context manager it is released at the end, and LockLost is raised there when it was lost. One that is dropped
    is given back.
    """

    __slots__ = ("_client",)
    _what = _WHAT

    def __init__(self, client: Handle, name: str, pointer: _abi.distcoord_lock) -> None:
        self._client = client
        self._name = name
        self._own(pointer)

    def downgrade(self) -> None:
        """Turns a writer's hold into a reader's, in one step: no other writer comes in between, waiting readers at the
        front do. The fence stays. Nothing happens to a reader's hold.

        Raises NotOwner and LockLost like `release`, and Conflict while the owner has another writer's hold.
        """
        error = _Error()
        status = functions.rwlock_downgrade(self._pointer, byref(error))
        if status != _abi.OK:
            raise self._not_held(status, error, "downgraded")
        if _interrupt.pending:
            _calls.raise_due()


class RWLock(Handle):
    """A read-write lock: `with rwlock.read() as hold:`, `with rwlock.write() as hold:`.

    All wait in one line, so neither readers nor writers starve: a reader that comes after a waiting writer waits behind
    it, and readers that stand together at the front are let in together. The owner is this object together with the
    calling thread, or the explicit `owner`: it may read again while it reads, and write or read again while it writes.
    Upgrading is refused with UpgradeRefused, because a reader that waits to write waits for itself. Leases, fences and
    losses are as with locks. It pickles by name, not held.
    """

    __slots__ = ("_client", "_name", "_options")
    _free = functions.rwlock_free

    def __init__(self, client: Handle, name: str, options: LockOptions) -> None:
        self._client = client
        self._name = name
        self._options = options
        native = options.native()
        self._own(_abi.distcoord_rwlock())
        error = _Error()
        status = functions.rwlock_open(
            client._pointer, _calls.text(name, "name"), native._pointer if native else None, byref(self._pointer),
            byref(error))
        if status != _abi.OK:
            raise _calls.failure(status, error)

    def read(self, timeout: Optional[float] = -1) -> RWLockSide:
        """The reader's side, for `with` or `acquire` and `release`. `timeout`: how many seconds `with` waits before it
        raises LockTimeout; -1 and None wait for ever."""
        return RWLockSide(self, False, timeout)

    def write(self, timeout: Optional[float] = -1) -> RWLockSide:
        """The writer's side; as `read`."""
        return RWLockSide(self, True, timeout)

    def inspect(self) -> RWLockInfo:
        """Who is inside. Asks the server."""
        readers, writers, waiters = c_int64(), c_int64(), c_int64()
        error = _Error()
        status = functions.rwlock_inspect(
            self._pointer, byref(readers), byref(writers), byref(waiters), byref(error))
        _calls.check(status, error)
        return RWLockInfo(readers.value, writers.value, waiters.value)

    def cancel(self) -> None:
        """Ends the waits in progress on this object, each with Cancelled. Later calls are not affected."""
        functions.rwlock_cancel(self._pointer)

    @property
    def name(self) -> str:
        """The lock's name."""
        return self._name

    def _wait(self, writes: bool, wait_ms: int) -> Optional[RWLockHold]:
        """Waits for a hold; None when the time is over."""
        pointer = _abi.distcoord_lock()
        error = _Error()
        acquire = functions.rwlock_write if writes else functions.rwlock_read
        status = acquire(self._pointer, wait_ms, byref(pointer), byref(error))
        if status == _abi.OK:
            hold = RWLockHold(self._client, self._name, pointer)
            if _interrupt.pending:
                hold._unless_interrupted()
            return hold
        if status == _abi.TIMED_OUT:
            return None
        failure = _calls.failure(status, error)
        raise _held.conflict_as(errors.UpgradeRefused, failure, self._name) if writes else failure

    def _taker(self) -> Hashable:
        return get_ident() if self._options.owner is None else None

    def __repr__(self) -> str:
        return f"<distcoord.RWLock {self._name!r}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return RWLock, (self._client, self._name, self._options)


class RWLockSide:
    """The reader's or the writer's side of a read-write lock, usable as a `threading.RLock` is: by several threads,
    each of which releases what it has acquired.

    `with side as hold:` gives a RWLockHold, raises LockTimeout when the side has a `timeout`, and LockLost at the end
    when the lease had ended meanwhile.
    """

    __slots__ = ("_holds", "_lock", "_timeout", "_writes", "__weakref__")

    def __init__(self, lock: RWLock, writes: bool, timeout: Optional[float]) -> None:
        _calls.wait_ms(timeout)
        self._lock = lock
        self._writes = writes
        self._timeout = timeout
        self._holds: Holds[RWLockHold] = Holds()

    def acquire(self, blocking: bool = True, timeout: Optional[float] = -1) -> bool:
        """Acquires it, waiting at most `timeout` seconds: -1 (or None) for ever, 0 tries once, and so does
        `blocking=False`. Returns whether it was had.

        Raises UpgradeRefused (also a RuntimeError) for the writer's side while the owner reads, Cancelled, and
        ServerErrors like `Lock.acquire`.
        """
        return self._take(_held.wait_of(blocking, timeout)) is not None

    def _take(self, wait_ms: int) -> Optional[RWLockHold]:
        hold = self._lock._wait(self._writes, wait_ms)
        if hold is not None:
            self._holds.add(self._lock._taker(), hold)
        return hold

    def release(self) -> None:
        """Releases what this thread has acquired last on this side. Raises NotOwner (also a RuntimeError) when it has
        nothing, LockLost when the lease had ended, ServerErrors."""
        hold = self._holds.take(self._lock._taker())
        if hold is None:
            raise errors.about_lock(
                errors.NotOwner, f"{_WHAT} {self._lock.name!r} cannot be released: this thread does not hold it",
                self._lock.name, _abi.NOT_HELD)
        hold.release()

    def locked(self) -> bool:
        """Whether anyone is inside on this side, as of a moment ago. Asks the server."""
        info = self._lock.inspect()
        return bool(info.writers if self._writes else info.readers)

    @property
    def hold(self) -> Optional[RWLockHold]:
        """What this thread has acquired last on this side and not released; None if nothing."""
        return self._holds.newest(self._lock._taker())

    def __enter__(self) -> RWLockHold:
        hold = self._take(_calls.wait_ms(self._timeout))
        if hold is None:
            raise _held.timed_out(_WHAT, self._lock.name, self._timeout)
        return hold

    def __exit__(
        self, kind: Optional[type[BaseException]], value: Optional[BaseException], trace: Optional[TracebackType],
    ) -> None:
        _calls.end_block(self.release, value)

    def __repr__(self) -> str:
        return f"<distcoord.RWLockSide {'write' if self._writes else 'read'} of {self._lock.name!r}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return RWLockSide, (self._lock, self._writes, self._timeout)
