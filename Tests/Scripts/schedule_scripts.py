#!/usr/bin/env python3
"""Contracts of the scripts of schedules, against a real server. Prints `N passed, N failed`.

    Tests/Scripts/schedule_scripts.py [NAME...]     only the tests whose names contain one of these

When a line ticks is compared with the library ($DISTCOORD_LIBRARY, or the one of the release build) and with an oracle.
"""

from __future__ import annotations

import random
import struct
import sys
import time
import traceback
import zoneinfo
from datetime import datetime
from zoneinfo import ZoneInfo

import queue_tools
from cron_oracle import Library, Line, Window, changes, next_day_tick, random_line, six, utc, zone_data
from queue_tools import BASE
from scripting import Server, ServerError, assemble

EVERY = Line("* * * * * *", *(frozenset(range(60)),) * 2, frozenset(range(24)), frozenset(range(1, 32)),
             frozenset(range(1, 13)), frozenset(range(7)), False)
NEVER = EVERY._replace(months=frozenset({2}), days=frozenset({30}))
# Rules of all kinds: far ahead of UTC and behind, by half an hour, at midnight, with winter time as the change, for
# Ramadan.
ZONES = ["Europe/Berlin", "Europe/Dublin", "America/New_York", "America/St_Johns", "America/Nuuk", "America/Santiago",
         "Australia/Lord_Howe", "Pacific/Chatham", "Pacific/Apia", "Africa/Casablanca", "Africa/Cairo", "Asia/Beirut",
         "Asia/Gaza", "Asia/Kathmandu", "Antarctica/Troll", "America/Havana"]


class Schedules(queue_tools.Queue):
    """The scripts of schedules, with the arguments that the library would send."""

    def parts(self, timing: bytes, zone=b"", missed=0, task=b"", line=b"", job=b"\0\1\4payload"):
        return timing, zone, bytes([missed, len(task)]) + task + line, job

    def set(self, name: str, timing: bytes, again=False, **options):
        if not again:
            self.requests += 1
        return self.run("schedule_set", "cl:s9", self.requests, "1" if again else "0", name,
                        *self.parts(timing, **options))

    def remove(self, name: str, again=False):
        if not again:
            self.requests += 1
        return self.run("schedule_remove", "cl:s9", self.requests, "1" if again else "0", name)

    def list(self):
        """Name -> (next, last, runs, timing, look), in order."""
        reply = self.run("schedule_list")
        return {reply[i].decode(): tuple(reply[i + 1:i + 6]) for i in range(0, len(reply), 6)}

    def next_of(self, name: str) -> int:
        return self.list()[name][0]

    def missed(self, name: str, tick: int) -> None:
        """As if nobody had been there since that tick was due."""
        self.redis("ZADD", BASE + "s", tick, name)

    def now(self) -> int:
        seconds, micros = self.redis("TIME")
        return int(seconds) * 1000 + int(micros) // 1000

    def claim(self, count=1, lease=30000, token="", slot="cl:s1", request=None, arrival=0, **_):
        if request is None:
            self.requests += 1
            request = self.requests
        return self.run("queue_claim", token, slot, request, count, lease, "0", arrival, "linux")

    def claim_ids(self, count=10):
        reply = self.claim(count)
        return [id.decode() for id in reply[1::2]] if int(reply[0]) > 0 else []

    def ticks(self, line: Line, zone: str, data: bytes, after: int, stop: int, most: int) -> list[int]:
        """The ticks after a second up to before another, not more than so many, as the server reckons."""
        timing = line.timing(zone)
        schedule = b"".join(six(0) for _ in range(3))
        for part in (timing, data, b"\0\0"):
            schedule += struct.pack("<H", len(part)) + part
        source = "local base = ''\n" + assemble("schedule_next") + """
            local schedule, tick, found = read_schedule(ARGV[1]), ARGV[2] * 1000, {}
            while #found < tonumber(ARGV[4]) do
                tick = next_tick(schedule, tick)
                if not tick or tick >= ARGV[3] * 1000 then break end
                found[#found + 1] = tick / 1000
            end
            return found"""
        if "ticks" not in self.digests:
            self.digests["ticks"] = self.redis("SCRIPT", "LOAD", source)
        return self.redis("EVALSHA", self.digests["ticks"], 0, schedule, after, stop, most)


