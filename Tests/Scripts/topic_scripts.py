#!/usr/bin/env python3
"""Contracts of the scripts of channels, topics and consumers, against a real server. Prints `N passed, N failed`.

    Tests/Scripts/topic_scripts.py [NAME...]     only the tests whose names contain one of these
"""

from __future__ import annotations

import random
import sys
import traceback

from scripting import Server, ServerError
from topic_histories import check_history
from topic_tools import CHANNEL, TOPIC, Topic, listener


# ---------------------------------------------------------------- channels

def test_channel_numbers_messages(topic, server):
    heard = listener(server, CHANNEL)
    assert [topic.tell("a"), topic.tell(b"\0 \xff"), topic.tell("")] == [1, 1, 1]
    messages = [heard.message() for _ in range(3)]
    numbers = [int(message.split(b" ")[0]) for message in messages]
    assert [message.partition(b" ")[2] for message in messages] == [b"a", b"\0 \xff", b""]
    epoch = numbers[0] >> 32
    assert 0 < epoch < 1 << 20 and numbers == [(epoch << 32) + n for n in (1, 2, 3)]
    assert 86_000_000 < topic.redis("PTTL", CHANNEL + ":n") <= 86_400_000
    topic.redis("DEL", CHANNEL + ":n")
    topic.tell("b")
    assert int(heard.message().split(b" ")[0]) & 0xFFFFFFFF == 1


def test_channel_publishes_once(topic, server):
    heard = listener(server, CHANNEL)
    assert topic.tell("a", number=7) == 1
    assert topic.tell("a", number=7) == 1
    assert topic.tell("b", number=8) == 1
    assert [heard.message().partition(b" ")[2] for _ in range(2)] == [b"a", b"b"]
    assert heard.message() is None


# ---------------------------------------------------------------- topics

def test_ids_count_and_never_go_back(topic, server):
    ids = [topic.publish("a"), topic.publish("b", "c"), topic.publish("d")]
    assert [int(id.split("-")[1]) for id in ids] == [1, 3, 4]
    times = [int(id.split("-")[0]) for id in ids]
    assert times == sorted(times)
    assert [payload for _, payload in topic.read()[1]] == [b"a", b"b", b"c", b"d"]
    # The clock of the server was set back.
    future = times[-1] + 10_000_000
    topic.redis("HSET", TOPIC + ":m", "n", f"{future}-4")
    assert topic.publish("e") == f"{future}-5"
    assert topic.publish("f") == f"{future}-6"
    assert topic.read(start="(" + ids[-1])[0] == f"{future}-6"


def test_publishes_once(topic, server):
    first = topic.publish("a", number=5)
    assert topic.publish("a", number=5) == first
    assert topic.publish("b", "c", number=6) == topic.publish("b", "c", number=6)
    assert len(topic.read()[1]) == 3
    # A call that was overtaken by a later one of its lane is not done any more.
    assert topic.publish("late", number=4) == ""
    assert len(topic.read()[1]) == 3


def test_lanes_of_the_gone_are_forgotten(topic, server):
    for number in range(40):
        topic.publish("x", lane=f"gone.{number}")
    topic.publish("x", upkeep=True)
    assert topic.redis("HLEN", TOPIC + ":m") >= 41, "not yet"
    now = int(topic.redis("TIME")[0]) * 1000
    for number in range(40):
        topic.redis("HSET", TOPIC + ":m", f"~gone.{number}", f"1 {now - 121000}-1")
    for _ in range(200):
        topic.publish("x", upkeep=True)
    fields = topic.redis("HKEYS", TOPIC + ":m")
    assert b"~l" in fields and not [field for field in fields if field.startswith(b"~gone")], fields


def test_announced_to_who_reads(topic, server):
    heard = listener(server, TOPIC + ":c")
    topic.publish("nobody reads")
    assert heard.message() is None
    topic.read()
    until = int(topic.redis("HGET", TOPIC + ":m", "r"))
    topic.read()
    assert int(topic.redis("HGET", TOPIC + ":m", "r")) == until, "written now and then"
    one = topic.publish("somebody reads")
    assert heard.message() == f"{one} somebody reads".encode()
    topic.redis("HSET", TOPIC + ":m", "r", 5)
    topic.publish("nobody has read for long")
    assert heard.message() is None
    # A topic that is read before there is one.
    topic.redis("FLUSHALL")
    assert topic.read() == ("0-0", [])
    assert 0 < topic.left("m") <= 60000
    topic.publish("x", age=300000)
    assert topic.left("m") > 300000, "the first call sees to the age in any case"


def test_announcements(topic, server):
    heard = listener(server, TOPIC + ":c")
    topic.read()
    one, two = topic.publish("x y"), topic.publish("p", "q")
    large = topic.publish("z" * 2049)
    assert [heard.message() for _ in range(3)] == [f"{one} x y".encode(), two.encode(), large.encode()]


