"""Monitoring: who holds what, who is silent, how long waits and holds take, and taking back what the dead have left."""

from __future__ import annotations

from ctypes import byref, c_int64
from typing import TYPE_CHECKING, Any, NamedTuple, Optional

from . import _abi, _calls, errors
from ._handles import Handle
from ._library import functions

if TYPE_CHECKING:
    from datetime import datetime

_KINDS = {
    "lock": _abi.KIND_LOCK,
    "read": _abi.KIND_READ,
    "write": _abi.KIND_WRITE,
    "semaphore": _abi.KIND_SEMAPHORE,
    "election": _abi.KIND_ELECTION,
}
_KIND_NAMES = {number: name for name, number in _KINDS.items()}


class _HoldFields(NamedTuple):
    kind: str
    """"lock", "read", "write" (of a read-write lock), "semaphore" or "election"."""
    name: str
    """Its name."""
    holder: str
    """Label of the holder's client."""
    host: str
    """Machine of the holder; "" when it is not known."""
    pid: int
    """Process number of the holder on its machine; 0 when it is not known."""
    owner: str
    """The holder's explicit owner id; "" when it has none."""
    client: str
    """Identity of the holder's client, for `Client.release_dead_client`."""
    fence: int
    """Fencing number of the grant; an election's term."""
    permits: int
    """How many permits; 1 for what is no semaphore."""
    since: datetime
    """Since when it has been held, by the server's clock, in UTC."""
    held: float
    """Seconds for which it has been held."""
    lease_left: float
    """Seconds that the lease still runs."""
    waiters: int
    """How many wait for it."""
    stale: bool
    """Whether the holder's client is gone, or silent: it has missed a renewal that was due."""


class Hold(_HoldFields):
    """One thing that somebody holds, as of a moment ago."""

    # Where the library has it listed; absent from copies, which are looked up again when they are to be broken.
    _place: Optional[tuple[_List, int]] = None

    def __reduce__(self) -> tuple[Any, ...]:
        return Hold, tuple(self)


class _List(Handle):
    """A list of holds of the library."""

    __slots__ = ()
    _free = functions.holds_free

    def __init__(self, client: _abi.distcoord_client, which: int) -> None:
        self._own(_abi.distcoord_holds())
        error = _abi.distcoord_error()
        status = functions.holds_list(client, which, byref(self._pointer), byref(error))
        _calls.check(status, error)

    def holds(self) -> list[Hold]:
        """Its items."""
        return [self._hold(index) for index in range(functions.holds_count(self._pointer))]

    def _hold(self, index: int) -> Hold:
        from datetime import datetime, timedelta, timezone  # here, because most programs never look

        pointer = self._pointer
        since = timedelta(milliseconds=functions.holds_since_ms(pointer, index))
        hold = Hold(
            _KIND_NAMES[functions.holds_kind(pointer, index)],
            functions.holds_name(pointer, index).decode(),
            functions.holds_holder(pointer, index).decode(),
            functions.holds_host(pointer, index).decode("utf-8", "replace"),
            functions.holds_pid(pointer, index),
            functions.holds_owner(pointer, index).decode(),
            functions.holds_client(pointer, index).decode(),
            functions.holds_fence(pointer, index),
            functions.holds_permits(pointer, index),
            datetime(1970, 1, 1, tzinfo=timezone.utc) + since,
            functions.holds_held_ms(pointer, index) / 1000,
            functions.holds_lease_left_ms(pointer, index) / 1000,
            functions.holds_waiters(pointer, index),
            functions.holds_is_stale(pointer, index))
        hold._place = self, index
        return hold