def interval(milliseconds: int, start: int = 0) -> bytes:
    return b"i" + six(start) + six(milliseconds)


# ---------------------------------------------------------------- when lines tick

def check_alike(schedules, library, line, zone, data, window, most=100):
    wanted = window.ticks(line)[:most]
    said = schedules.ticks(line, zone, data, window.start - 1, window.stop, most)
    assert said == wanted, f"server: '{line.text}' in {zone} from {window.start}: {said[:9]} and not {wanted[:9]}"
    said = library.ticks(line, zone, window.start - 1, window.stop, most)
    assert said == wanted, f"library: '{line.text}' in {zone} from {window.start}: {said[:9]} and not {wanted[:9]}"
    return len(wanted)


def test_ticks_around_changes_of_clocks(schedules, server):
    dice, library, ticks = random.Random(7), Library(), 0
    for name in ZONES:
        zone = ZoneInfo(name)
        # Years that files list and years for which there is only a rule.
        for year in (2007, 2011, 2026, 2044):
            moments = [moment for moment, _ in changes(zone, utc(year), utc(year + 1))]
            data = zone_data(name, utc(year - 1), utc(year + 2))
            for moment in dice.sample(moments, min(2, len(moments))) or [utc(year, 6)]:
                window = Window(name, moment - moment % 86400 - 43200, 2 * 1440)
                for _ in range(12):
                    ticks += check_alike(schedules, library, random_line(dice, dense=True), name, data, window)
                fixed = Line("30 2 * * *", *(frozenset({n}) for n in (0, 30, 2)), *EVERY[4:])
                check_alike(schedules, library, fixed, name, data, window)
                check_alike(schedules, library, EVERY._replace(text="0 * * * * *", seconds=frozenset({0})), name,
                            data, window, 3000)
    assert ticks > 5000, ticks


def test_ticks_far_apart(schedules, server):
    dice, library, found = random.Random(11), Library(), 0
    for _ in range(1500):
        line = random_line(dice, dense=False)
        after = dice.randint(utc(1971), utc(2090))
        wanted = next_day_tick(line, after)
        stop = after + 8000 * 86400
        assert schedules.ticks(line, "UTC", b"", after, stop, 1) == ([wanted] if wanted else []), (line.text, after)
        assert library.ticks(line, "UTC", after, stop, 1) == ([wanted] if wanted else []), (line.text, after)
        found += wanted is not None
    assert found > 1000, found


def test_ticks_of_every_time_zone(schedules, server):
    """The library reads the machine's files: all of them, as Python does."""
    dice, library = random.Random(13), Library()
    for name in sorted(zoneinfo.available_timezones()):
        if name == "localtime" or name.startswith(("right/", "posix/")):
            continue
        zone = ZoneInfo(name)
        for after in (dice.randint(utc(1975), utc(2026)), dice.randint(utc(2026), utc(2060))):
            for second in library.ticks(EVERY._replace(text="17 9 * * *"), name, after, after + 700 * 86400, 2):
                clock = datetime.fromtimestamp(second, zone)
                assert (clock.hour, clock.minute, clock.second) == (9, 17, 0), (name, second, clock)
                assert second - after <= 2 * 86400, (name, second, after)
                after = second


def test_bounds_of_a_search(schedules, server):
    assert schedules.ticks(NEVER, "UTC", b"", 0, utc(2100), 1) == []
    leap = EVERY._replace(seconds=frozenset({0}), minutes=frozenset({0}), hours=frozenset({0}),
                          days=frozenset({29}), months=frozenset({2}))
    assert schedules.ticks(leap, "UTC", b"", utc(2096, 3), utc(2200), 1) == [utc(2104, 2, 29)]
    # The 23rd is the last Monday, and there is no 30th.
    either = leap._replace(text="0 0 30 2 1", days=frozenset({30}), weekdays=frozenset({1}), either=True)
    for reckon in (lambda *bounds: schedules.ticks(either, "UTC", b"", *bounds),
                   lambda *bounds: Library().ticks(either, "UTC", *bounds)):
        assert reckon(utc(2026, 2, 23), utc(2030), 1) == [utc(2027, 2, 1)]