def test_time_is_kept(topic, server):
    topic.publish("a", age=60000, interval=2000, upkeep=True)
    assert 61000 < topic.left("x") <= 62000 and 61000 < topic.left("m") <= 62000
    topic.join("c", lease=1000)
    for part in ("x", "m", "i:g", "l:g"):
        assert 61000 - 500 < topic.left(part) <= 62000, part
    # A consumer that lives for longer keeps all of it.
    topic.join("d", lease=120000)
    topic.publish("b", age=60000, interval=2000, upkeep=True)
    for part in ("x", "m", "i:g", "l:g"):
        assert 170000 < topic.left(part) <= 180000, part
    topic.publish("c", upkeep=True)
    assert [topic.left(part) for part in ("x", "m", "i:g", "l:g")] == [-1] * 4
    # Made by a consumer, before anything is published.
    topic.redis("FLUSHALL")
    topic.join("c", age=70000, lease=100)
    assert 69000 < topic.left("x") <= 70000
    topic.redis("PEXPIRE", TOPIC + ":x", 500)
    assert topic.renew("c", 1000) == 1
    assert 60000 < topic.left("x") <= 61000


def test_old_messages_go(topic, server):
    topic.publish("a", age=1000, interval=60)
    now = int(topic.redis("TIME")[0]) * 1000
    topic.redis("DEL", TOPIC + ":x")
    for n, age in ((1, 5000), (2, 3000), (3, 100)):
        topic.redis("XADD", TOPIC + ":x", f"{now - age}-{n}", "d", n)
    topic.redis("HSET", TOPIC + ":m", "n", f"{now - 100}-3")
    topic.publish("4", age=2000)
    assert len(topic.read()[1]) == 4, "not on every call"
    topic.publish("5", age=2000, interval=125, upkeep=True)
    assert [payload for _, payload in topic.read()[1]] == [b"3", b"4", b"5"]


def test_large_messages_are_read_few_at_a_time(topic, server):
    topic.publish("x" * (5 << 20))
    topic.publish(*["y"] * 9)
    assert len(topic.read()[1]) == 3
    topic.join("c")
    assert len(topic.next("c").messages) == 3


# ---------------------------------------------------------------- consumers

def test_tokens_decide(topic, server):
    topic.publish("a", "b")
    fence = topic.join("c")
    assert topic.join("c") == fence, "the same call again"
    assert topic.join("c", token="other:1") == -1
    [message] = topic.next("c", 1).messages
    assert topic.next("c", token="other:1") is None
    assert topic.acknowledge("c", message.id, token="other:1") == "0"
    assert topic.release("c", message.id, token="other:1") == "0"
    assert topic.renew("c", token="other:1") == 0
    assert topic.leave("c", token="other:1") == -1
    assert topic.acknowledge("c", message.id) == "1"
    topic.end_lease("c")
    assert topic.renew("c") == 0
    later = topic.join("c", token="other:1")
    assert later > fence
    assert topic.next("c") is None
    assert topic.next("c", token="other:1").payloads == ["b"]


def test_settles_once(topic, server):
    topic.publish("a", "b", "c")
    topic.join("c")
    a, b, c = (message.id for message in topic.next("c").messages)
    assert topic.acknowledge("c", a, "1-1", b, number=50) == "101"
    assert topic.acknowledge("c", a, "1-1", b, number=50) == "101"
    assert topic.acknowledge("c", a, number=51) == "0"
    assert topic.release("c", c, number=52) == "1"
    assert topic.next("c").messages[0].deliveries == 2
    assert topic.release("c", c, number=52) == "1", "the same call again, though it holds it anew"
    assert topic.groups() == {"g": (0, 1, 1)}


def test_what_was_not_looked_at_was_not_delivered(topic, server):
    topic.publish("a", "b", "c")
    topic.join("c")
    a, b, c = (message.id for message in topic.next("c").messages)
    assert topic.release("c", b, untaken=True) == "1"
    assert topic.leave("c", c) == 1
    assert topic.groups() == {"g": (3, 0, 0)}
    topic.join("d")
    assert [m.deliveries for m in topic.next("d").messages] == [2, 1, 1]
    assert topic.leave("c") == -1


def test_lost_answers_are_told_again(topic, server):
    topic.publish("a", "b", "c", "d")
    topic.join("c")
    known = topic.next("c", 1).messages[0]
    lost = topic.next("c", 2)
    again = topic.next("c", 2, known=known.id + " ")
    assert again.messages == lost.messages
    assert topic.next("c", 5, known=" ".join(m.id for m in [known, *lost.messages]) + " ").payloads == ["d"]
    assert topic.groups() == {"g": (0, 4, 1)}


