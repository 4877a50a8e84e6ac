"""Room for what a push answers, made once and used again: making it anew would cost as much as a buffered push."""

from __future__ import annotations

from ctypes import byref, c_char
from typing import Any

from . import _abi

ID_CAPACITY = 129
_IdBuffer = c_char * ID_CAPACITY

# Room for an id, room for an error, and a pointer to that.
Slot = tuple[Any, _abi.distcoord_error, Any]

# Taken by `pop` and put back by `append`, which are atomic: so neither two threads nor a call and a signal handler that
# comes in between ever have the same one. After a failure a slot is not put back, because its error was freed.
slots: list[Slot] = []


def new_slot() -> Slot:
    """One more, when all are in use."""
    error = _abi.distcoord_error()
    return _IdBuffer(), error, byref(error)
