"""Pausing a queue, and its limits."""

from __future__ import annotations

from ctypes import byref
from typing import NamedTuple, Optional

from .. import _abi, _calls
from .._handles import Handle
from .._library import functions

_DAY_MS = 86_400_000
_MOST_PER_PERIOD = 1_000_000_000
_MOST_OF_A_KEY = 1_000_000
_MOST_KEPT = 100_000_000


class QueueSettings(NamedTuple):
    """What is set for a queue, for all who use it."""

    paused: bool
    """Whether nobody may claim."""
    rate_limit: Optional[int]
    """How many jobs are claimed in a period; None for no limit."""
    rate_period: float
    """Seconds of that period; 0 when there is no limit."""
    key_limit: int
    """How many jobs of one concurrency key run at the same time."""
    results: int
    """How many results and errors are kept at most."""
    dead: Optional[int]
    """How many dead jobs stay listed at most; None for all of them."""


class Controls(Handle):
    """The part of a queue that pauses and limits it, for all who use it, until it is set anew."""

    __slots__ = ()

    def pause(self) -> None:
        """Lets nobody claim until `resume`, those who wait included. Pushing goes on, and so do jobs that are claimed.
        """
        error = _abi.distcoord_error()
        _calls.check(functions.queue_pause(self._pointer, byref(error)), error)

    def resume(self) -> None:
        """Ends a pause; those who wait are handed jobs at once."""
        error = _abi.distcoord_error()
        _calls.check(functions.queue_resume(self._pointer, byref(error)), error)

    def set_rate_limit(self, n: Optional[int], per: float = 1.0) -> None:
        """Limits how many jobs are claimed, over all workers, to `n` in `per` seconds, 0.001 to a day; None (or 0) for
        no limit. A queue that has rested may begin with all of them at once; from then on they come evenly.
        """
        count = 0 if n is None else _calls.integer(n, "n", 0, _MOST_PER_PERIOD)
        period = _calls.duration_ms(per, "per", 1, _DAY_MS)
        error = _abi.distcoord_error()
        _calls.check(functions.queue_set_rate_limit(self._pointer, count, period, byref(error)), error)

    def set_key_limit(self, n: int) -> None:
        """Sets how many jobs of one concurrency key may run at the same time, 1 to 1 000 000; it applies to jobs that
        begin from now on."""
        limit = _calls.integer(n, "n", 1, _MOST_OF_A_KEY)
        error = _abi.distcoord_error()
        _calls.check(functions.queue_set_key_limit(self._pointer, limit, byref(error)), error)

    def set_history(self, results: int = 100_000, dead: Optional[int] = None) -> None:
        """Bounds what is kept of jobs that have ended: `results` and errors, whatever their time, and `dead` jobs that
        stay listed, None for all. Where there are more, the oldest are forgotten, a few at a time. What is not given
        is set to its default.
        """
        kept = _calls.integer(results, "results", 0, _MOST_KEPT)
        listed = -1 if dead is None else _calls.integer(dead, "dead", 0, _MOST_KEPT)
        error = _abi.distcoord_error()
        _calls.check(functions.queue_set_history(self._pointer, kept, listed, byref(error)), error)

    def settings(self) -> QueueSettings:
        """What is set. Asks the server."""
        settings = _abi.distcoord_queue_settings()
        error = _abi.distcoord_error()
        status = functions.queue_inspect_settings(self._pointer, byref(settings), byref(error))
        try:
            _calls.check(status, error)
            dead = functions.queue_settings_dead(settings)
            return QueueSettings(
                functions.queue_settings_is_paused(settings),
                functions.queue_settings_rate_count(settings) or None,
                functions.queue_settings_rate_period_ms(settings) / 1000,
                functions.queue_settings_key_limit(settings),
                functions.queue_settings_results(settings),
                None if dead < 0 else dead)
        finally:
            functions.queue_settings_free(settings)
