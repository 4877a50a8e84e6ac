"""Locks: fair, leased, fenced."""

from __future__ import annotations

from ctypes import byref
from functools import lru_cache
from types import TracebackType
from typing import TYPE_CHECKING, Any, NamedTuple, Optional

from . import _abi, _calls, _interrupt, _lost, errors
from ._handles import Handle
from ._library import functions

if TYPE_CHECKING:
    from .client import Client

_acquire = functions.lock_acquire
_release = functions.lock_release
_state = functions.lock_state
_pending = _interrupt.pending
_Error = _abi.distcoord_error


class LockInfo(NamedTuple):
    """Who holds a lock, as of a moment ago."""

    holder: str
    """Label of the holder's client."""
    fence: int
    """Fencing number of the holder's grant."""
    held: float
    """Seconds for which it has been held."""
    lease_left: float
    """Seconds that the lease still runs."""
    waiters: int
    """How many wait for it."""


class _Options(Handle):
    """Lock options of the library."""

    __slots__ = ()
    _free = functions.lock_options_free

    def __init__(self, lease_ms: int, renew: bool) -> None:
        self._own(functions.lock_options_new())
        functions.lock_options_set_lease_ms(self._pointer, lease_ms)
        functions.lock_options_set_renew(self._pointer, renew)


_options = lru_cache(maxsize=32)(_Options)
_options_default = (10.0, True)


