"""Double barriers: n parties begin together, and leave together."""

from __future__ import annotations

from ctypes import byref, c_int64
from functools import lru_cache
from typing import Any, NamedTuple, Optional

from .. import _abi, _calls, _interrupt, _lost, errors
from .._handles import Handle
from .._leased import Leased
from .._library import functions

_Error = _abi.distcoord_error

ON_DEATH = {"break": _abi.ON_DEATH_BREAK, "shrink": _abi.ON_DEATH_SHRINK}
"""The library's numbers for what the death of a party means."""


class DoubleBarrierInfo(NamedTuple):
    """How a double barrier stands, as of a moment ago."""

    inside: int
    """Parties that have entered and not left."""
    left: int
    """Parties of this round that have left."""
    parties: int
    """Parties of this round, less those that have died."""
    round: int
    """The round, from 0."""


class DoubleBarrierOptions(NamedTuple):
    """See `Client.double_barrier`."""

    lease: float = 10.0
    on_death: str = "break"
    timeout: Optional[float] = -1


class _Native(Handle):
    """Options of a double barrier of the library."""

    __slots__ = ()
    _free = functions.double_barrier_options_free

    def __init__(self, lease: float, on_death: str) -> None:
        self._own(functions.double_barrier_options_new())
        functions.double_barrier_options_set_lease_ms(
            self._pointer, _calls.duration_ms(lease, "lease", 100, 86_400_000))
        functions.double_barrier_options_set_on_death(self._pointer, _calls.choice(on_death, "on_death", ON_DEATH))


_native = lru_cache(maxsize=32)(_Native)


def _leave_at_once(pointer: _abi.distcoord_double_barrier, error: Optional[_abi.distcoord_error]) -> int:
    return functions.double_barrier_leave(pointer, 0, error)


class DoubleBarrier(Leased):
    """One party of a double barrier: `with barrier:` waits until all parties are inside, runs the block, and waits
    until all are done.

    Between entering and leaving the party has a lease that the library renews. The death of a party is noticed by the
    others when its lease ends: they get BarrierBroken, or go on without it, as `on_death` says. When all have left, or
    it was broken and all are gone, it can be entered anew. A handle pickles by name, as one that is outside.
    """

    __slots__ = ("_client", "_options", "_parties")
    _free = functions.double_barrier_free
    _state = functions.double_barrier_state
    _descriptor = functions.double_barrier_event_fd
    _cancel = functions.double_barrier_cancel
    _let_go = staticmethod(_leave_at_once)
    _what = "double barrier"

    def __init__(
        self, client: Handle, name: str, parties: int, options: DoubleBarrierOptions = DoubleBarrierOptions(),
    ) -> None:
        native = _native(options.lease, options.on_death)
        _calls.wait_ms(options.timeout)
        self._client = client
        self._name = name
        self._parties = _calls.integer(parties, "parties", 1, 1_000_000)
        self._options = options
        self._own(_abi.distcoord_double_barrier())
        error = _Error()
        status = functions.double_barrier_open(
            client._pointer, _calls.text(name, "name"), self._parties, native._pointer, byref(self._pointer),
            byref(error))
        _calls.check(status, error)

    def enter(self, timeout: Optional[float] = -1) -> int:
        """Enters, and waits at most `timeout` seconds (-1 or None: for ever) until all parties have. Returns a number
        from 0, another for each party.

        Raises BarrierTimeout (also a TimeoutError) when not all came in time: this party has withdrawn then, and the
        others wait for another. Raises BarrierBroken when a party died or somebody aborted, Conflict when this handle
        is inside already or another number of parties is in use, Cancelled, ServerErrors.
        """
        index = c_int64()
        error = _Error()
        status = functions.double_barrier_enter(self._pointer, _calls.wait_ms(timeout), byref(index), byref(error))
        if status == _abi.OK:
            if _interrupt.pending:
                self._unless_interrupted()
            return index.value
        if status == _abi.EXISTS:
            inside = errors.Conflict(f"this handle is inside double barrier {self._name!r} already")
            inside.status = status
            raise inside
        raise self._failure(status, error, "come")

    def leave(self, timeout: Optional[float] = -1) -> None:
        """Says that this party is done, and waits at most `timeout` seconds (-1 or None: for ever) until all are. This
        party has left in any case.

        Raises BarrierTimeout (also a TimeoutError) when not all left in time, BarrierBroken when a party died or
        somebody aborted, of that PartyLost when this party's own lease had ended, NotInside (a RuntimeError) when this
        handle has not entered, Cancelled, ServerErrors.
        """
        error = _Error()
        status = functions.double_barrier_leave(self._pointer, _calls.wait_ms(timeout), byref(error))
        if status == _abi.NOT_HELD:
            outside = errors.NotInside(f"this handle is not inside double barrier {self._name!r}")
            outside.status = status
            raise outside
        if status == _abi.LOST:
            raise self._party_lost(status)
        if status != _abi.OK:
            raise self._failure(status, error, "leave")
        if _interrupt.pending:
            _calls.raise_due()

    def _failure(self, status: int, error: _abi.distcoord_error, verb: str) -> BaseException:
        if status == _abi.TIMED_OUT:
            return errors.about(errors.BarrierTimeout(
                f"not all parties of double barrier {self._name!r} did {verb} in time"), self._name, status)
        if status == _abi.BROKEN and self._is_lost():
            return self._party_lost(status)
        if status == _abi.BROKEN:
            return errors.about(errors.BarrierBroken(
                f"double barrier {self._name!r} is broken: a party died, or somebody aborted it"), self._name, status)
        return _calls.failure(status, error)

    def _party_lost(self, status: int) -> errors.PartyLost:
        return errors.about(errors.PartyLost(
            f"the lease of this party of double barrier {self._name!r} ended while it was inside: the others took it"
            " for dead"), self._name, status)

    def _give_back(self) -> None:
        self.leave(self._options.timeout)

    def _wait_lost(self, wait_ms: int) -> bool:
        return _lost.poll(self, wait_ms)

    def abort(self) -> None:
        """Breaks it for all who are inside or wait; it is whole again for those who enter after."""
        error = _Error()
        _calls.check(functions.double_barrier_abort(self._pointer, byref(error)), error)

    def inspect(self) -> DoubleBarrierInfo:
        """How it stands. Asks the server."""
        inside, left, parties, number = c_int64(), c_int64(), c_int64(), c_int64()
        error = _Error()
        status = functions.double_barrier_inspect(
            self._pointer, byref(inside), byref(left), byref(parties), byref(number), byref(error))
        _calls.check(status, error)
        return DoubleBarrierInfo(inside.value, left.value, parties.value, number.value)

    @property
    def parties(self) -> int:
        """How many enter together."""
        return self._parties

    @property
    def is_inside(self) -> bool:
        """Whether this party is inside. Asks nobody."""
        return self._is_held()

    def __enter__(self) -> DoubleBarrier:
        self.enter(self._options.timeout)
        return self

    def __repr__(self) -> str:
        state = "inside" if self._is_held() else "lost" if self._is_lost() else "outside"
        return f"<distcoord.DoubleBarrier {self._name!r} of {self._parties} {state}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return DoubleBarrier, (self._client, self._name, self._parties, self._options)
