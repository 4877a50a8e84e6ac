"""Topics: messages that are kept, read from any position, and shared by consumer groups."""

from __future__ import annotations

import logging
import pickle
import signal
import threading
import time
from typing import Any

import pytest
from support import KEPT, Child, Server, again_and_again, eventually, in_thread

import distcoord


def values(messages: Any, count: int) -> list[Any]:
    """The values of the next messages."""
    found = []
    for _ in range(count):
        message = messages.next(timeout=20)
        assert message is not None
        found.append(message.value)
    return found


def test_reading_from_any_position(client: distcoord.Client, other: distcoord.Client) -> None:
    topic, reader = client.topic("t"), other.topic("t")
    assert reader.inspect() is None
    first = topic.publish({"n": 0})
    assert topic.publish_many(range(1, 5)) == 4
    with reader.subscribe(after="0") as everything:
        message = everything.next(timeout=20)
        assert message is not None and (message.value, message.id, message.missed) == ({"n": 0}, first, 0)
        assert message.source == "t" and message.deliveries == 1
        assert message.published is not None and abs(message.published.timestamp() - time.time()) < 60
        assert values(everything, 4) == [1, 2, 3, 4]
        assert everything.next(timeout=0.05) is None
    assert values(reader.subscribe(after=first), 2) == [1, 2]
    assert values(reader.subscribe(since=message.published), 5)[1:] == [1, 2, 3, 4]
    new = reader.subscribe()
    topic.publish("new")
    assert values(new, 1) == ["new"]
    info = reader.inspect()
    assert info is not None and (info.messages, info.published, info.first_id, info.groups) == (6, 6, first, ())
    for position in ({"after": "x"}, {"after": "0", "since": 1.0}):
        with pytest.raises(distcoord.InvalidArgument):
            reader.subscribe(**position)  # type: ignore[arg-type]


def test_retention_and_trimming(client: distcoord.Client) -> None:
    topic = client.topic("t", max_messages=100, max_age=None)
    first = topic.publish(0)
    topic.publish_many(range(1, 1000))
    info = topic.inspect()
    assert info is not None and 100 <= info.messages < 400 and info.published == 1000
    oldest = topic.subscribe(after="0").next(timeout=20)
    assert oldest is not None and oldest.missed == 0 and oldest.value == 1000 - info.messages
    messages = topic.subscribe(after=first)
    message = messages.next(timeout=20)
    assert message is not None and message.value == oldest.value
    assert message.missed == messages.missed == oldest.value - 1
    assert topic.trim(10) == info.messages - 10
    assert topic.inspect().messages == 10  # type: ignore[union-attr]
    for arguments in ({"max_messages": 0}, {"max_age": 0.5}):
        with pytest.raises(distcoord.InvalidArgument):
            client.topic("t", **arguments)  # type: ignore[arg-type]


def test_a_group_shares_the_messages(client: distcoord.Client, other: distcoord.Client) -> None:
    topic = client.topic("t")
    topic.publish_many(range(20))
    with topic.consumer("g", "one", prefetch=1) as one, other.topic("t").consumer("g", "two", prefetch=1) as two:
        assert (one.name, one.group, one.topic) == ("one", "g", topic)
        seen = []
        for consumer in (one, two) * 10:
            message = consumer.next(timeout=20)
            assert message is not None and message.deliveries == 1
            seen.append(message.value)
            message.ack()
            assert message.settled
        assert sorted(seen) == list(range(20))
        assert one.next(timeout=0) is None
        info = topic.inspect()
        assert info is not None and info.groups == (("g", 0, 0, 2),)
        with pytest.raises(distcoord.ConsumerExists):
            other.topic("t").consumer("g", "one")
    with pytest.raises(distcoord.Closed):
        one.next()
    assert list(one) == []


def test_what_is_released_is_delivered_again(client: distcoord.Client, other: distcoord.Client) -> None:
    topic = client.topic("t")
    topic.publish("x")
    with topic.consumer("g") as one, other.topic("t").consumer("g") as two:
        message = one.next(timeout=20)
        assert message is not None
        message.release()
        again = two.next(timeout=20)
        assert again is not None and (again.id, again.deliveries) == (message.id, 2)
        with pytest.raises(distcoord.MessageLost) as caught:
            one.ack(message)
        assert caught.value.id == message.id and caught.value.name == "t"
        began = time.monotonic()
        two.release(again, delay=0.2)
        third = two.next(timeout=20) or pytest.fail()
        assert time.monotonic() - began > 0.1 and third.deliveries == 3
        assert two.ack_many([third]) == 1 and two.ack_many([third]) == 0


def test_what_a_dead_consumer_held_goes_to_another(
    client: distcoord.Client, server: Server, namespace: str,
) -> None:
    program = f"""
consumer = client.topic("t").consumer("g", lease={KEPT})
say(str(next(consumer).value))
time.sleep(60)
"""
    topic = client.topic("t")
    topic.publish(7)
    with Child(server, namespace, program) as child:
        child.expect("7")
        child.signal(signal.SIGKILL)
        with topic.consumer("g") as consumer:
            message = consumer.next(timeout=20)
            assert message is not None and (message.value, message.deliveries) == (7, 2)
            message.ack()


