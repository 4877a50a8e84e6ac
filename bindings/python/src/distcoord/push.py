"""What can be said of a job when it is pushed."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple, Optional

from . import _abi, _calls
from ._handles import Handle
from ._library import functions

DAY_MS = 86_400_000
PLAIN = ("", 0, 0, None, 3, 1.0, 300.0, 600.0)
"""The defaults of `JobOptions`, which the library needs not be told."""


class Push(NamedTuple):
    """One job for `Queue.push_many`; the fields are the arguments of `Queue.push`."""

    payload: _calls.Payload
    task: str = ""
    priority: int = 0
    delay: float = 0
    id: Optional[str] = None
    retries: int = 3
    backoff: float = 1.0
    backoff_max: float = 300.0
    result_ttl: float = 600.0


class JobOptions(Handle):
    """Job options of the library; unchanged after the constructor, so any number of pushes may use them at once."""

    __slots__ = ()
    _free = functions.job_options_free

    def __init__(
        self, task: str, priority: int, delay: float, id: Optional[str], retries: int, backoff: float,
        backoff_max: float, result_ttl: float,
    ) -> None:
        self._own(functions.job_options_new())
        options = self._pointer
        if id is not None:
            status = functions.job_options_set_id(options, _calls.text(id, "id"))
            _calls.check_setter(status, "id (1 to 128 bytes without control characters)", id)
        status = functions.job_options_set_task(options, _calls.text(task, "task"))
        _calls.check_setter(status, "task (at most 255 bytes without control characters)", task)
        functions.job_options_set_priority(options, _calls.integer(priority, "priority", -(2**31), 2**31 - 1))
        functions.job_options_set_max_attempts(options, _calls.integer(retries, "retries", 0, 254) + 1)
        status = functions.job_options_set_delay_ms(
            options, _calls.duration_ms(delay, "delay", 0, 3650 * DAY_MS))
        _calls.check_setter(status, "delay", delay)
        first = _calls.duration_ms(backoff, "backoff", 0, DAY_MS)
        # A first delay above the default limit lifts the limit; only a limit that was given can be contradicted.
        if backoff_max == PLAIN[6]:
            most = max(first, 300_000)
        else:
            most = _calls.duration_ms(backoff_max, "backoff_max", first, DAY_MS)
        functions.job_options_set_backoff_ms(options, first, most)
        functions.job_options_set_result_ttl_ms(
            options, _calls.duration_ms(result_ttl, "result_ttl", 0, 30 * DAY_MS))


_cached = lru_cache(maxsize=64)(JobOptions)


def job_options(
    task: str, priority: int, delay: float, id: Optional[str], retries: int, backoff: float, backoff_max: float,
    result_ttl: float,
) -> JobOptions:
    """Options with these values; made once for those that many jobs share."""
    if id is not None:
        return JobOptions(task, priority, delay, id, retries, backoff, backoff_max, result_ttl)
    return _cached(task, priority, delay, None, retries, backoff, backoff_max, result_ttl)
