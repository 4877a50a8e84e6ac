"""What schedules should do, found out the slow way: with Python's own time zones, minute by minute and day by day.

The packed forms are those of Sources/DistCoordCore/Schedules/Lua/schedule_next.lua.
"""

from __future__ import annotations

import ctypes
import os
import random
import struct
from datetime import datetime, timedelta, timezone
from typing import Iterable, NamedTuple, Optional
from zoneinfo import ZoneInfo

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
EPOCH = datetime(1970, 1, 1)
LAST = 32  # a day of the month beyond all others: the last one


def six(value: int) -> bytes:
    return struct.pack("<Q", value)[:6]


class Line(NamedTuple):
    """A cron line, and the values that it names."""

    text: str
    seconds: frozenset
    minutes: frozenset
    hours: frozenset
    days: frozenset
    months: frozenset
    weekdays: frozenset
    either: bool

    def timing(self, zone: str, start: int = 0) -> bytes:
        def digits(values: frozenset, every: Iterable[int]) -> bytes:
            return b"".join(b"1" if value in values else b"0" for value in every)

        return (b"c" + six(start) + bytes([self.either]) + digits(self.seconds, range(60))
                + digits(self.minutes, range(60)) + digits(self.hours, range(24)) + digits(self.days, range(1, 33))
                + digits(self.months, range(1, 13)) + digits(self.weekdays, range(7)) + zone.encode())

    def has_day(self, day: datetime) -> bool:
        is_last = (day + timedelta(days=1)).month != day.month
        by_date = day.day in self.days or (LAST in self.days and is_last)
        by_week = day.isoweekday() % 7 in self.weekdays
        return day.month in self.months and (by_date or by_week if self.either else by_date and by_week)

    def has_minute(self, moment: datetime) -> bool:
        return moment.minute in self.minutes and moment.hour in self.hours and self.has_day(moment)


