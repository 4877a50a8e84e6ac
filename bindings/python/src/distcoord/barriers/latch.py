"""Latches: a count that is taken down to zero, once; any number wait for that."""

from __future__ import annotations

from ctypes import byref, c_int64
from typing import Any, Optional

from .. import _abi, _calls, errors
from .._handles import Handle
from .._library import functions

_MOST = 1_000_000_000
_Error = _abi.distcoord_error


class Latch(Handle):
    """A handle on a latch: `count_down` takes its count down, and all who `wait` go on when it is zero.

    A latch comes into being with the first use by a handle that knows its count, stays open once it is at zero, and is
    forgotten a day after its last use. For the jobs of a batch, which are counted by themselves, see `Batch`. A handle
    may be used by several threads, and pickles by name.
    """

    __slots__ = ("_client", "_count", "_name")
    _free = functions.latch_free

    def __init__(self, client: Handle, name: str, count: Optional[int] = None) -> None:
        number = 0 if count is None else _calls.integer(count, "count", 1, _MOST)
        self._client = client
        self._name = name
        self._count = count
        self._own(_abi.distcoord_latch())
        error = _Error()
        status = functions.latch_open(
            client._pointer, _calls.text(name, "name"), number, byref(self._pointer), byref(error))
        _calls.check(status, error)

    def count_down(self, n: int = 1) -> int:
        """Takes the count down by `n`, never below zero, and returns what is left. Raises LatchNotFound when it is not
        there and this handle has no count.
        """
        left = c_int64()
        error = _Error()
        self._check(functions.latch_count_down(
            self._pointer, _calls.integer(n, "n", 1, _MOST), byref(left), byref(error)), error)
        return left.value

    def wait(self, timeout: Optional[float] = -1) -> bool:
        """Waits until the count is zero, at most `timeout` seconds: -1 (or None) for ever, 0 looks once. Returns
        whether it is. A latch that is not there yet is waited for, too.

        Raises BarrierBroken when it is reset meanwhile, Cancelled, ServerErrors.
        """
        error = _Error()
        status = functions.latch_wait(self._pointer, _calls.wait_ms(timeout), byref(error))
        if status == _abi.TIMED_OUT:
            return False
        if status == _abi.BROKEN:
            raise errors.about(
                errors.BarrierBroken(f"latch {self._name!r} was reset while this waited for it"), self._name, status)
        _calls.check(status, error)
        return True

    @property
    def count(self) -> int:
        """What is left of the count. Asks the server. Raises LatchNotFound like `count_down`."""
        left = c_int64()
        error = _Error()
        self._check(functions.latch_count(self._pointer, byref(left), byref(error)), error)
        return left.value

    def reset(self, count: Optional[int] = None) -> None:
        """Makes it anew with a count, None for the handle's own. Those who wait get BarrierBroken."""
        number = 0 if count is None else _calls.integer(count, "count", 1, _MOST)
        error = _Error()
        self._check(functions.latch_reset(self._pointer, number, byref(error)), error)

    def _check(self, status: int, error: _abi.distcoord_error) -> None:
        if status == _abi.NOT_FOUND:
            unknown = errors.LatchNotFound(
                f"there is no latch {self._name!r}, and this handle does not say with which count to make one")
            unknown.status = status
            raise unknown
        _calls.check(status, error)

    def cancel(self) -> None:
        """Ends the waits in progress on this handle, each with Cancelled. Later calls are not affected."""
        functions.latch_cancel(self._pointer)

    @property
    def name(self) -> str:
        """The latch's name."""
        return self._name

    def __repr__(self) -> str:
        return f"<distcoord.Latch {self._name!r}{f' of {self._count}' if self._count else ''}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return Latch, (self._client, self._name, self._count)