class LockStatistics(Handle):
    """Statistics of one name, or of all of a kind, over all clients since they were last reset. Times are seconds;
    percentiles are at most 10 % too high."""

    __slots__ = ()
    _free = functions.lock_statistics_free

    def __init__(self, client: _abi.distcoord_client, kind: str, name: Optional[str]) -> None:
        self._own(_abi.distcoord_lock_statistics())
        error = _abi.distcoord_error()
        status = functions.lock_statistics_read(
            client, _kind(kind), None if name is None else _calls.text(name, "name"), byref(self._pointer),
            byref(error))
        _calls.check(status, error)

    @property
    def acquired(self) -> int:
        """Acquires that succeeded."""
        return functions.lock_statistics_count(self._pointer, _abi.COUNT_ACQUIRED)

    @property
    def contended(self) -> int:
        """Acquires that succeeded after they had to wait."""
        return functions.lock_statistics_count(self._pointer, _abi.COUNT_CONTENDED)

    @property
    def timed_out(self) -> int:
        """Acquires that ended without it: timed out, tried in vain, cancelled."""
        return functions.lock_statistics_count(self._pointer, _abi.COUNT_TIMED_OUT)

    @property
    def lost(self) -> int:
        """Holds that were lost."""
        return functions.lock_statistics_count(self._pointer, _abi.COUNT_LOST)

    @property
    def released(self) -> int:
        """Holds that were released."""
        return functions.lock_statistics_count(self._pointer, _abi.COUNT_RELEASED)

    @property
    def mean_wait(self) -> float:
        """Mean time from the call of an acquire to its success; those that did not wait count too."""
        return functions.lock_statistics_mean_us(self._pointer, _abi.TIME_WAIT) / 1e6

    @property
    def mean_hold(self) -> float:
        """Mean time from there to the release or the loss."""
        return functions.lock_statistics_mean_us(self._pointer, _abi.TIME_HOLD) / 1e6

    def wait_percentile(self, percent: float) -> float:
        """The wait that `percent` of the acquires (0 to 100) did not exceed."""
        return self._percentile(_abi.TIME_WAIT, percent)

    def hold_percentile(self, percent: float) -> float:
        """The time that `percent` of the holds (0 to 100) did not exceed."""
        return self._percentile(_abi.TIME_HOLD, percent)

    def _percentile(self, time: int, percent: float) -> float:
        if not 0 <= percent <= 100:  # refuses not-a-number too
            raise errors.invalid(f"percent must be 0 to 100, not {percent!r}")
        return functions.lock_statistics_percentile_us(self._pointer, time, percent) / 1e6

    def __repr__(self) -> str:
        return (
            f"<distcoord.LockStatistics acquired {self.acquired}, contended {self.contended}, timed out"
            f" {self.timed_out}, lost {self.lost}, mean wait {self.mean_wait:.6f} s, mean hold {self.mean_hold:.6f} s>")

    def __reduce__(self) -> Any:
        raise TypeError("statistics cannot be pickled; send the numbers")


class Monitoring(Handle):
    """The part of a client that looks at what all clients of its namespace hold."""

    __slots__ = ()

    def holds(self, stale: bool = False) -> list[Hold]:
        """What is held in the namespace (locks, read-write locks, semaphores, elections), ordered by kind and name;
        with `stale` only that whose holder is gone or silent. One pass over the server's keys, in small steps.
        """
        return _List(self._pointer, _abi.HOLDS_STALE if stale else _abi.HOLDS_ALL).holds()

    def break_hold(self, hold: Hold) -> bool:
        """Takes a hold away from its holder and serves those in line. Returns whether that very grant was still there.

        The old holder finds it lost at its next renewal, at the latest after a third of its lease; until then only its
        fence, smaller than the next one, protects what it writes.
        """
        place = hold._place or self._find(hold)
        if place is None:
            return False
        listed, index = place
        error = _abi.distcoord_error()
        status = functions.holds_break(self._pointer, listed._pointer, index, byref(error))
        if status in (_abi.NOT_HELD, _abi.NOT_FOUND):
            return False
        _calls.check(status, error)
        return True

    def _find(self, hold: Hold) -> Optional[tuple[_List, int]]:
        """The place of a grant in a new list."""
        key = (hold.kind, hold.name, hold.client, hold.fence)
        present = self.holds()
        return next((each._place for each in present if (each.kind, each.name, each.client, each.fence) == key), None)

    def lock_statistics(self, name: Optional[str] = None, kind: str = "lock") -> LockStatistics:
        """Statistics of `name`, or of all names of a kind together: "lock", "read", "write", "semaphore" or
        "election". All zeros for a name that nobody has used; they are forgotten a day after the last use.

        Those of this client are included to the last operation, those of others to two seconds ago.
        """
        return LockStatistics(self._pointer, kind, name)

    def reset_lock_statistics(self, name: Optional[str] = None, kind: str = "lock") -> None:
        """Sets statistics to zero for all. What other clients have not added up yet is added later."""
        encoded = None if name is None else _calls.text(name, "name")
        error = _abi.distcoord_error()
        status = functions.lock_statistics_reset(self._pointer, _kind(kind), encoded, byref(error))
        _calls.check(status, error)

    def release_dead_client(self, id: str) -> int:
        """Gives back all that a client holds that has died (`Hold.client`, `Client.id`); returns how many holds there
        were. Never do it to a client that lives: only fences protect what it writes then. A guardian (`connect`) does
        this by itself within milliseconds.
        """
        count = c_int64()
        error = _abi.distcoord_error()
        status = functions.holds_release_client(self._pointer, _calls.text(id, "id"), byref(count), byref(error))
        _calls.check(status, error)
        return count.value


def _kind(name: str) -> int:
    if name not in _KINDS:
        raise errors.invalid(f"kind must be one of {', '.join(_KINDS)}, not {name!r}")
    return _KINDS[name]