# ---------------------------------------------------------------- setting, removing, listing

def test_interval(schedules, server):
    before = schedules.now()
    assert schedules.set("a", interval(60000)) == 1
    assert before + 60000 <= schedules.next_of("a") <= schedules.now() + 60000
    start = before + 5000000
    schedules.set("b", interval(60000, start))
    assert schedules.next_of("b") == start, "the start is the first tick"
    schedules.set("c", interval(60000, before - 150000))
    assert schedules.next_of("c") == before + 30000, "counted from a start that is over"


def test_a_line_begins_at_its_start(schedules, server):
    start = schedules.now() // 1000 * 1000 + 5000000
    schedules.set("at", EVERY.timing("UTC", start))
    schedules.set("after", EVERY.timing("UTC", start + 1))
    assert schedules.next_of("at") == start and schedules.next_of("after") == start + 1000


def test_a_clock_that_was_set_back(schedules, server):
    now = schedules.now()
    schedules.set("a", interval(60000))
    stored = schedules.redis("HGET", BASE + "S", "a")
    schedules.redis("HSET", BASE + "S", "a", stored[:6] + six(now + 86400000) + stored[12:])
    schedules.missed("a", now + 86460000)
    schedules.set("a", interval(60000))
    assert schedules.next_of("a") <= schedules.now() + 60000, "not silent for a day"


def test_setting_again_changes_nothing(schedules, server):
    schedules.set("a", interval(60000))
    tick = schedules.next_of("a")
    stored = schedules.redis("HGET", BASE + "S", "a")
    schedules.wait_ms(20)
    assert schedules.set("a", interval(60000)) == 1
    assert schedules.next_of("a") == tick and schedules.redis("HGET", BASE + "S", "a") == stored


def test_another_definition_replaces(schedules, server):
    schedules.set("a", interval(60000), task=b"one")
    tick = schedules.next_of("a")
    schedules.wait_ms(20)
    schedules.set("a", interval(60000), task=b"two", job=b"\0\1\4other")
    assert schedules.next_of("a") == tick, "what its jobs are does not change when it ticks"
    assert schedules.list()["a"][4] == b"\0\3two"
    schedules.missed("a", tick - 60000)
    ids, records, _ = schedules.claimed(1)
    assert records[0].endswith(b"\0\1\4other")
    schedules.set("a", interval(3600000))
    next_tick, last, runs = schedules.list()["a"][:3]
    assert next_tick > tick + 3000000
    assert (last, runs) == (int(ids[0].split("@")[1]), 1), "what it has done stays"


def test_what_never_ticks_is_refused(schedules, server):
    assert schedules.set("a", NEVER.timing("UTC")) == 0
    assert schedules.list() == {}
    schedules.set("a", interval(60000))
    assert schedules.set("a", NEVER.timing("UTC")) == 0
    assert schedules.list()["a"][3] == interval(60000), "the one before stays"


def test_zone_data_must_hold_now(schedules, server):
    now = schedules.now()
    this = time.gmtime(now / 1000).tm_year
    line = EVERY.timing("Europe/Berlin")
    for start, stop in ((utc(this - 1), utc(this + 19)), (utc(this + 1), utc(this + 30))):
        answer = schedules.set("a", line, zone=zone_data("Europe/Berlin", start, stop))
        assert abs(answer - now) < 10000, answer
        assert schedules.list() == {}
    good = zone_data("Europe/Berlin", utc(this - 1), utc(this + 22))
    assert schedules.set("a", line, zone=good) == 1
    longer = zone_data("Europe/Berlin", utc(this - 1), utc(this + 23))
    tick = schedules.next_of("a")
    schedules.set("a", line, zone=longer)
    assert longer in schedules.redis("HGET", BASE + "S", "a"), "later data replace"
    assert schedules.next_of("a") <= tick + 60000
    schedules.set("a", line, zone=good)
    assert longer in schedules.redis("HGET", BASE + "S", "a"), "earlier data do not"


