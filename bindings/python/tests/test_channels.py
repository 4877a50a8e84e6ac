"""Channels: publish and subscribe, at most once."""

from __future__ import annotations

import dataclasses
import select
import signal
import time

import pytest
from support import Child, Server, again_and_again, in_thread

import distcoord


@dataclasses.dataclass
class Order:
    id: int
    items: tuple[str, ...] = ()


def test_who_is_subscribed_gets_what_is_published(client: distcoord.Client, other: distcoord.Client) -> None:
    assert other.publish("a", "nobody listens") == 0
    with client.subscribe("a", "b") as messages:
        assert messages.names == ("a", "b") and messages.next(timeout=0) is None
        assert other.publish("a", {"x": [1]}) == 1
        other.publish("b", None)
        other.publish("c", "not subscribed")
        message = next(messages)
        assert (message.source, message.value, message.missed) == ("a", {"x": [1]}, 0)
        assert (message.id, message.published, message.deliveries) == ("", None, 1)
        message = messages.next(timeout=10)  # type: ignore[assignment]
        assert message is not None and (message.source, message.value) == ("b", None)
        assert messages.next(timeout=0.05) is None


def test_typed_and_raw_values(client: distcoord.Client, other: distcoord.Client) -> None:
    typed, raw = client.subscribe("a", type=Order), client.subscribe("a", raw=True)
    other.publish("a", Order(1, ("x", "y")))
    assert next(typed).value == Order(1, ("x", "y"))
    assert b'"id":1' in next(raw).value
    other.publish("a", b"\0\xff", raw=True)
    assert next(raw).value == b"\0\xff"
    malformed = next(typed)
    with pytest.raises(distcoord.NotReadable):
        malformed.value  # noqa: B018
    assert malformed.payload == b"\0\xff"
    with pytest.raises(distcoord.NotSerializable):
        client.publish("a", object())


def test_adding_and_removing(client: distcoord.Client, other: distcoord.Client) -> None:
    messages = client.subscribe()
    messages.add("a")
    other.publish("a", 1)
    assert next(messages).value == 1
    assert messages.remove("a") is True and messages.remove("a") is False
    other.publish("a", 2)
    messages.add("b")
    other.publish("b", 3)
    assert next(messages).value == 3 and messages.names == ("b",)


def test_a_slow_reader_is_told_how_much_it_missed(client: distcoord.Client, other: distcoord.Client) -> None:
    messages = client.subscribe("a", capacity=3)
    for number in range(10):
        other.publish("a", number)
    other.subscribe("b")  # a round trip, after which all have been sent
    last = messages.next(timeout=10)
    assert last is not None
    seen = [last]
    while seen[-1].value != 9:
        seen.append(next(messages))
    assert sum(message.missed for message in seen) + len(seen) == 10 and messages.missed == 10 - len(seen)
    assert [message.value for message in seen] == sorted(message.value for message in seen)


def test_a_descriptor_tells_of_messages(client: distcoord.Client, other: distcoord.Client) -> None:
    messages = client.subscribe("a")
    assert messages.fileno() >= 0
    assert messages.next(timeout=0) is None and not select.select([messages], [], [], 0)[0]
    other.publish("a", 1)
    assert select.select([messages], [], [], 20)[0]
    assert messages.next(timeout=0).value == 1  # type: ignore[union-attr]
    assert messages.next(timeout=0) is None and not select.select([messages], [], [], 0)[0]


def test_ends(client: distcoord.Client) -> None:
    messages = client.subscribe("a")
    waiting = in_thread(lambda: next(messages))
    with again_and_again(messages.cancel), pytest.raises(distcoord.Cancelled):
        waiting()
    waiting = in_thread(lambda: list(messages))
    time.sleep(0.02)
    messages.close()
    assert waiting() == []
    with pytest.raises(distcoord.Closed):
        messages.next()
    for capacity in (0, 1_000_001):
        with pytest.raises(distcoord.InvalidArgument):
            client.subscribe("a", capacity=capacity)
    with pytest.raises(distcoord.InvalidArgument):
        client.subscribe("")


def test_it_survives_a_lost_connection(own_server: Server, namespace: str) -> None:
    with distcoord.connect(own_server.url, namespace) as client:
        messages = client.subscribe("a")
        own_server.kill()
        own_server.start()
        over: list[int] = []

        def publish() -> None:
            over.append(client.publish("a", "after"))

        with again_and_again(publish):
            message = messages.next(timeout=20)
        assert message is not None and message.value == "after"


def test_ctrl_c_ends_a_wait_and_loses_nothing(client: distcoord.Client, server: Server, namespace: str) -> None:
    program = """
messages = client.subscribe("a")
try:
    say("waits")
    next(messages)
except KeyboardInterrupt:
    say("interrupted")
say(next(messages).value)
"""
    with Child(server, namespace, program) as child:
        child.expect("waits")
        time.sleep(0.15)
        child.signal(signal.SIGINT)
        child.expect("interrupted")
        client.publish("a", "later")
        child.expect("later")
        assert child.finish() == 0
