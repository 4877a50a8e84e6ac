"""Options of locks, read-write locks and semaphores: what was asked for, and the library's object for it."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple, Optional

from . import _calls
from ._handles import Handle
from ._library import functions


class LockOptions(NamedTuple):
    """Options as given; what a kind does not know stays at its default."""

    lease: float = 10.0
    renew: bool = True
    timeout: Optional[float] = -1
    owner: Optional[str] = None
    fair: bool = True
    linger: float = 0
    reentrant: bool = False
    tracing: bool = False

    def checked(self) -> LockOptions:
        """Itself, when `with` can wait as it says. The rest is checked when the handle is opened."""
        _calls.wait_ms(self.timeout)
        return self

    def native(self) -> Optional[_Native]:
        """The library's options, to be kept until the handle is opened; None for the defaults."""
        if self._replace(timeout=-1) == _DEFAULTS:
            return None
        return _native(
            lease_ms(self.lease), bool(self.renew), self.owner, bool(self.fair),
            _calls.duration_ms(self.linger, "linger", 0, 86_400_000), bool(self.reentrant), bool(self.tracing))


def lease_ms(seconds: float) -> int:
    """Milliseconds of a lease, within the library's bounds."""
    return _calls.duration_ms(seconds, "lease", 100, 86_400_000)


_DEFAULTS = LockOptions()


class _Native(Handle):
    """Lock options of the library."""

    __slots__ = ()
    _free = functions.lock_options_free

    def __init__(
        self, lease_ms: int, renew: bool, owner: Optional[str], fair: bool, linger_ms: int, reentrant: bool,
        tracing: bool,
    ) -> None:
        self._own(functions.lock_options_new())
        pointer = self._pointer
        functions.lock_options_set_lease_ms(pointer, lease_ms)
        functions.lock_options_set_renew(pointer, renew)
        if owner is not None:
            status = functions.lock_options_set_owner(pointer, _calls.text(owner, "owner"))
            _calls.check_setter(status, "owner (a name of 1 to 256 bytes)", owner)
        functions.lock_options_set_fair(pointer, fair)
        functions.lock_options_set_linger_ms(pointer, linger_ms)
        functions.lock_options_set_reentrant(pointer, reentrant)
        functions.lock_options_set_tracing(pointer, tracing)


_native = lru_cache(maxsize=32)(_Native)
