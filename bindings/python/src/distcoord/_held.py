"""What is held of locks, read-write locks and semaphores: to the library one type, released and lost in one way."""

from __future__ import annotations

from ctypes import byref
from typing import Any, Optional, TypeVar

from . import _abi, _calls, _interrupt, errors
from ._leased import Leased
from ._library import functions
from ._options import lease_ms

_Error = _abi.distcoord_error
_release = functions.lock_release
_pending = _interrupt.pending

Self = TypeVar("Self", bound="Held")


class Held(Leased):
    """A grant under a lease, with a fence."""

    __slots__ = ()
    _free = functions.lock_free
    _state = functions.lock_state
    _wait_for_loss = functions.lock_wait_lost
    _descriptor = functions.lock_event_fd
    _cancel = functions.lock_cancel
    _let_go = functions.lock_release
    _what = "lock"
    _holder = "this handle"

    def release(self) -> None:
        """Releases it, from any thread; the next waiter has it at once.

        Raises NotOwner (also a RuntimeError) when this handle does not hold it, LockLost when the lease had ended
        before, ServerErrors when the server cannot be told: the lease frees it then. In each case nothing is held
        after.
        """
        error = _Error()
        status = _release(self._pointer, byref(error))
        if status != 0:
            raise self._not_held(status, error, "released")
        if _pending:
            _calls.raise_due()

    def _give_back(self) -> None:
        self.release()

    def extend(self, lease: Optional[float] = None) -> None:
        """Sets the lease to end `lease` seconds from now (None: the lease that it was opened with), which may be
        sooner than before. With renewal on, renewals go on with this length. Raises NotOwner and LockLost like
        `release`.
        """
        error = _Error()
        status = functions.lock_extend(self._pointer, 0 if lease is None else lease_ms(lease), byref(error))
        if status != 0:
            raise self._not_held(status, error, "extended")

    def owned(self) -> bool:
        """Whether this handle holds it. Asks nobody."""
        return self._is_held()

    @property
    def fence(self) -> int:
        """Fencing number of the current grant, or of the last one; 0 when there never was one."""
        return functions.lock_fence(self._pointer)

    @property
    def lease_left(self) -> float:
        """Seconds for which it is held for certain if nothing is renewed from now on; 0 when it is not held."""
        return functions.lock_lease_left_ms(self._pointer) / 1000

    def _not_held(self, status: int, error: Any, done: str) -> BaseException:
        what = f"{self._what} {self._name!r}"
        if status == _abi.NOT_HELD:
            return errors.about_lock(
                errors.NotOwner, f"{what} cannot be {done}: {self._holder} does not hold it", self._name, status)
        if status == _abi.LOST:
            return errors.about_lock(
                errors.LockLost,
                f"{what} was lost before it was {done}: its lease ended or it was taken away, and what was done since"
                " may have overlapped with another holder", self._name, status)
        return _calls.failure(status, error)

    def _state_text(self) -> str:
        state = self._state(self._pointer)
        if state == _abi.LOCK_HELD:
            return f"held, fence {self.fence}"
        return "lost" if state == _abi.LOCK_LOST else "not held"

    def __enter__(self: Self) -> Self:
        return self

    def __repr__(self) -> str:
        return f"<distcoord.{type(self).__name__} {self._name!r} {self._state_text()}>"

    def __reduce__(self) -> Any:
        raise TypeError("what is held belongs to the process that acquired it and cannot be pickled; send the handle")


def wait_of(blocking: bool, timeout: Optional[float]) -> int:
    """Milliseconds for `acquire(blocking, timeout)` as `threading` has it: one that does not block takes no time."""
    if blocking:
        return -1 if timeout == -1 else _calls.wait_ms(timeout)
    if timeout is not None and timeout != -1:
        raise errors.invalid("a timeout makes no sense for an acquire that does not block")
    return 0


def conflict_as(kind: type[errors.LockError], error: BaseException, name: str) -> BaseException:
    """An error of the library that has a name of its own here, when it is a conflict."""
    if not isinstance(error, errors.Conflict):
        return error
    return errors.about_lock(kind, str(error), name, error.status)


def timed_out(what: str, name: str, timeout: Optional[float]) -> errors.LockError:
    """The error of a `with` that did not get it in time."""
    return errors.about_lock(
        errors.LockTimeout, f"{what} {name!r} was not free within {timeout:g} seconds", name, _abi.TIMED_OUT)
