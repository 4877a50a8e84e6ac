"""Locks: fair, leased, fenced."""

from __future__ import annotations

from ctypes import byref
from itertools import count, takewhile
from threading import get_ident
from typing import Any, NamedTuple, Optional, TypeVar

from .. import _abi, _calls, _held, _interrupt, errors
from .._handles import Handle
from .._held import Held
from .._library import functions
from .._options import LockOptions

_acquire = functions.lock_acquire
_pending = _interrupt.pending
_Error = _abi.distcoord_error

Self = TypeVar("Self", bound="Lock")


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
    owner: str
    """The holder's explicit owner id; "" when it has none."""
    line: tuple[str, ...]
    """Labels of the waiters' clients in order, of the first 1 000."""


class Lock(Held):
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

    __slots__ = ("_blocks", "_client", "_options")

    def __init__(self, client: Handle, name: str, options: LockOptions) -> None:
        self._client = client
        self._name = name
        self._options = options.checked()
        # The `with` blocks that are open: thread, and fence of the grant. One that has lost its grant must not release
        # that of another thread, which has acquired by the same handle since.
        self._blocks: list[tuple[int, int]] = []
        native = options.native()
        self._own(_abi.distcoord_lock())
        error = _Error()
        status = self._open(native._pointer if native else None, error)
        if status != _abi.OK:
            raise _calls.failure(status, error)

    def _open(self, native: Optional[_abi.distcoord_lock_options], error: _abi.distcoord_error) -> int:
        return functions.lock_open(
            self._client._pointer, _calls.text(self._name, "name"), native, byref(self._pointer), byref(error))

    def acquire(self, blocking: bool = True, timeout: Optional[float] = -1) -> bool:
        """Acquires the lock, waiting at most `timeout` seconds: -1 (or None) for ever, 0 tries once, and so does
        `blocking=False`. Returns whether it is held now; False leaves nothing behind on the server.

        Raises Cancelled when `cancel` ended the wait, and ServerErrors when the server cannot be reached: only after
        the client's command timeout, or during a wait after its end.
        """
        error = _Error()
        status = _acquire(self._pointer, _held.wait_of(blocking, timeout), byref(error))
        if status == 0:
            if _pending:
                self._unless_interrupted()
            if self._blocks:
                self._renew_blocks()
            return True
        if status == _abi.TIMED_OUT:
            return False
        raise _calls.failure(status, error)

    def _renew_blocks(self) -> None:
        """Within a block of this thread that has released: what it has acquired now is what its end releases."""
        thread, fence = get_ident(), self.fence
        for block in self._blocks[:]:
            if block[0] == thread and block[1] != fence:
                self._blocks.remove(block)
                self._blocks.append((thread, fence))

    def adopt(self) -> None:
        """Takes over the grant that this handle's `owner` has, wherever it was acquired, with the same fence: from now
        on this handle renews and releases it. The handle that had it before finds it lost, unless it has detached.
        `release` and `extend` do this by themselves when a handle with an owner holds nothing.

        Raises NotOwner when the owner holds nothing, InvalidArgument for a handle without an owner.
        """
        error = _Error()
        status = functions.lock_adopt(self._pointer, byref(error))
        if status == _abi.NOT_HELD:
            owner = self._options.owner
            raise errors.about_lock(
                errors.NotOwner, f"{self._what} {self._name!r} cannot be adopted: owner {owner!r} does not hold it",
                self._name, status)
        _calls.check(status, error)

    def detach(self) -> None:
        """Leaves the grant to another handle of the same `owner`: this one forgets it without releasing it and renews
        it no more. Unless it is adopted or released within its lease, which starts anew, the lease ends it.

        Raises NotOwner, LockLost, and InvalidArgument for a handle without an owner.
        """
        error = _Error()
        status = functions.lock_detach(self._pointer, byref(error))
        if status != _abi.OK:
            raise self._not_held(status, error, "detached")

    def force_release(self, fence: Optional[int] = None) -> bool:
        """Takes the lock away from whoever holds it and gives it to the next in line; with `fence`, only from the grant
        with that fence. Returns whether there was such a grant.

        The old holder finds it lost at its next renewal, at the latest after a third of its lease; until then only its
        fence, smaller than the new one, protects what it writes.
        """
        number = 0 if fence is None else _calls.integer(fence, "fence", 1, 2**53)
        error = _Error()
        status = functions.lock_break(self._pointer, number, byref(error))
        if status == _abi.NOT_HELD:
            return False
        _calls.check(status, error)
        return True

    def locked(self) -> bool:
        """Whether anyone holds the lock, as of a moment ago. Asks the server."""
        return self.inspect() is not None

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
                functions.lock_info_waiters(info),
                functions.lock_info_owner(info).decode(),
                _line(info))
        finally:
            functions.lock_info_free(info)

    @property
    def lease(self) -> float:
        """The lease in seconds that the handle was made with."""
        return self._options.lease

    @property
    def depth(self) -> int:
        """How many levels this handle holds: 0 or 1, and more when it is reentrant."""
        return functions.lock_depth(self._pointer)

    def __enter__(self: Self) -> Self:
        timeout = self._options.timeout
        if not self.acquire(True, timeout):
            raise _held.timed_out(self._what, self._name, timeout)
        self._blocks.append((get_ident(), self.fence))
        return self

    def _give_back(self) -> None:
        thread = get_ident()
        block = next((block for block in reversed(self._blocks[:]) if block[0] == thread), None)
        if block is not None:
            self._blocks.remove(block)
            if block[1] != self.fence:
                raise self._not_held(_abi.LOST, None, "released")
        self.release()

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._client, self._name, self._options)


def _line(info: _abi.distcoord_lock_info) -> tuple[str, ...]:
    """The labels of those in line; the snapshot ends it with NULL."""
    labels = takewhile(lambda label: label is not None, (functions.lock_info_waiter(info, at) for at in count()))
    return tuple(label.decode() for label in labels)
