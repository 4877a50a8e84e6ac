"""Handles of the library for waits: each wait has one of its own, so that its cancellation ends no other's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

H = TypeVar("H")

# How many handles that no wait uses at the moment are kept for the next.
_SPARE_HANDLES = 64


class Handles(Generic[H]):
    """Handles on one thing."""

    __slots__ = ("_open", "_spare")

    def __init__(self, open: Callable[[], H]) -> None:
        self._open = open
        self._spare: list[H] = []

    def take(self) -> H:
        """One that no wait uses."""
        return self._spare.pop() if self._spare else self._open()

    def put(self, handle: H) -> None:
        """To be called when a wait has ended by itself; one that was cancelled may yet be told so again."""
        if len(self._spare) < _SPARE_HANDLES:
            self._spare.append(handle)


def seconds(wait_ms: int) -> float:
    """A wait as the methods without asyncio take it."""
    return wait_ms / 1000 if wait_ms >= 0 else -1
