"""Events: a flag that is set or not; those who wait for it go on when it is set."""

from __future__ import annotations

from ctypes import byref, c_bool
from typing import Any, Optional

from .. import _abi, _calls
from .._handles import Handle
from .._library import functions

_Error = _abi.distcoord_error


class Event(Handle):
    """A handle on an event, like `threading.Event` across machines.

    Who waits while it is being set goes on, also when it is cleared at once after. An event that nobody uses for a day
    is forgotten, that is, not set. A handle may be used by several threads, and pickles by name.
    """

    __slots__ = ("_client", "_name")
    _free = functions.event_free

    def __init__(self, client: Handle, name: str) -> None:
        self._client = client
        self._name = name
        self._own(_abi.distcoord_event())
        error = _Error()
        status = functions.event_open(client._pointer, _calls.text(name, "name"), byref(self._pointer), byref(error))
        _calls.check(status, error)

    def set(self) -> None:
        """Sets it; all who wait go on."""
        error = _Error()
        _calls.check(functions.event_set(self._pointer, byref(error)), error)

    def clear(self) -> None:
        """Clears it."""
        error = _Error()
        _calls.check(functions.event_clear(self._pointer, byref(error)), error)

    def is_set(self) -> bool:
        """Whether it is set. Asks the server."""
        found = c_bool()
        error = _Error()
        _calls.check(functions.event_is_set(self._pointer, byref(found), byref(error)), error)
        return found.value

    def wait(self, timeout: Optional[float] = None) -> bool:
        """Waits until it is set, at most `timeout` seconds: None (or -1) for ever, 0 looks once. Returns whether it
        was. Raises Cancelled when `cancel` ended the wait, and ServerErrors.
        """
        error = _Error()
        status = functions.event_wait(self._pointer, _calls.wait_ms(timeout), byref(error))
        if status == _abi.TIMED_OUT:
            return False
        _calls.check(status, error)
        return True

    def cancel(self) -> None:
        """Ends the waits in progress on this handle, each with Cancelled. Later calls are not affected."""
        functions.event_cancel(self._pointer)

    @property
    def name(self) -> str:
        """The event's name."""
        return self._name

    def __repr__(self) -> str:
        return f"<distcoord.Event {self._name!r}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return Event, (self._client, self._name)
