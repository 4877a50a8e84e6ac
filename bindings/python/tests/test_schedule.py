"""Recurring jobs."""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from support import in_thread

import distcoord

UTC = timezone.utc


@pytest.fixture
def queue(client: distcoord.Client) -> distcoord.Queue:
    return client.queue("q")


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc]


def test_a_job_comes_at_each_tick_once_for_all(queue: distcoord.Queue, other: distcoord.Client) -> None:
    for _ in range(2):  # as every instance of a program does when it starts
        queue.schedule("beat", "payload", every=0.3, task="t", headers={"a": "b"}, retries=0)
        other.queue("q").schedule("beat", "payload", every=0.3, task="t", headers={"a": "b"}, retries=0)
    second = in_thread(lambda: [other.queue("q").claim(timeout=1.5) for _ in range(3)])
    jobs = [queue.claim(timeout=10) for _ in range(4)]
    found = [job for job in [*jobs, *second()] if job is not None]
    ticks = sorted(int(job.id.split("@")[1]) for job in found)
    assert len(set(ticks)) == len(ticks) >= 4, "no tick gave two jobs"
    assert all((later - earlier) % 300 == 0 for earlier, later in zip(ticks, ticks[1:])), ticks
    assert {(job.payload, job.task, job.max_attempts, job.headers["a"]) for job in found} == {(b"payload", "t", 1, "b")}
    info, = queue.schedules()
    assert (info.name, info.every, info.cron, info.time_zone, info.missed, info.task) == (
        "beat", 0.3, "", "", "run_once", "t")
    assert info.runs >= 4 and info.last is not None and info.next is not None and info.next > info.last
    assert queue.unschedule("beat") is True and queue.unschedule("beat") is False
    assert queue.schedules() == []


def test_schedules_are_listed_by_their_next_tick(queue: distcoord.Queue) -> None:
    queue.schedule("yearly", cron="@yearly", time_zone="Europe/Berlin", missed="skip", task="t")
    queue.schedule("hourly", every=timedelta(hours=1))
    queue.schedule("future", every=60, start=datetime.now(UTC) + timedelta(days=800))
    hourly, yearly, future = queue.schedules()
    assert [each.name for each in (hourly, yearly, future)] == ["hourly", "yearly", "future"]
    assert (hourly.every, hourly.runs, hourly.last) == (3_600, 0, None)
    assert (yearly.cron, yearly.time_zone, yearly.missed, yearly.every) == ("@yearly", "Europe/Berlin", "skip", None)
    assert yearly.next is not None and (yearly.next.day, yearly.next.month, yearly.next.hour) == (31, 12, 23)
    assert future.next is not None and future.next > datetime.now(UTC) + timedelta(days=799)


def test_missed_ticks(queue: distcoord.Queue) -> None:
    first = datetime.now(UTC) + timedelta(seconds=2.5)
    for missed in ("run_once", "skip"):
        queue.schedule(missed, missed, every=100, start=first - timedelta(seconds=100), missed=missed)
    queue.schedule("many", "many", every=0.1)
    while datetime.now(UTC) < first + timedelta(seconds=1.5):
        time.sleep(0.05)  # nobody is there to claim
    assert queue.claim_many(1, timeout=5)
    queue.pause()
    infos = {info.name: info for info in queue.schedules()}
    assert infos["run_once"].runs == 1 and infos["skip"].runs == 0
    assert infos["run_once"].last == infos["run_once"].next - timedelta(seconds=100)
    assert infos["many"].runs <= 3, "one for all that were missed, and what has come since"


def test_a_changed_schedule_takes_the_place_of_the_old_one(queue: distcoord.Queue) -> None:
    queue.schedule("s", "old", every=3_600)
    queue.schedule("s", "new", every=0.1)
    job = queue.claim(timeout=10)
    assert job is not None and job.payload == b"new"
    assert [info.every for info in queue.schedules()] == [0.1]


@pytest.mark.parametrize("arguments", [
    {}, {"every": 5, "cron": "@daily"}, {"every": 0.01}, {"every": 400 * 86_400}, {"every": float("nan")},
    {"cron": "61 * * * *"}, {"cron": "* * * *"}, {"cron": ""}, {"cron": "0 0 30 2 *"},
    {"cron": "@daily", "time_zone": "Europe/Atlantis"}, {"every": 5, "missed": "panic"},
    {"every": 5, "start": datetime(2030, 1, 1)}, {"every": 5, "id": "x"}, {"every": 5, "delay": 5},
    {"every": 5, "unique": "x"}, {"every": 5, "after": ["x"]}, {"every": 5, "batch": "x"},
    {"every": 5, "at": 1_900_000_000.0}, {"every": 5, "priority": 2**31},
])
def test_schedules_that_make_no_sense(queue: distcoord.Queue, arguments: dict[str, Any]) -> None:
    with pytest.raises(distcoord.InvalidArgument):
        queue.schedule("s", **arguments)
    assert queue.schedules() == []


def test_what_is_wrong_with_a_cron_line_is_told(queue: distcoord.Queue) -> None:
    with pytest.raises(distcoord.InvalidArgument, match="61|minute"):
        queue.schedule("s", cron="61 * * * *")
    with pytest.raises(distcoord.InvalidArgument, match="Atlantis"):
        distcoord.cron_next("@daily", "Europe/Atlantis")


def test_names_and_payloads_of_schedules(queue: distcoord.Queue) -> None:
    for name in ("", "x" * 113, "a\nb"):
        with pytest.raises(distcoord.InvalidArgument):
            queue.schedule(name, every=5)
    with pytest.raises((distcoord.TooLarge, distcoord.InvalidArgument)):
        queue.schedule("s", b"x" * 65_537, every=5)
    with pytest.raises(TypeError):
        queue.schedule("s", every="daily")  # type: ignore[arg-type]


@pytest.mark.parametrize("line, zone, after, expected", [
    ("0 3 * * *", "UTC", at(2026, 1, 1, 2, 59, 59), at(2026, 1, 1, 3)),
    ("0 3 * * *", "UTC", at(2026, 1, 1, 3), at(2026, 1, 2, 3)),
    ("*/15 8-17 * * mon-fri", "UTC", at(2026, 1, 2, 17, 45), at(2026, 1, 5, 8)),
    ("0 0 L * *", "UTC", at(2028, 2, 1), at(2028, 2, 29)),
    ("30 * * * * *", "UTC", at(2026, 1, 1), at(2026, 1, 1, 0, 0, 30)),
    ("0 12 * * *", "America/New_York", at(2026, 7, 1), at(2026, 7, 1, 16)),
    ("30 2 * * *", "Europe/Berlin", at(2026, 3, 28, 12), at(2026, 3, 29, 1)),
    ("30 2 * * *", "Europe/Berlin", at(2026, 10, 25, 0, 30), at(2026, 10, 26, 1, 30)),
    ("0 0 29 2 *", "UTC", at(2025, 1, 1), at(2028, 2, 29)),
])
def test_the_next_moment_of_a_cron_line(line: str, zone: str, after: datetime, expected: datetime) -> None:
    assert distcoord.cron_next(line, zone, after) == expected


def test_the_next_moment_from_now_and_none_at_all() -> None:
    found = distcoord.cron_next("* * * * *")
    assert found is not None and 0 < found.timestamp() - time.time() <= 61
    assert found.tzinfo is UTC
    assert distcoord.cron_next("0 0 30 2 *") is None
