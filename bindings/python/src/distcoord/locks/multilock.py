"""Several locks at once."""

from __future__ import annotations

from collections.abc import Iterable
from ctypes import byref, c_char_p
from typing import TYPE_CHECKING, Any, Optional

from .. import _abi, _calls, errors
from .._handles import Handle
from .._library import functions
from .lock import Lock

if TYPE_CHECKING:
    from .._options import LockOptions


class MultiLock(Lock):
    """A handle on several locks, which it takes in one step, all or none: the same names as those of ordinary locks.

    An acquire waits in the lines of all and holds none of them meanwhile, so overlapping sets cannot deadlock, and it
    is served in order in each. The locks share one fence, and losing one is losing all. It is a Lock in all else;
    `name` is the names with commas between them.

    On a Redis Cluster names of different slots cannot be taken in one step: there they are acquired one after the
    other in the order of their bytes, which cannot deadlock either.
    """

    __slots__ = ("_names",)
    _what = "locks"

    def __init__(self, client: Handle, names: Iterable[str], options: LockOptions) -> None:
        if isinstance(names, str):
            raise TypeError("names must be several names; for one there is lock()")
        self._names = tuple(names)
        if not 1 <= len(self._names) <= _abi.LOCK_NAMES_MAX:
            raise errors.invalid(f"names must be 1 to {_abi.LOCK_NAMES_MAX}, not {len(self._names)}")
        super().__init__(client, ", ".join(map(str, self._names)), options)

    def _open(self, native: Optional[_abi.distcoord_lock_options], error: _abi.distcoord_error) -> int:
        names = (c_char_p * len(self._names))(*(_calls.text(name, "name") for name in self._names))
        return functions.lock_open_many(
            self._client._pointer, names, len(self._names), native, byref(self._pointer), byref(error))

    @property
    def names(self) -> tuple[str, ...]:
        """The names as given."""
        return self._names

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._client, self._names, self._options)
