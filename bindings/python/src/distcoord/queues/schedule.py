"""Recurring jobs."""

from __future__ import annotations

from ctypes import byref, c_int64
from typing import TYPE_CHECKING, NamedTuple, Optional, Union

from .. import _abi, _calls, errors
from .._handles import Handle
from .._library import functions
from .push import DAY_MS, options_from

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from typing_extensions import Literal, Unpack

    from .push import PushOptions

_MISSED = {"run_once": _abi.MISSED_RUN_ONCE, "skip": _abi.MISSED_SKIP}
_MISSED_NAMES = {number: name for name, number in _MISSED.items()}


class ScheduleInfo(NamedTuple):
    """A schedule of a queue, as of a moment ago; times are by the server's clock, in UTC."""

    name: str
    """Its name."""
    every: Optional[float]
    """Seconds between ticks; None when it has a cron line."""
    cron: str
    """Its cron line; "" when it has an interval."""
    time_zone: str
    """The time zone of its cron line; "" when it has an interval."""
    missed: str
    """What becomes of missed ticks: "run_once" or "skip"."""
    task: str
    """The task name of its jobs."""
    next: Optional[datetime]
    """When it ticks next; None when it never does again."""
    last: Optional[datetime]
    """The tick of its last job; None when there was none."""
    runs: int
    """How many jobs it has pushed."""


class _Options(Handle):
    """Schedule options of the library."""

    __slots__ = ()
    _free = functions.schedule_options_free

    def __init__(
        self, every: Union[float, timedelta, None], cron: Optional[str], time_zone: str,
        start: Union[datetime, float, None], missed: str,
    ) -> None:
        if (every is None) == (cron is None):
            raise errors.invalid("a schedule has either an interval, `every`, or a cron line, `cron`")
        self._own(functions.schedule_options_new())
        options = self._pointer
        if every is not None:
            functions.schedule_options_set_interval_ms(
                options, _calls.duration_ms(_seconds(every), "every", 100, 366 * DAY_MS))
        if cron is not None:
            line, zone = _calls.text(cron, "cron"), _calls.text(time_zone, "time_zone")
            if functions.schedule_options_set_cron(options, line, zone) != _abi.OK:
                cron_next(cron, time_zone, 0)  # says what is wrong
                raise errors.invalid(f"this cron line in time zone {time_zone!r} is not accepted: {cron!r}")
        if start is not None:
            functions.schedule_options_set_start_ms(options, _calls.moment_ms(start, "start"))
        functions.schedule_options_set_missed(options, _calls.choice(missed, "missed", _MISSED))


def _seconds(every: Union[float, timedelta]) -> float:
    if isinstance(every, (int, float)):
        return every
    if not hasattr(every, "total_seconds"):
        raise TypeError(f"every must be seconds or a timedelta, not {type(every).__name__}")
    return every.total_seconds()


class Schedules(Handle):
    """The part of a queue that pushes jobs again and again."""

    __slots__ = ()
    _name: str

    def schedule(
        self,
        name: str,
        payload: _calls.Payload = b"",
        every: Union[float, timedelta, None] = None,
        cron: Optional[str] = None,
        time_zone: str = "UTC",
        start: Union[datetime, float, None] = None,
        missed: Literal["run_once", "skip"] = "run_once",
        **job: Unpack[PushOptions],
    ) -> None:
        """Sets a schedule: at each tick one job is pushed, exactly one whoever and however many look. It lives on the
        server, and ticks come true as long as anybody claims from the queue or waits to. Setting what is set already
        changes nothing, not even the next tick, so every instance of a program may do it when it starts. Other jobs at
        the same times replace the jobs and keep the next tick; other times begin anew.

        `name`: the schedule's in the queue, 1 to 112 bytes. `payload`: of its jobs, at most 65 536 bytes.
        `every`: seconds, 0.1 to 366 days, or a timedelta: the n-th tick is at start + n * every, however late the one
        before was. `cron`: in place of that a cron line of five fields, or of six, of which the first are seconds, in
        `time_zone`, a name of the IANA database: "0 3 * * 1-5", "*/15 8-17 * * *", "0 0 L * *" (the month's last day),
        "@daily". Where clocks are set forward, what falls into the gap is due at its end; where they are set back, a
        line with a fixed hour runs once. `start`: when it begins, a datetime with a time zone or seconds since 1970;
        None for when it is first set. `missed`: what becomes of ticks that nobody was there for: one job for all of
        them ("run_once"), or none ("skip").
        The rest are options of the jobs as for `Queue.push`, but for id (a job's is "name@tick in ms"), delay, at,
        unique, after and batch, and, in a queue with partitions, concurrency_key.

        Raises InvalidArgument, which says what is wrong with a cron line, TooLarge, ServerErrors.
        """
        data = _calls.payload_bytes(payload)
        options = _Options(every, cron, time_zone, start, missed)
        job_options = options_from(job) if job else None
        error = _abi.distcoord_error()
        status = functions.queue_set_schedule(
            self._pointer, _calls.text(name, "name"), options._pointer, data, len(data),
            job_options and job_options._pointer, byref(error))
        _calls.check(status, error)

    def unschedule(self, name: str) -> bool:
        """Ends a schedule; returns whether there was one. Jobs that it has pushed stay."""
        error = _abi.distcoord_error()
        status = functions.queue_remove_schedule(self._pointer, _calls.text(name, "name"), byref(error))
        if status == _abi.NOT_FOUND:
            return False
        _calls.check(status, error)
        return True

    def schedules(self) -> list[ScheduleInfo]:
        """The schedules of the queue, by their next tick."""
        listed = _List()
        error = _abi.distcoord_error()
        status = functions.queue_list_schedules(self._pointer, byref(listed._pointer), byref(error))
        _calls.check(status, error)
        return [listed.item(index) for index in range(functions.schedule_list_count(listed._pointer))]


class _List(Handle):
    """A list of schedules of the library."""

    __slots__ = ()
    _free = functions.schedule_list_free

    def __init__(self) -> None:
        self._own(_abi.distcoord_schedule_list())

    def item(self, index: int) -> ScheduleInfo:
        """One of its items."""
        pointer = self._pointer
        return ScheduleInfo(
            name=functions.schedule_list_name(pointer, index).decode(),
            every=functions.schedule_list_interval_ms(pointer, index) / 1000 or None,
            cron=functions.schedule_list_cron(pointer, index).decode(),
            time_zone=functions.schedule_list_time_zone(pointer, index).decode(),
            missed=_MISSED_NAMES.get(functions.schedule_list_missed(pointer, index), "unknown"),
            task=functions.schedule_list_task(pointer, index).decode(),
            next=_calls.moment(functions.schedule_list_next_ms(pointer, index)),
            last=_calls.moment(functions.schedule_list_last_ms(pointer, index)),
            runs=functions.schedule_list_runs(pointer, index))


def cron_next(
    line: str, time_zone: str = "UTC", after: Union[datetime, float, None] = None,
) -> Optional[datetime]:
    """The first moment after another (None: now) that a cron line names, in UTC; None when there is none in the next 20
    years. Asks no server. Raises InvalidArgument, which says what is wrong with the line. See `Queue.schedule`.
    """
    if after is None:
        import time  # here, because most programs never ask

        after = time.time()
    found = c_int64()
    error = _abi.distcoord_error()
    status = functions.cron_next(
        _calls.text(line, "line"), _calls.text(time_zone, "time_zone"), _calls.moment_ms(after, "after"), byref(found),
        byref(error))
    if status == _abi.NOT_FOUND:
        return None
    _calls.check(status, error)
    return _calls.moment(found.value)
