"""What all handles for tasks have in common: their waits can be ended together."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, Optional, TypeVar

from ._attempt import Attempt, Returnable

H = TypeVar("H", bound=Returnable)


class Waiting:
    """A handle whose acquires, or claims, are attempts."""

    __slots__ = ("_attempts",)

    def __init__(self) -> None:
        self._attempts: set[Attempt[Any]] = set()

    async def _wait(
        self, wants: Hashable, wait: Callable[[int], Optional[H]], cancel: Callable[[], None], wait_ms: int,
    ) -> Optional[H]:
        """See `Attempt`."""
        attempt = Attempt(wants, wait, cancel, wait_ms)
        self._attempts.add(attempt)
        try:
            return await attempt.outcome()
        finally:
            self._attempts.discard(attempt)

    def cancel(self) -> None:
        """Ends the waits in progress on this handle, each with Cancelled. Later calls are not affected."""
        for attempt in list(self._attempts):
            attempt.cancel()
