"""Semaphores: n permits for the fleet, each under a lease."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from ctypes import byref, c_int64
from threading import get_ident
from types import TracebackType
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Optional

from .. import _abi, _calls, _held, _interrupt, _lost, errors
from .._handles import Handle
from .._held import Held
from .._holds import Holds
from .._library import functions

if TYPE_CHECKING:
    from .._options import LockOptions

_Error = _abi.distcoord_error
_WHAT = "semaphore"


class SemaphoreInfo(NamedTuple):
    """How a semaphore stands, as of a moment ago."""

    permits: int
    """How many permits there are."""
    used: int
    """How many are taken; for a while more than there are, after a resize."""
    waiters: int
    """How many are in line."""


class Permit(Held):
    """Permits taken together: `count`, `fence`, `lost`, `lease_left`, `extend`, `release`. Dropped, they are given
    back."""

    __slots__ = ("_client", "_count")
    _what = _WHAT

    def __init__(self, client: Handle, name: str, count: int, pointer: _abi.distcoord_lock) -> None:
        self._client = client
        self._name = name
        self._count = count
        self._own(pointer)

    @property
    def count(self) -> int:
        """How many permits it stands for."""
        return self._count


class SemaphoreCore(Handle):
    """The library's semaphore: what the classes for threads and for tasks have in common."""

    __slots__ = ("_client", "_name", "_options", "_permits")
    _free = functions.semaphore_free

    def __init__(self, client: Handle, name: str, permits: int, options: LockOptions) -> None:
        self._client = client
        self._name = name
        self._permits = _calls.integer(permits, "permits", 1, _abi.SEMAPHORE_PERMITS_MAX)
        self._options = options.checked()
        native = options.native()
        self._own(_abi.distcoord_semaphore())
        error = _Error()
        status = functions.semaphore_open(
            client._pointer, _calls.text(name, "name"), self._permits, native._pointer if native else None,
            byref(self._pointer), byref(error))
        if status != _abi.OK:
            raise _calls.failure(status, error)

    def wait(self, count: int, wait_ms: int) -> Optional[Permit]:
        """Waits for permits; None when the time is over."""
        pointer = _abi.distcoord_lock()
        error = _Error()
        status = functions.semaphore_acquire(self._pointer, count, wait_ms, byref(pointer), byref(error))
        if status == _abi.OK:
            permit = Permit(self._client, self._name, count, pointer)
            if _interrupt.pending:
                permit._unless_interrupted()
            return permit
        if status == _abi.TIMED_OUT:
            return None
        raise _calls.failure(status, error)

    def resize(self, permits: int) -> None:
        """Changes how many permits there are, for all."""
        number = _calls.integer(permits, "permits", 1, _abi.SEMAPHORE_PERMITS_MAX)
        error = _Error()
        status = functions.semaphore_resize(self._pointer, number, byref(error))
        _calls.check(status, error)

    def inspect(self) -> SemaphoreInfo:
        """How the semaphore stands."""
        permits, used, waiters = c_int64(), c_int64(), c_int64()
        error = _Error()
        status = functions.semaphore_inspect(
            self._pointer, byref(permits), byref(used), byref(waiters), byref(error))
        _calls.check(status, error)
        return SemaphoreInfo(permits.value, used.value, waiters.value)

    def cancel(self) -> None:
        """Ends the waits in progress."""
        functions.semaphore_cancel(self._pointer)


