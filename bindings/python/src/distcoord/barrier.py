"""Barriers: n parties wait for each other, again and again."""

from __future__ import annotations

from ctypes import byref, c_bool, c_int64
from typing import TYPE_CHECKING, Any, Optional

from . import _abi, _calls, _interrupt, errors
from ._handles import Handle
from ._library import functions

if TYPE_CHECKING:
    from .client import Client


class Barrier(Handle):
    """A handle on a cyclic barrier, like `threading.Barrier` across machines.

    When all parties have arrived they go on, and the next generation begins. A party that times out, is cancelled or
    is interrupted breaks the barrier for all who wait in that generation, and it stays broken until `reset`. The
    place of a party whose process died while it waited is free again. A handle may be used by several threads; each
    `wait` is one party. It pickles by name.
    """

    __slots__ = ("_client", "_name", "_parties")
    _free = functions.barrier_free

    def __init__(self, client: Client, name: str, parties: int) -> None:
        parties = _calls.integer(parties, "parties", 1, 1_000_000)
        self._client = client
        self._name = name
        self._parties = parties
        self._own(_abi.distcoord_barrier())
        error = _abi.distcoord_error()
        status = functions.barrier_open(
            client._pointer, _calls.text(name, "name"), parties, byref(self._pointer), byref(error))
        if status != _abi.OK:
            raise _calls.failure(status, error)

    def wait(self, timeout: Optional[float] = -1) -> int:
        """Arrives and waits for the others, at most `timeout` seconds (-1 or None: for ever). Returns a number from 0
        to `parties` - 1, another for each party.

        Raises BarrierBroken when the time is over (which breaks the barrier for the others too) and when it is or gets
        broken, Cancelled (and broken) after `cancel`, Conflict when another number of parties is in use, ServerErrors.
        """
        index = c_int64()
        error = _abi.distcoord_error()
        status = functions.barrier_wait(self._pointer, _calls.wait_ms(timeout), byref(index), None, byref(error))
        if status == _abi.OK:
            if _interrupt.pending:
                _calls.raise_due()
            return index.value
        if status == _abi.TIMED_OUT:
            raise self._broken(status, f"not all parties came to barrier {self._name!r} in time, so it is broken now")
        if status == _abi.BROKEN:
            raise self._broken(status, f"barrier {self._name!r} is broken: a party timed out, gave up or aborted it")
        raise _calls.failure(status, error)

    def _broken(self, status: int, message: str) -> errors.BarrierBroken:
        error = errors.BarrierBroken(message)
        error.name, error.status = self._name, status
        return error

    def abort(self) -> None:
        """Breaks the barrier: all who wait, and all who arrive until it is reset, get BarrierBroken."""
        self._tell(functions.barrier_abort)

    def reset(self) -> None:
        """Makes the barrier empty and whole again; those who wait get BarrierBroken."""
        self._tell(functions.barrier_reset)

    def _tell(self, function: Any) -> None:
        error = _abi.distcoord_error()
        status = function(self._pointer, byref(error))
        if status != _abi.OK:
            raise _calls.failure(status, error)

    def cancel(self) -> None:
        """Ends the waits in progress on this handle, each with Cancelled; that breaks the barrier."""
        functions.barrier_cancel(self._pointer)

    def _inspect(self) -> tuple[int, int, bool]:
        waiting, generation, broken = c_int64(), c_int64(), c_bool()
        error = _abi.distcoord_error()
        status = functions.barrier_inspect(
            self._pointer, byref(waiting), byref(generation), byref(broken), byref(error))
        if status != _abi.OK:
            raise _calls.failure(status, error)
        return waiting.value, generation.value, broken.value

    @property
    def name(self) -> str:
        """The barrier's name."""
        return self._name

    @property
    def parties(self) -> int:
        """How many wait for each other."""
        return self._parties

    @property
    def n_waiting(self) -> int:
        """How many have arrived and wait. Asks the server, as `generation` and `broken` do."""
        return self._inspect()[0]

    @property
    def generation(self) -> int:
        """The current generation, from 0."""
        return self._inspect()[1]

    @property
    def broken(self) -> bool:
        """Whether the barrier is broken."""
        return self._inspect()[2]

    def __repr__(self) -> str:
        return f"<distcoord.Barrier {self._name!r} of {self._parties}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return Barrier, (self._client, self._name, self._parties)
