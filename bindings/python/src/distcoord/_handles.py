"""Ownership of what the library hands out: freed when the last reference goes, never twice, never in another process.

Nothing is freed by a method: a thread that is inside a call on an object holds a reference to it, so the memory
cannot go away under that call, whatever other threads do.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from ctypes import c_void_p
from threading import get_ident
from typing import Any, ClassVar

# Threads that run a log function at the moment. The library must not be called there, not even to free, and the
# garbage collector runs wherever it likes; what it finds there waits in `_postponed` for the next ordinary free.
logging_threads: set[int] = set()

# The number of this process; asking the system for it with every job would cost more than all else here.
_this_process = [os.getpid()]


def _forked() -> None:
    _this_process[0] = os.getpid()


os.register_at_fork(after_in_child=_forked)

_postponed: list[tuple[Callable[..., None], c_void_p]] = []


class Handle:
    """Owner of one pointer of the library."""

    __slots__ = ("_pointer", "_process", "__weakref__")

    _free: ClassVar[Callable[..., None]]
    _pointer: Any
    _process: int

    def _own(self, pointer: c_void_p) -> None:
        """Takes over a pointer, or the place where the library will put one: an empty one is not freed."""
        self._process = _this_process[0]
        self._pointer = pointer

    # Names are bound as defaults because modules may be gone when the interpreter's end runs this.
    def __del__(
        self,
        process: list[int] = _this_process,
        get_ident: Callable[[], int] = get_ident,
        logging_threads: set[int] = logging_threads,
        postponed: list[tuple[Callable[..., None], c_void_p]] = _postponed,
    ) -> None:
        try:
            pointer = self._pointer
        except AttributeError:
            return  # the constructor failed before it had one
        address = pointer.value
        if address is None or self._process != process[0]:
            return
        pointer.value = None
        owned = type(pointer)(address)
        if logging_threads and get_ident() in logging_threads:
            postponed.append((self._free, owned))
            return
        self._free(owned)
        while postponed:
            free, owned = postponed.pop()
            free(owned)