def test_waiting_consumers_are_woken_one_by_one(topic, server):
    mailbox = listener(server, "dc:mailbox:cl")
    for name, number in (("a", 1), ("b", 2), ("c", 3)):
        topic.join(name)
        answer = topic.next(name, waiter=f"cl:{number}" if name != "a" else "gone:1")
        assert (answer.messages, answer.place) == ([], number - 1)
        assert 29000 < answer.event <= 30000
    topic.publish("x")
    assert mailbox.message() == b"2 F", "the first is gone"
    assert mailbox.message() is None
    assert topic.next("b", waiter="cl:2").payloads == ["x"]
    # One that has gone on without leaving the line passes its turn on.
    topic.publish("y")
    assert mailbox.message() == b"3 F"
    assert topic.next("a", waiter="cl:1").payloads == ["y"]
    topic.next("a", waiter="cl:1")
    topic.run("consumer_withdraw", "g", "cl:3")
    assert mailbox.message() == b"1 F"
    topic.run("consumer_withdraw", "g", "cl:1")
    assert mailbox.message() is None
    # Full hands wake the next.
    topic.next("a", waiter="cl:1"), topic.next("b", waiter="cl:2")
    topic.publish("1", "2", "3")
    assert mailbox.message() == b"1 F"
    assert topic.next("a", count=1).payloads == ["1"]
    assert mailbox.message() == b"2 F"
    # What is given back, at once or later, is told.
    topic.next("c", count=2), topic.next("c", waiter="cl:3")
    [held] = topic.redis("XPENDING", TOPIC + ":x", "g", "-", "+", 1, "1:a")
    topic.release("a", held[0].decode(), delay=5000)
    assert mailbox.message() == b"3 F"
    assert 4000 < topic.next("c", waiter="cl:3").event <= 5000
    assert topic.left("w:g") > 50000 and topic.left("W") > 50000


def test_time_limits(topic, server):
    topic.publish("a", "b")
    topic.join("c"), topic.join("d")
    a, b = (message.id for message in topic.next("c", limit=60000).messages)
    topic.redis("ZADD", TOPIC + ":a:g", 1, a)
    assert topic.next("d").payloads == ["a"]
    assert topic.acknowledge("c", a, b, limited=True) == "01"
    assert topic.redis("ZCARD", TOPIC + ":a:g") == 0


def test_time_limits_of_what_is_no_longer_kept(topic, server):
    topic.publish("a", "b")
    topic.join("c")
    a = topic.next("c", 1, limit=60000).messages[0].id
    topic.run("topic_trim", 0, lane="l")
    topic.redis("ZADD", TOPIC + ":a:g", 1, a)
    assert [topic.next("c").missed for _ in range(3)] == [1, 1, 1]
    assert topic.redis("ZCARD", TOPIC + ":a:g") == 0


def test_a_server_without_memory(topic, server):
    topic.publish("a", "b", "c", "d")
    topic.join("c"), topic.join("d")
    a, b, c = (message.id for message in topic.next("c", 3).messages)
    topic.redis("CONFIG", "SET", "maxmemory", "1")
    try:
        assert topic.renew("c") == 1
        assert topic.acknowledge("c", a) == "1"
        assert topic.release("c", b) == "1"
        assert topic.next("d", 1).payloads == ["b"]
        assert topic.leave("c") == 1
        assert topic.next("d").payloads == ["c", "d"]
        assert topic.next("d", waiter="cl:1").messages == []
        for call in (lambda: topic.publish("z"), lambda: topic.tell("z"), lambda: topic.join("e")):
            try:
                call()
                raise AssertionError("accepted")
            except ServerError as error:
                assert "OOM" in str(error), error
    finally:
        topic.redis("CONFIG", "SET", "maxmemory", "0")
    assert len(topic.read()[1]) == 4
    assert topic.groups() == {"g": (0, 3, 1)}


def test_nothing_walks_over_all(topic, server):
    """A delivery and an acknowledgement cost as many commands with ten thousand messages held as with none."""
    def cost() -> int:
        topic.publish("x")
        before = topic.redis("INFO", "commandstats").decode()
        message = topic.next("c", 1).messages[0]
        topic.acknowledge("c", message.id)
        after = topic.redis("INFO", "commandstats").decode()
        return sum(_calls(after)) - sum(_calls(before))
    topic.join("c"), topic.join("d")
    cost()  # loads the scripts
    few = cost()
    for _ in range(20):
        topic.publish(*["x"] * 500)
        topic.next("d", 1000)
    assert cost() == few


def _calls(text: str) -> list[int]:
    return [int(part.split("=")[1]) for part in text.replace("\r\n", ",").split(",") if "calls=" in part]


def test_histories(topic, server):
    for seed in range(12):
        check_history(topic, random.Random(seed))


def play(wanted: list[str]) -> int:
    passed = failed = 0
    server = Server()
    try:
        for name, test in [(n, t) for n, t in globals().items() if n.startswith("test_")]:
            if wanted and not any(part in name for part in wanted):
                continue
            try:
                test(Topic(server), server)
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
    sys.exit(play(sys.argv[1:]))