def test_calls_sent_twice(schedules, server):
    schedules.set("a", interval(60000))
    # Another one comes between the call and its second sending: that does not undo it.
    schedules.run("schedule_set", "cl:s10", 1, "0", "a", *schedules.parts(interval(90000)))
    assert schedules.set("a", interval(60000), again=True) == 1
    assert schedules.list()["a"][3] == interval(90000)
    assert schedules.remove("a") == 1
    assert schedules.remove("a", again=True) == 1
    assert schedules.remove("a") == 0
    assert schedules.redis("EXISTS", BASE + "s", BASE + "S") == 0, "no trace"


def test_list(schedules, server):
    now = schedules.now()
    schedules.set("late", interval(60000, now + 9000000), task=b"t", missed=1)
    schedules.set("soon", EVERY.timing("UTC"), line=b"* * * * * *")
    for name in ("over", "ended"):
        schedules.set(name, interval(60000))
        schedules.redis("ZREM", BASE + "s", name)
    listed = schedules.list()
    assert list(listed) == ["soon", "late", "ended", "over"]
    assert listed["late"] == (now + 9000000, 0, 0, interval(60000, now + 9000000), b"\1\1t")
    assert listed["soon"][4] == b"\0\0* * * * * *"
    assert listed["ended"][0] == 0


# ---------------------------------------------------------------- ticking

def test_a_tick_is_one_job(schedules, server):
    now = schedules.now()
    job = struct.pack("<BBBi", 8, 1, 4, 7) + b"text"
    schedules.set("a", interval(60000, now - 60000 * 5 + 300), task=b"t", job=job)
    tick = schedules.next_of("a")
    assert tick == now + 300
    assert schedules.claim_ids() == [], "not yet"
    schedules.wait_ms(tick - schedules.now())
    ids, records, _ = schedules.claimed(10)
    assert ids == [f"a@{tick}"]
    pushed, flags, attempt, attempts, priority = struct.unpack_from("<6sBBBi", records[0])
    assert tick <= int.from_bytes(pushed, "little") <= schedules.now()
    assert (flags, attempt, attempts, priority, records[0][13:]) == (8, 1, 4, 7, b"text")
    assert schedules.claim_ids() == []
    assert schedules.list()["a"][:3] == (tick + 60000, tick, 1)


def test_missed_ticks_run_once(schedules, server):
    now = schedules.now()
    first = now - 3600000 + 20000
    schedules.set("a", interval(60000, first))
    schedules.missed("a", first)
    assert schedules.claim_ids() == [f"a@{now - 40000}"], "the last one missed"
    assert schedules.list()["a"][:3] == (now + 20000, now - 40000, 1)
    schedules.set("b", EVERY.timing("UTC", start=1))
    schedules.missed("b", 1000000000000)
    before = schedules.now()
    ids = schedules.claim_ids()
    assert len(ids) == 1 and before - 1000 <= int(ids[0][2:]) <= schedules.now(), ids


def test_missed_ticks_skipped(schedules, server):
    now = schedules.now()
    schedules.set("a", interval(60000, now - 3600000 + 20000), missed=1)
    schedules.missed("a", now - 3600000 + 20000)
    assert schedules.claim_ids() == []
    assert schedules.list()["a"][:3] == (now + 20000, 0, 0)
    now = schedules.now()
    schedules.set("b", interval(60000, now - 3600000 - 200), missed=1)
    schedules.missed("b", now - 3600000 - 200)
    assert schedules.claim_ids() == [f"b@{now - 200}"], "the last is younger than a second"


def test_no_tick_twice(schedules, server):
    now = schedules.now()
    for name in ("waiting", "ended"):
        schedules.set(name, interval(60000, now - 600000))
        schedules.missed(name, now - 600000)
    schedules.missed("ended", now + 90000)
    assert schedules.claim_ids(1) == [f"waiting@{now}"]
    schedules.missed("waiting", now - 60000)
    assert schedules.claim_ids() == [], "a server that lost its last writes ticks again"
    schedules.missed("ended", now - 600000)
    ids, _, claim = schedules.claimed(1)
    schedules.complete((ids[0], claim))
    schedules.missed("ended", now - 60000)
    assert schedules.claim_ids() == []
    assert [entry[2] for entry in schedules.list().values()] == [1, 1]