class Semaphore:
    """A semaphore of `permits` permits, shaped like `threading.Semaphore`.

    Waiters are served in order of arrival; one that wants many permits is not overtaken by others that want few.
    Permits are leased: they are renewed while their holder lives, and come back when its lease ends after it died.
    Therefore a permit that this object has not taken cannot be given back: where `threading.Semaphore` would make a new
    permit, `release` raises NotOwner (a RuntimeError). Permits may be released by another thread than took them.

    `with semaphore as permit:` takes one permit (raising LockTimeout when the object has a `timeout`), gives it back
    at the end, and raises LockLost there when its lease had ended. An object that is dropped gives back its permits.
    It pickles by name, without permits.
    """

    __slots__ = ("_blocks", "_core", "_holds", "__weakref__")

    _over: ClassVar[type[errors.LockError]] = errors.NotOwner

    def __init__(self, client: Handle, name: str, permits: int, options: LockOptions) -> None:
        self._core = SemaphoreCore(client, name, permits, options)
        self._holds: Holds[Permit] = Holds()
        self._blocks: Holds[Permit] = Holds()

    def acquire(self, blocking: bool = True, timeout: Optional[float] = None, *, count: int = 1) -> bool:
        """Takes `count` permits, all of them at once, waiting at most `timeout` seconds: None (or -1) for ever, 0 tries
        once, and so does `blocking=False`. Returns whether they were had.

        Raises Conflict when the semaphore has fewer permits than `count` altogether, Cancelled, and ServerErrors like
        `Lock.acquire`.
        """
        return self._take(count, _held.wait_of(blocking, timeout)) is not None

    def _take(self, count: int, wait_ms: int) -> Optional[Permit]:
        permit = self._core.wait(checked_count(count, "count"), wait_ms)
        if permit is not None:
            self._holds.add(get_ident(), permit)
        return permit

    def release(self, n: int = 1) -> None:
        """Gives back `n` permits; waiters have them at once. Permits that were taken together are given back together:
        `n` has to be the sum of what one or more acquires have taken.

        Raises NotOwner (also a RuntimeError) when this object has not taken as many, InvalidArgument when they cannot
        be divided so, LockLost when the lease of one had ended: then all are given back all the same.
        """
        release_all(self._holds.take_some(get_ident(), chooser(checked_count(n, "n"), self._core._name, self._over)))

    def resize(self, permits: int) -> None:
        """Changes how many permits there are, for all. More: waiters get them at once. Fewer: nobody loses any; the
        number of those in use falls as they are released.
        """
        self._core.resize(permits)

    def inspect(self) -> SemaphoreInfo:
        """How the semaphore stands. Asks the server."""
        return self._core.inspect()

    def cancel(self) -> None:
        """Ends the waits in progress on this object, each with Cancelled. Later calls are not affected."""
        self._core.cancel()

    @property
    def name(self) -> str:
        """The semaphore's name."""
        return self._core._name

    @property
    def permits(self) -> tuple[Permit, ...]:
        """What this object has taken and not given back."""
        return tuple(self._holds.all())

    @property
    def lost(self) -> _lost.Lost:
        """The event that any of this object's permits was lost; set until that permit is released."""
        return _lost.Lost(self._holds)

    def __enter__(self) -> Permit:
        timeout = self._core._options.timeout
        permit = self._take(1, _calls.wait_ms(timeout))
        if permit is None:
            raise _held.timed_out(_WHAT, self._core._name, timeout)
        self._blocks.add(get_ident(), permit)
        return permit

    def __exit__(
        self, kind: Optional[type[BaseException]], value: Optional[BaseException], trace: Optional[TracebackType],
    ) -> None:
        _calls.end_block(self._leave, value)

    def _leave(self) -> None:
        permit = self._blocks.take(get_ident())
        if permit is not None and self._holds.remove(permit):
            permit.release()
        else:
            self.release()  # the block gave back its own permit, and perhaps took another

    def __repr__(self) -> str:
        return f"<distcoord.{type(self).__name__} {self._core._name!r} {sum_of(self._holds.all())} taken>"

    def __reduce__(self) -> tuple[Any, ...]:
        core = self._core
        return type(self), (core._client, core._name, core._permits, core._options)


class BoundedSemaphore(Semaphore):
    """A semaphore shaped like `threading.BoundedSemaphore`: a `release` of more permits than this object has taken
    raises OverRelease, which is a ValueError and, as with Semaphore, a NotOwner and RuntimeError.
    """

    __slots__ = ()
    _over = errors.OverRelease


def checked_count(count: int, what: str) -> int:
    """A number of permits to take or to give back."""
    return _calls.integer(count, what, 1, _abi.SEMAPHORE_PERMITS_MAX)


def sum_of(permits: Sequence[Permit]) -> int:
    """How many permits these stand for."""
    return sum(permit.count for permit in permits)


def chooser(n: int, name: str, over: type[errors.LockError]) -> Callable[[list[Permit]], list[Permit]]:
    """Chooses, for `Holds.take_some`, permits that make up `n`: one of just that size if there is, else the first that
    do not exceed it."""
    def choose(permits: list[Permit]) -> list[Permit]:
        taken = sum_of(permits)
        if taken < n:
            raise errors.about_lock(
                over, f"{_WHAT} {name!r}: {n} cannot be released, this object has taken {taken}", name, _abi.NOT_HELD)
        exact = [permit for permit in permits if permit.count == n]
        if exact:
            return exact[:1]
        chosen: list[Permit] = []
        left = n
        for permit in permits:
            if permit.count <= left:
                chosen.append(permit)
                left -= permit.count
        if left:
            sizes = ", ".join(str(permit.count) for permit in permits)
            raise errors.invalid(
                f"{_WHAT} {name!r}: {n} cannot be released; permits are given back as they were taken: {sizes}")
        return chosen

    return choose


def release_all(permits: list[Permit]) -> None:
    """Releases all of them, also after one that fails, and raises the first error."""
    first: Optional[errors.DistcoordError] = None
    for permit in permits:
        try:
            permit.release()
        except errors.DistcoordError as error:
            first = first or error
    if first is not None:
        raise first
