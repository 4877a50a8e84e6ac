"""What everything had under a lease has in common, whatever the kind: it can be lost, and a block gives it back."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import ClassVar, Optional

from . import _abi, _calls, _interrupt, _lost
from ._handles import Handle

HELD = _abi.LOCK_HELD
LOST = _abi.LOCK_LOST


class Leased(Handle):
    """A handle whose grant ends with a lease. Locks and elections number their states alike: free, held, lost."""

    __slots__ = ("_name",)

    _what: ClassVar[str]
    _state: ClassVar[Callable[..., int]]
    _wait_for_loss: ClassVar[Callable[..., int]]
    _descriptor: ClassVar[Callable[..., int]]
    _cancel: ClassVar[Callable[..., None]]
    _let_go: ClassVar[Callable[..., int]]
    _name: str

    @property
    def name(self) -> str:
        """The name that all who meet here use."""
        return self._name

    @property
    def lost(self) -> _lost.Lost:
        """The event that this handle's grant was lost."""
        return _lost.Lost(self)

    def cancel(self) -> None:
        """Ends the waits in progress on this handle, each with Cancelled. Later calls are not affected."""
        self._cancel(self._pointer)

    def _give_back(self) -> None:
        """Gives the grant back, or raises why not."""
        raise NotImplementedError

    def _unless_interrupted(self) -> None:
        """Raises what a signal handler raised during the wait that has just succeeded, and gives the grant back then;
        to be called if `_interrupt.pending`."""
        if _interrupt.is_due():
            try:
                raise _interrupt.take()
            finally:
                self._let_go(self._pointer, None)

    def _is_held(self) -> bool:
        return self._state(self._pointer) == HELD

    def _is_lost(self) -> bool:
        return self._state(self._pointer) == LOST

    def _wait_lost(self, wait_ms: int) -> bool:
        status = self._wait_for_loss(self._pointer, wait_ms)
        return _lost.answer(status, f"waiting for the loss of {self._what} {self._name!r}")

    def _event_fd(self) -> int:
        return self._descriptor(self._pointer)

    def __exit__(
        self, kind: Optional[type[BaseException]], value: Optional[BaseException], trace: Optional[TracebackType],
    ) -> None:
        _calls.end_block(self._give_back, value)