def test_many_due_at_once(schedules, server):
    now = schedules.now()
    for number in range(50):
        schedules.set(f"s{number}", interval(60000, now - 60000))
        schedules.missed(f"s{number}", now - 60000 + number)
    ids = schedules.claim_ids(100)
    assert len(ids) == 20, "no call does too much"
    for _ in range(2):
        ids += schedules.claim_ids(100)
    assert len(ids) == 50 and len(set(ids)) == 50, ids
    assert ids[0].startswith("s0@") and all(entry[2] == 1 for entry in schedules.list().values())


def test_a_schedule_that_ends(schedules, server):
    schedules.set("a", EVERY.timing("UTC"))
    stored = schedules.redis("HGET", BASE + "S", "a")
    schedules.redis("HSET", BASE + "S", "a", stored.replace(EVERY.timing("UTC"), NEVER.timing("UTC")))
    schedules.missed("a", 1000)
    assert schedules.claim_ids() == ["a@1000"]
    assert schedules.list()["a"][:3] == (0, 1000, 1)
    schedules.redis("ZADD", BASE + "s", 1000, "unknown")
    assert schedules.claim_ids() == []
    assert schedules.redis("EXISTS", BASE + "s") == 0


def test_waiting_claimers_wake(schedules, server):
    mailbox = schedules.listener(server, "w")
    reply = schedules.claim(token="w:1", slot="w:s1", request=1)
    assert reply[:2] == [0, -1], reply
    schedules.set("a", interval(60000))
    assert mailbox.message(2) == b"1 F", "told to ask, as it knows of no tick"
    reply = schedules.claim(token="w:1", slot="w:s1", request=1, arrival=reply[3])
    assert 0 < reply[1] <= 60000
    schedules.set("b", interval(100000))
    assert mailbox.message() is None, "it will look sooner than that"
    schedules.set("c", interval(1000))
    assert mailbox.message(2) == b"1 F"


def test_who_waits_learns_of_the_tick_after(schedules, server):
    mailbox = schedules.listener(server, "w")
    schedules.claim(token="w:1", slot="w:s1", request=1)
    schedules.set("a", interval(60000, 1), missed=1)
    assert mailbox.message(2) == b"1 F"
    # Nobody who knew of the tick is left, but somebody who does not wait comes by.
    schedules.redis("HDEL", BASE + "c", "t")
    schedules.missed("a", 60001)
    schedules.claim_ids()
    assert mailbox.message(2) == b"1 F"


def test_a_tick_goes_to_who_waits(schedules, server):
    mailbox = schedules.listener(server, "w")
    now = schedules.now()
    schedules.set("a", interval(60000, now - 600000))
    schedules.claim(token="w:1", slot="w:s1", request=1)
    schedules.set("b", interval(60000, now - 600000))
    schedules.missed("a", now - 60000)
    schedules.missed("b", now - 60000)
    assert schedules.claim_ids(1) == [f"a@{now}"]
    while (message := mailbox.message(2)) is not None and b" J " not in message:
        pass
    assert message and queue_tools.handed(message)[2] == [f"b@{now}"], message


def test_ticks_without_memory(schedules, server):
    now = schedules.now()
    schedules.set("a", interval(60000, now - 600000))
    schedules.missed("a", now - 60000)
    schedules.redis("CONFIG", "SET", "maxmemory", "1")
    try:
        assert schedules.claim_ids() == [f"a@{now}"], "claiming goes on"
        assert schedules.list()["a"][:3] == (now + 60000, now, 1)
        try:
            schedules.set("b", interval(60000))
            raise AssertionError("accepted")
        except ServerError as error:
            assert "OOM" in str(error), error
        assert schedules.remove("a") == 1
    finally:
        schedules.redis("CONFIG", "SET", "maxmemory", "0")
    assert schedules.list() == {}


def main() -> int:
    wanted = sys.argv[1:]
    tests = [(name, test) for name, test in globals().items() if name.startswith("test_")]
    passed = failed = 0
    server = Server()
    try:
        for name, test in tests:
            if wanted and not any(part in name for part in wanted):
                continue
            try:
                test(Schedules(server), server)
                passed += 1
            except Exception:  # pylint: disable=broad-except
                failed += 1
                print(f"FAIL {name}")
                traceback.print_exc()
    finally:
        server.stop()
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
