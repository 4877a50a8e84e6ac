"""Carries log lines from the library to Python callables.

One C function serves all clients: the user pointer is a number that stands for the callable, so that a line which the
library writes late, while a client is going away, finds nothing instead of freed memory.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from itertools import count
from threading import get_ident
from typing import Any, Optional

from . import _abi, _handles, _interrupt

Sink = Callable[[int, str], object]

# The numbers of the `logging` module, which is not loaded for them.
DEBUG, INFO, WARNING, ERROR, CRITICAL = 10, 20, 30, 40, 50

_sinks: dict[int, Sink] = {}
_numbers = count(1)
_PYTHON_LEVELS = {
    _abi.LOG_ERROR: ERROR,
    _abi.LOG_WARNING: WARNING,
    _abi.LOG_INFO: INFO,
    _abi.LOG_DEBUG: DEBUG,
}


def _deliver(user: Optional[int], level: int, message: Optional[bytes]) -> None:
    sink = _sinks.get(user or 0)
    if sink is None or message is None:
        return
    thread = get_ident()
    _handles.logging_threads.add(thread)
    try:
        sink(_PYTHON_LEVELS.get(level, INFO), message.decode("utf-8", "replace"))
    except Exception:
        import traceback

        traceback.print_exc()  # there is no caller to tell
    except BaseException as exception:
        # A signal handler's: it belongs to whoever waits on this thread, not to the log line.
        _interrupt.pending.append(exception)
    finally:
        _handles.logging_threads.discard(thread)


function = _abi.distcoord_log_function(_deliver)


def _keep_signals_of_log_lines() -> None:
    """Saves what a signal handler raises at the very start of `_deliver`, before its `try`; see `_interrupt`. With
    three arguments there is no way around a Python function here. ctypes hands what leaves it to
    `sys.unraisablehook`, so that is where it can be had: with much logging, every second Ctrl-C would be lost
    otherwise.
    """
    global _keeps_signals
    if _keeps_signals:
        return
    _keeps_signals = True
    previous = sys.unraisablehook
    name = repr(_deliver)

    def hook(unraisable: Any) -> None:
        # Python 3.13 gives the callback's name in the message, before it is the object.
        if unraisable.object is _deliver or name in (unraisable.err_msg or ""):
            if unraisable.exc_value is not None:
                _interrupt.pending.append(unraisable.exc_value)
                return
        previous(unraisable)

    sys.unraisablehook = hook


_keeps_signals = False


class Registration:
    """Keeps a callable reachable for the library for as long as it exists itself."""

    __slots__ = ("number",)

    def __init__(self, sink: Sink) -> None:
        _keep_signals_of_log_lines()
        self.number = next(_numbers)
        _sinks[self.number] = sink

    def __del__(self, sinks: dict[int, Sink] = _sinks) -> None:
        sinks.pop(self.number, None)


def library_level(level: int) -> int:
    """The library's level that lets through what Python's `level` lets through."""
    if level <= DEBUG:
        return _abi.LOG_DEBUG
    if level <= INFO:
        return _abi.LOG_INFO
    if level <= WARNING:
        return _abi.LOG_WARNING
    if level <= CRITICAL:
        return _abi.LOG_ERROR
    return _abi.LOG_OFF
