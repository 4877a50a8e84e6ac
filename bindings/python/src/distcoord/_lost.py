"""The event that a lock, a permit, a leadership or a claimed job was lost."""

from __future__ import annotations

import select
import time
from typing import Any, Optional

from . import _abi, _calls
from .errors import DistcoordError

# A job that is settled while somebody waits for its loss ends that wait at the next look.
_LOOK_SECONDS = 0.1


class Lost:
    """Set while a lease that was held is lost; shaped like `threading.Event`, and true in a condition when set.

    It is set before the server can give the thing to somebody else, and cleared by the next successful acquire or
    campaign on the same handle. It has a file descriptor, so `select` and event loops can wait for it.
    """

    __slots__ = ("_handle",)

    def __init__(self, handle: Any) -> None:
        self._handle = handle

    def is_set(self) -> bool:
        """Whether it was lost. Asks nobody."""
        return bool(self._handle._is_lost())

    __bool__ = is_set

    def wait(self, timeout: Optional[float] = None) -> bool:
        """Waits until it is lost, at most `timeout` seconds (None and -1: for ever); returns whether it is. Returns
        False at once when nothing is held, and as soon as it is given back.
        """
        return bool(self._handle._wait_lost(_calls.wait_ms(timeout)))

    def fileno(self) -> int:
        """A descriptor that is readable while set, valid as long as the handle. Do not read, write or close it."""
        descriptor = int(self._handle._event_fd())
        if descriptor < 0:
            error = DistcoordError("no file descriptor is left for the event; raise the process's limit (ulimit -n)")
            error.status = _abi.ERROR_INTERNAL
            raise error
        return descriptor

    def __repr__(self) -> str:
        return f"<distcoord.Lost {'set' if self.is_set() else 'clear'} of {self._handle!r}>"


def answer(status: int, what: str) -> bool:
    """The answer of `wait` for a status of the library's own wait."""
    if status == _abi.LOST:
        return True
    if status in (_abi.NOT_HELD, _abi.TIMED_OUT):
        return False
    raise _calls.failure(status, None, what)


def poll(handle: Any, wait_ms: int) -> bool:
    """`wait` for handles for which the library has a descriptor only."""
    end = None if wait_ms < 0 else time.monotonic() + wait_ms / 1000
    poller = select.poll()
    poller.register(Lost(handle).fileno(), select.POLLIN)
    while handle._is_held():
        left = _LOOK_SECONDS if end is None else min(_LOOK_SECONDS, end - time.monotonic())
        if left <= 0:
            break
        if poller.poll(left * 1000) and handle._is_held():
            time.sleep(left)  # a job that is to be cancelled, whose descriptor tells of that for good
    return bool(handle._is_lost())