def random_field(dice: random.Random, low: int, high: int, names: tuple = ()) -> tuple[str, set]:
    """The text of a field and the values that it stands for."""
    def name(value: int) -> str:
        return dice.choice((names[value - low], names[value - low].upper())) if names and dice.random() < 0.5 \
            else str(value)

    texts, values = [], set()
    for _ in range(dice.choice((1, 1, 1, 2, 3))):
        first = dice.randint(low, high)
        last = dice.randint(first, high)
        step = dice.randint(1, max(1, (high - low) // 2))
        text, named = dice.choice((
            (f"*/{step}", range(low, high + 1, step)),
            (name(first), (first,)), (name(first), (first,)),
            (f"{name(first)}-{name(last)}", range(first, last + 1)),
            (f"{name(first)}/{step}", range(first, high + 1, step)),
            (f"{name(first)}-{name(last)}/{step}", range(first, last + 1, step)),
        ))
        texts.append(text)
        values.update(named)
    return ",".join(texts), values


def random_line(dice: random.Random, dense: bool) -> Line:
    """A line; a dense one names some moments of nearly every day."""
    def any_or(chance: float, low: int, high: int, names: tuple = ()) -> tuple[str, set]:
        return ("*", set(range(low, high + 1))) if dice.random() < chance else random_field(dice, low, high, names)

    seconds = ("0", {0}) if dice.random() < 0.7 else random_field(dice, 0, 59)
    minutes = any_or(0.1, 0, 59)
    hours = any_or(0.3, 0, 23)
    if dense and dice.random() < 0.4:
        hours = ("0-4", set(range(5)))
    days = any_or(0.7 if dense else 0.3, 1, 31)
    if dice.random() < 0.15:
        days = dice.choice((("L", {LAST}), (days[0] + ",L", days[1] | {LAST})))
    months = any_or(0.9 if dense else 0.4, 1, 12,
                    ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"))
    weekdays = any_or(0.7, 0, 6, ("sun", "mon", "tue", "wed", "thu", "fri", "sat"))
    fields = [seconds, minutes, hours, days, months, weekdays]
    texts = [text for text, _ in fields]
    if seconds == ("0", {0}) and dice.random() < 0.8:
        texts = texts[1:]
    return Line(" ".join(texts), *(frozenset(values) for _, values in fields),
                either=not days[0].startswith("*") and not weekdays[0].startswith("*"))


def offset_at(zone: ZoneInfo, second: int) -> int:
    return round((datetime.fromtimestamp(second, zone).utcoffset() or timedelta()).total_seconds())


def changes(zone: ZoneInfo, start: int, stop: int) -> list[tuple[int, int]]:
    """The moments at which clocks were or will be set, and their offsets from then on."""
    found, step, before = [], 6 * 3600, offset_at(zone, start)
    for second in range(start, stop, step):
        after = offset_at(zone, second + step)
        if after != before:
            low, high = second, second + step
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (middle, high) if offset_at(zone, middle) == before else (low, middle)
            found.append((high, after))
            before = after
    return found


def zone_data(name: str, start: int, stop: int) -> bytes:
    if name == "UTC":
        return b""
    zone = ZoneInfo(name)
    data = six(start) + six(stop) + struct.pack("<i", offset_at(zone, start))
    return data + b"".join(six(moment) + struct.pack("<i", offset) for moment, offset in changes(zone, start, stop))


class Window:
    """Some days of a time zone, minute by minute."""

    def __init__(self, name: str, start: int, minutes: int) -> None:
        self.start, self.stop = start, start + 60 * minutes
        zone = ZoneInfo(name)
        clocks = [datetime.fromtimestamp(second, zone) for second in range(self.start, self.stop, 60)]
        self.shown = [(self.start + 60 * i, clock.replace(tzinfo=None, fold=0), clock.fold == 1)
                      for i, clock in enumerate(clocks)]
        # What no clock ever shows is due at the moment from which on they show more.
        self.left_out = []
        shown = {clock for _, clock, _ in self.shown}
        for (_, before, _), (second, after, _) in zip(self.shown, self.shown[1:]):
            while (before := before + timedelta(minutes=1)) < after:
                if before not in shown:
                    self.left_out.append((second, before))

    def ticks(self, line: Line) -> list[int]:
        has_any_hour = len(line.hours) == 24
        found = {second for second, clock in self.left_out if line.has_minute(clock)}
        for second, clock, is_repeated in self.shown:
            if (has_any_hour or not is_repeated) and line.has_minute(clock):
                found.update(second + part for part in line.seconds)
        return sorted(found)


def next_day_tick(line: Line, after: int) -> Optional[int]:
    """The next tick in UTC, day by day over 20 years."""
    times = sorted(3600 * hour + 60 * minute + second
                   for hour in line.hours for minute in line.minutes for second in line.seconds)
    day = (EPOCH + timedelta(seconds=after)).replace(hour=0, minute=0, second=0)
    while True:
        start = round((day - EPOCH).total_seconds())
        if start > after + 7305 * 86400:
            return None
        if line.has_day(day):
            for time in times:
                if start + time > after:
                    return start + time if start + time <= after + 7305 * 86400 else None
        day += timedelta(days=1)


class Library:
    """The library's own reckoning."""

    def __init__(self) -> None:
        path = os.environ.get("DISTCOORD_LIBRARY") or os.path.join(ROOT, ".build", "release", "libdistcoord.so")
        self._next = ctypes.CDLL(path).distcoord_cron_next
        self._next.argtypes = [ctypes.c_char_p, ctypes.c_char_p, ctypes.c_int64, ctypes.POINTER(ctypes.c_int64),
                               ctypes.c_void_p]

    def ticks(self, line: Line, zone: str, after: int, stop: int, most: int) -> list[int]:
        """The ticks after a second up to before another, not more than so many."""
        found: list[int] = []
        moment = ctypes.c_int64()
        while len(found) < most:
            status = self._next(line.text.encode(), zone.encode(), after * 1000, ctypes.byref(moment), None)
            assert status in (0, 9), (status, line.text, zone)
            if status == 9 or moment.value >= stop * 1000:
                break
            after = moment.value // 1000
            found.append(after)
        return found


def utc(year: int, month: int = 1, day: int = 1, hour: int = 0) -> int:
    return round(datetime(year, month, day, hour, tzinfo=timezone.utc).timestamp())