def test_closing_gives_back_what_was_not_acknowledged(client: distcoord.Client, other: distcoord.Client) -> None:
    topic = client.topic("t")
    topic.publish_many(range(3))
    with topic.consumer("g") as consumer:
        next(consumer)
    assert sorted(values(other.topic("t").consumer("g"), 3)) == [0, 1, 2]


def test_seeking_and_deleting_groups(client: distcoord.Client) -> None:
    topic = client.topic("t")
    topic.publish_many(range(3))
    assert topic.seek("g", after="0") is False and topic.delete_group("g") is False
    with topic.consumer("g") as consumer:
        found = [consumer.next(timeout=20) or pytest.fail() for _ in range(3)]
        assert consumer.ack_many(found) == 3
        assert topic.seek("g", after=found[0].id) is True
        assert values(consumer, 2) == [1, 2]
        assert topic.delete_group("g") is True
        with pytest.raises(distcoord.ConsumerLost):
            while True:
                consumer.next(timeout=20)
    with topic.consumer("new", from_new=True) as consumer:
        assert consumer.next(timeout=0.05) is None
        topic.publish("later")
        assert values(consumer, 1) == ["later"]


def test_handlers(client: distcoord.Client, caplog: pytest.LogCaptureFixture) -> None:
    topic = client.topic("t")
    done: list[tuple[Any, int]] = []

    def handle(message: distcoord.Delivery[Any]) -> None:
        if message.value == "bad":
            raise ValueError("bad")
        if message.value == "flaky" and message.deliveries == 1:
            raise OSError("once")
        done.append((message.value, message.deliveries))

    topic.publish_many(["good", "flaky", "bad"])
    with topic.consumer("g") as consumer, caplog.at_level(logging.WARNING, "distcoord.topic"):
        running = in_thread(lambda: consumer.run(handle, concurrency=2, retry_delay=0.05, max_deliveries=3))
        eventually(lambda: len(done) == 2, "both are done")
        eventually(lambda: topic.inspect().groups[0][1:3] == (0, 0), "nothing is left")  # type: ignore[union-attr]
        consumer.stop()
        running()
    assert sorted(done) == [("flaky", 2), ("good", 1)]
    assert "is given up after 3 deliveries" in caplog.text


def test_typed_handlers_of_a_topic(client: distcoord.Client) -> None:
    topic = client.topic("t")
    seen: list[object] = []

    @topic.on("billing", type=dict[str, int], from_new=False)
    def bill(order: dict[str, int]) -> None:
        seen.append(("bill", order))

    @topic.on("shipping")
    def ship(order: Any) -> None:
        seen.append(("ship", order))

    assert bill({"x": 1}) is None and seen.pop()
    running = in_thread(topic.run)
    topic.publish({"id": 3})
    eventually(lambda: len(seen) == 2, "both are called")
    topic.stop()
    running()
    assert sorted(seen) == [("bill", {"id": 3}), ("ship", {"id": 3})]  # type: ignore[type-var]
    with pytest.raises(distcoord.InvalidArgument):
        client.topic("t").run()


def test_run_ends_by_signals_and_gives_back(client: distcoord.Client, server: Server, namespace: str) -> None:
    program = """
def handle(message):
    say(f"handles {message.value}")
    time.sleep(0.3)
    say("done")
with client.topic("t").consumer("g") as consumer:
    consumer.run(handle, signals=True)
say("ended")
"""
    topic = client.topic("t")
    with Child(server, namespace, program) as child:
        topic.publish_many([1, 2])
        child.expect("handles 1")
        child.signal(signal.SIGTERM)
        child.expect("done")
        child.expect("ended")
        assert child.finish() == 0, child.errors()
    with topic.consumer("g") as consumer:
        assert values(consumer, 1) == [2]


@pytest.mark.parametrize("call", ["next(consumer)", "consumer.run(print)", "topic.subscribe().next()"])
def test_ctrl_c(call: str, server: Server, namespace: str, client: distcoord.Client) -> None:
    program = f"""
topic = client.topic("t")
consumer = topic.consumer("g")
try:
    say("waits")
    {call}
except KeyboardInterrupt:
    say("interrupted")
"""
    with Child(server, namespace, program) as child:
        child.expect("waits")
        time.sleep(0.15)
        child.signal(signal.SIGINT)
        child.expect("interrupted")
        assert child.finish() == 0


def test_cancel_and_close_end_waits(client: distcoord.Client) -> None:
    consumer = client.topic("t").consumer("g")
    waiting = in_thread(consumer.next)
    with again_and_again(consumer.cancel), pytest.raises(distcoord.Cancelled):
        waiting()
    begun = threading.Event()
    waiting = in_thread(lambda: (begun.set(), list(consumer))[1])
    assert begun.wait(5)
    consumer.close()
    consumer.close()
    assert waiting() == []


def test_topics_pickle_by_name_and_consumers_do_not(client: distcoord.Client) -> None:
    topic = client.topic("t", max_messages=5, type=int)
    copy = pickle.loads(pickle.dumps(topic))
    copy.publish(1)
    assert values(topic.subscribe(after="0"), 1) == [1]
    for own in (topic.consumer("g"), topic.subscribe()):
        with pytest.raises(TypeError):
            pickle.dumps(own)