class Lock(Handle):
    """A handle on a lock; at most one handle in the fleet holds it.

    Waiters are served in order, a release hands over to the next in the same step. A holder that dies loses the lock
    when its lease ends; while it lives the library renews the lease, whatever Python is busy with. Each grant has a
    `fence`, a number that only grows: send it along with what you write under the lock and let the receiver refuse
    smaller ones.

    A handle behaves as a mutex that any thread may release: an acquire waits while anyone holds the lock, this handle
    included. `with lock:` acquires (raising LockTimeout when the handle has a `timeout`), releases at the end, and
    raises LockLost there when the lease had ended meanwhile. A handle that is dropped while it holds the lock gives it
    back. It pickles by name, not held.
    """

    __slots__ = ("_client", "_name", "_lease", "_renew", "_timeout")
    _free = functions.lock_free

    def __init__(
        self, client: Client, name: str, lease: float = 10.0, renew: bool = True, timeout: Optional[float] = -1,
    ) -> None:
        _calls.wait_ms(timeout)
        options = None
        if (lease, renew) != _options_default:
            options = _options(_calls.duration_ms(lease, "lease", 100, 86_400_000), bool(renew))._pointer
        self._client = client
        self._name = name
        self._lease = lease
        self._renew = bool(renew)
        self._timeout = timeout
        self._own(_abi.distcoord_lock())
        error = _Error()
        status = functions.lock_open(
            client._pointer, _calls.text(name, "name"), options, byref(self._pointer), byref(error))
        if status != _abi.OK:
            raise _calls.failure(status, error)

    def acquire(self, blocking: bool = True, timeout: Optional[float] = -1) -> bool:
        """Acquires the lock, waiting at most `timeout` seconds: -1 (or None) for ever, 0 tries once, and so does
        `blocking=False`. Returns whether it is held now; False leaves nothing behind on the server.

        Raises Cancelled when `cancel` ended the wait, and ServerErrors when the server cannot be reached: only after
        the client's command timeout, or during a wait after its end.
        """
        if not blocking:
            if timeout is not None and timeout != -1:
                raise errors.invalid("a timeout makes no sense for an acquire that does not block")
            wait = 0
        else:
            wait = -1 if timeout == -1 else _calls.wait_ms(timeout)
        error = _Error()
        status = _acquire(self._pointer, wait, byref(error))
        if status == 0:
            if _pending:
                self._give_back_if_interrupted()
            return True
        if status == _abi.TIMED_OUT:
            return False
        raise _calls.failure(status, error)

    def _give_back_if_interrupted(self) -> None:
        if _interrupt.is_due():
            try:
                raise _interrupt.take()
            finally:
                _release(self._pointer, None)

    def release(self) -> None:
        """Releases the lock, from any thread; the next waiter has it at once.

        Raises NotOwner (also a RuntimeError) when the handle does not hold it, LockLost when the lease had ended
        before, ServerErrors when the server cannot be told: the lease frees the lock then. In each case nothing is
        held after.
        """
        error = _Error()
        status = _release(self._pointer, byref(error))
        if status != 0:
            raise self._not_held(status, error, "released")
        if _pending:
            _calls.raise_due()

    def extend(self, lease: Optional[float] = None) -> None:
        """Sets the lease to end `lease` seconds from now (None: the handle's lease), which may be sooner than before.
        With renewal on, renewals go on with this length. Raises NotOwner and LockLost like `release`.
        """
        lease_ms = 0 if lease is None else _calls.duration_ms(lease, "lease", 100, 86_400_000)
        error = _Error()
        status = functions.lock_extend(self._pointer, lease_ms, byref(error))
        if status != 0:
            raise self._not_held(status, error, "extended")

    def _not_held(self, status: int, error: _abi.distcoord_error, done: str) -> BaseException:
        if status == _abi.NOT_HELD:
            return errors.about_lock(
                errors.NotOwner, f"lock {self._name!r} cannot be {done}: this handle does not hold it", self._name,
                status)
        if status == _abi.LOST:
            return errors.about_lock(
                errors.LockLost,
                f"lock {self._name!r} was lost before it was {done}: its lease ended, and what was done since may have"
                " overlapped with another holder", self._name, status)
        return _calls.failure(status, error)

    def locked(self) -> bool:
        """Whether anyone holds the lock, as of a moment ago. Asks the server."""
        return self.inspect() is not None

    def owned(self) -> bool:
        """Whether this handle holds the lock. Asks nobody."""
        return _state(self._pointer) == _abi.LOCK_HELD

    def inspect(self) -> Optional[LockInfo]:
        """Who holds the lock; None when nobody does. Asks the server."""
        info = _abi.distcoord_lock_info()
        error = _Error()
        status = functions.lock_inspect(self._pointer, byref(info), byref(error))
        if status == _abi.EMPTY:
            return None
        if status != _abi.OK:
            raise _calls.failure(status, error)
        try:
            if _pending:
                _calls.raise_due()
            return LockInfo(
                functions.lock_info_holder(info).decode(),
                functions.lock_info_fence(info),
                functions.lock_info_held_ms(info) / 1000,
                functions.lock_info_lease_left_ms(info) / 1000,
                functions.lock_info_waiters(info))
        finally:
            functions.lock_info_free(info)

    def cancel(self) -> None:
        """Ends the waits in progress on this handle, each with Cancelled. Later calls are not affected."""
        functions.lock_cancel(self._pointer)

    @property
    def name(self) -> str:
        """The lock's name."""
        return self._name

    @property
    def lease(self) -> float:
        """The lease in seconds that the handle was made with."""
        return self._lease

    @property
    def fence(self) -> int:
        """Fencing number of the current grant, or of the last one; 0 when this handle never held the lock."""
        return functions.lock_fence(self._pointer)

    @property
    def lease_left(self) -> float:
        """Seconds for which the lock is held for certain if nothing is renewed from now on; 0 when it is not held."""
        return functions.lock_lease_left_ms(self._pointer) / 1000

    @property
    def lost(self) -> _lost.Lost:
        """The event that this handle's grant was lost."""
        return _lost.Lost(self)

    def _is_lost(self) -> bool:
        return _state(self._pointer) == _abi.LOCK_LOST

    def _wait_lost(self, wait_ms: int) -> bool:
        return _lost.answer(
            functions.lock_wait_lost(self._pointer, wait_ms), f"waiting for the loss of lock {self._name!r}")

    def _event_fd(self) -> int:
        return functions.lock_event_fd(self._pointer)

    def __enter__(self) -> Lock:
        if not self.acquire(True, self._timeout):
            raise errors.about_lock(
                errors.LockTimeout, f"lock {self._name!r} was not free within {self._timeout:g} seconds", self._name,
                _abi.TIMED_OUT)
        return self

    def __exit__(
        self, kind: Optional[type[BaseException]], value: Optional[BaseException], trace: Optional[TracebackType],
    ) -> None:
        try:
            self.release()
        except errors.DistcoordError as error:
            if kind is None:
                raise
            _calls.add_note(value, error)  # the block's own exception says more of what went wrong

    def __repr__(self) -> str:
        state = {
            _abi.LOCK_HELD: f"held, fence {self.fence}", _abi.LOCK_LOST: "lost",
        }.get(_state(self._pointer), "not held")
        return f"<distcoord.Lock {self._name!r} {state}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return Lock, (self._client, self._name, self._lease, self._renew, self._timeout)
