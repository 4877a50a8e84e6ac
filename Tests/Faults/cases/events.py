"""Channels, topics and consumer groups: consumers that are killed and stopped, lost requests and replies, a server
that is started again. Every message is delivered, and each acknowledgement is accepted once."""

from __future__ import annotations

import threading
import time
from collections import Counter
from typing import Optional

from harness import LOSSES, Actor, Failure, Ring, eventually, lose, lossy, soon
from harness.proxy import SWALLOW

DOWN = 0.3


def _stands(ring: Ring, wanted: str) -> None:
    """The groups of the topic, as `topic.show` tells of them."""
    def groups() -> str:
        answer = ring.watcher().ask("topic.show target")
        return answer["groups"] if answer.status == "OK" else answer.status
    eventually(f"groups={wanted}, not {groups()}", lambda: groups() == wanted, 5)


def lost_calls(ring: Ring) -> None:
    """Each call of a consumer and of a publisher, with its request lost and with its reply lost."""
    proxy, actor = lossy(ring)
    for number, how in enumerate(LOSSES):
        topic = "target" if number == 0 else f"target{number}"
        first = lose(proxy, actor, f"topic.publish {topic} payload=a", how)
        second = lose(proxy, actor, f"topic.publish {topic} payload=b", how)
        shown = ring.watcher().ask(f"topic.show {topic}", "OK")
        if shown["messages"] != "2" or shown["last"] != second["id"]:
            raise Failure(f"two were published, {first} and {second}; there are {shown}")
        lose(proxy, actor, f"consumer.open c{number} topic={topic} group=g name=me prefetch=1", how)
        got = lose(proxy, actor, f"consumer.next c{number} wait=5000", how)
        if got["id"] != first["id"] or got["deliveries"] != "1":
            raise Failure(f"{first} was published, {got} was delivered")
        lose(proxy, actor, f"consumer.release c{number} id={got['id']}", how)
        got = lose(proxy, actor, f"consumer.next c{number} wait=5000", how)
        if got["id"] != first["id"] or got["deliveries"] != "2":
            raise Failure(f"{first} was released, {got} was delivered")
        lose(proxy, actor, f"consumer.acknowledge c{number} ids={got['id']}", how)
        if actor.ask(f"consumer.next c{number} wait=5000", "OK")["id"] != second["id"]:
            raise Failure("not the next message")
        lose(proxy, actor, f"consumer.close c{number}", how)
        shown = ring.watcher().ask(f"topic.show {topic}", "OK")
        if shown["groups"] != "g:1:0:0":
            raise Failure(f"one was acknowledged, one given back: {shown}")
        if lose(proxy, actor, f"topic.trim {topic} to=0", how)["dropped"] != "2":
            raise Failure("two were dropped")
        lose(proxy, actor, f"topic.delete_group {topic} group=g", how)


def a_lost_wake_up(ring: Ring) -> None:
    """The mailbox of the consumer that waits is dead, and nobody has noticed: it asks again by itself."""
    ring.server()
    proxy = ring.proxy()
    consumer = ring.actor(proxy.url)
    consumer.ask("consumer.open c topic=target group=g", "OK")
    consumer.begin("consumer.next c wait=30000")
    _stands(ring, "g:0:0:1")
    time.sleep(0.1)
    proxy.stall_all()
    start = time.monotonic()
    ring.watcher().ask("topic.publish target payload=x", "OK")
    consumer.expect("OK")
    soon(start, 0.0, 15.0)


def woken_and_killed(ring: Ring) -> None:
    """Whoever was woken is stopped in that moment; the next in line has it when it asks again. The first is told that
    its lease has ended, and is a consumer no more."""
    ring.server()
    first, second = ring.actor(), ring.actor()
    for actor in (first, second):
        actor.ask("consumer.open c topic=target group=g lease=1000", "OK")
    first.begin("consumer.next c wait=60000")
    time.sleep(0.2)
    second.begin("consumer.next c wait=60000")
    time.sleep(0.2)
    first.stop()
    ring.watcher().ask("topic.publish target payload=x", "OK")
    start = time.monotonic()
    got = second.expect("OK")
    soon(start, 0.0, 4.0)
    second.ask(f"consumer.acknowledge c ids={got['id']}", "OK")
    _stands(ring, "g:0:0:1")
    first.go_on()
    first.expect("LOST")
    _stands(ring, "g:0:0:1")


def restarted_durable(ring: Ring) -> None:
    """Nothing that was published is lost, nothing comes twice; who waits goes on waiting."""
    server = ring.server(durable=True)
    publisher, reader, holder, waiter = (ring.actor() for _ in range(4))
    publisher.ask("topic.publish target payload=1", "OK")
    reader.ask("topic.subscribe target as=s after=0", "OK")
    reader.ask("subscription.open news", "OK")
    reader.ask("subscription.add news channel=target", "OK")
    reader.ask("subscription.next s wait=5000", "OK")
    holder.ask("consumer.open c topic=target group=g lease=6000", "OK")
    held = holder.ask("consumer.next c wait=5000", "OK")
    waiter.ask("consumer.open c topic=target group=g lease=6000", "OK")
    waiter.begin("consumer.next c wait=60000")
    _stands(ring, "g:0:1:2")
    server.restart(after=DOWN)
    publisher.ask("topic.publish target payload=2", "OK")
    if waiter.expect("OK", seconds=15)["payload"] != "2":
        raise Failure("not the message that was published after the restart")
    holder.ask(f"consumer.acknowledge c ids={held['id']}", "OK")
    got = reader.ask("subscription.next s wait=15000", "OK")
    if (got["payload"], got["missed"]) != ("2", "0"):
        raise Failure(f"the reader got {got}")
    eventually("the channel is heard again",
               lambda: publisher.ask("channel.publish target payload=x", "OK")["receivers"] == "1", 10)
    reader.ask("subscription.next news wait=5000", "OK")
    _stands(ring, "g:0:1:2")


def restarted_volatile(ring: Ring) -> None:
    """The server has forgotten everything: consumers are told, and go on with what is published then."""
    server = ring.server()
    publisher, reader, consumer = (ring.actor() for _ in range(3))
    for number in range(3):
        publisher.ask(f"topic.publish target payload={number}", "OK")
    reader.ask("topic.subscribe target as=s after=0", "OK")
    for _ in range(3):
        reader.ask("subscription.next s wait=5000", "OK")
    consumer.ask("consumer.open c topic=target group=g lease=1500 prefetch=1", "OK")
    held = consumer.ask("consumer.next c wait=5000", "OK")
    server.restart(after=DOWN)
    publisher.ask("topic.publish target payload=new", "OK")
    got = reader.ask("subscription.next s wait=20000", "OK")
    if (got["payload"], got["missed"]) != ("new", "0"):
        raise Failure(f"the reader got {got}")
    consumer.ask(f"consumer.acknowledge c ids={held['id']}", "LOST")
    eventually("the consumer is told", lambda: consumer.ask("consumer.next c wait=0").status == "LOST", 10)
    if consumer.ask("consumer.next c wait=10000", "OK")["payload"] != "new":
        raise Failure("not what was published")


class _Account:
    """What publishers and consumers say they did. A call that failed may have been done all the same."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.published: set[str] = set()
        self.accepted: Counter[tuple[str, str]] = Counter()
        self.unknown: Counter[tuple[str, str]] = Counter()
        self.failures: list[str] = []
        self.stopping = threading.Event()

    def run(self, work, *arguments) -> threading.Thread:
        def body() -> None:
            try:
                work(*arguments)
            except Exception as failure:  # noqa: BLE001 - told by the test's own thread
                with self.lock:
                    self.failures.append(f"{work.__name__}: {failure}")
        thread = threading.Thread(target=body, daemon=True)
        thread.start()
        return thread


def _publish(account: _Account, actor: Actor, name: str, count: int) -> None:
    for number in range(count):
        payload = f"{name}-{number}"
        while actor.ask(f"topic.publish target payload={payload}", seconds=60).status != "OK":
            # Not certain: published again under another name, so that each name is published once at most.
            payload += "+"
        with account.lock:
            account.published.add(payload)


def _consume(account: _Account, ring: Ring, group: str, url: Optional[str], dies_after: int) -> None:
    """One consumer after the other, each of which is killed after so many messages (0: lives)."""
    while not account.stopping.is_set():
        actor = ring.actor(url, timeout_ms=2000)
        opened = actor.ask(f"consumer.open c topic=target group={group} lease=700 prefetch=7", seconds=60)
        if opened.status != "OK":
            actor.end()
            continue
        taken = 0
        while not account.stopping.is_set() and (dies_after == 0 or taken < dies_after):
            got = actor.ask("consumer.next c wait=200", seconds=60)
            if got.status != "OK":
                continue
            taken += 1
            key = (group, got["payload"])
            done = actor.ask(f"consumer.acknowledge c ids={got['id']}", seconds=60)
            with account.lock:
                if done.status == "OK":
                    account.accepted[key] += 1
                elif done.status != "LOST":
                    account.unknown[key] += 1
        if dies_after:
            actor.ask("consumer.next c wait=50", seconds=60)
            actor.kill()
        actor.end()


def _read(account: _Account, actor: Actor, seen: list[tuple[str, str]]) -> None:
    """Reads the topic until it is told to stop and there is nothing more."""
    while actor.ask("topic.subscribe target as=s after=0 capacity=16", seconds=60).status != "OK":
        pass
    while True:
        got = actor.ask("subscription.next s wait=300", seconds=60)
        if got.status == "OK":
            seen.append((got["id"], got["payload"]))
            if got["missed"] != "0":
                raise Failure(f"missed something: {got}")
        elif got.status == "TIMED_OUT" and account.stopping.is_set():
            return


def _check_reader(account: _Account, seen: list[tuple[str, str]]) -> None:
    sequences = [int(id.split("-")[1]) for id, _ in seen]
    if sequences != list(range(1, len(sequences) + 1)):
        raise Failure(f"a reader did not read in order: {sequences}")
    payloads = Counter(payload for _, payload in seen)
    if any(payloads[payload] != 1 for payload in account.published) or max(payloads.values()) > 1:
        raise Failure("a reader did not read each message once")


def _check(account: _Account, groups: str) -> None:
    for group in groups:
        for payload in account.published:
            times = account.accepted[group, payload]
            if times > 1:
                raise Failure(f"{payload} was acknowledged {times} times in group {group}")
            if times == 0 and account.unknown[group, payload] == 0:
                raise Failure(f"{payload} was never acknowledged in group {group}")
    twice = [key for key, times in account.accepted.items() if times > 1]
    if twice:
        raise Failure(f"acknowledged twice: {twice}")


def campaign(ring: Ring) -> None:
    """All of it at once, over two groups, and accounted for."""
    server = ring.server(durable=True)
    account, count = _Account(), 120
    bad, steady = ring.proxy(), ring.proxy()
    bad.start_chaos(seed=11, chance=0.03)
    publishers = [account.run(_publish, account, ring.actor(url, timeout_ms=2000), name, count)
                  for name, url in (("p", bad.url), ("q", server.url))]
    consumers = [account.run(_consume, account, ring, group, url, dies)
                 for group, url, dies in (("g", None, 9), ("g", bad.url, 0), ("g", None, 0), ("h", None, 13),
                                          ("h", bad.url, 0))]
    readings: list[list[tuple[str, str]]] = [[], []]
    readers = [account.run(_read, account, ring.actor(url, timeout_ms=2000), seen)
               for url, seen in zip((bad.url, steady.url), readings)]
    sleeper = ring.actor()
    for _ in range(2):
        # Holds messages while it sleeps for longer than its lease.
        sleeper.ask("consumer.open c topic=target group=g lease=500 prefetch=5", "OK")
        sleeper.ask("consumer.next c wait=200")
        sleeper.stop()
        time.sleep(0.7)
        sleeper.go_on()
        sleeper.ask("consumer.close c")
        steady.cut_all()
        server.restart(after=0.1)
        time.sleep(0.4)
    for thread in publishers:
        thread.join(60)
    bad.stop_chaos()

    def all_settled() -> bool:
        shown = ring.watcher().ask("topic.show target")
        if shown.status != "OK":
            return False
        return all(group.split(":")[1:3] == ["0", "0"] for group in shown["groups"].split(","))

    eventually("everything is acknowledged", all_settled, 30)
    account.stopping.set()
    for thread in consumers + readers:
        thread.join(60)
    if account.failures:
        raise Failure("; ".join(account.failures))
    if len(account.published) != 2 * count or bad.applied < 5:
        raise Failure(f"{len(account.published)} were published, {bad.applied} calls were lost: too little to prove")
    _check(account, "gh")
    for seen in readings:
        _check_reader(account, seen)


def half_open(ring: Ring) -> None:
    """The connection over which messages are taken goes deaf in the middle of a call."""
    proxy, actor = lossy(ring)
    actor.end()
    actor = ring.actor(proxy.url, timeout_ms=1500)
    actor.ask("consumer.open c topic=target group=g lease=8000", "OK")
    ring.watcher().ask("topic.publish target payload=x", "OK")
    proxy.next("target", SWALLOW)
    first = actor.ask("consumer.next c wait=0")
    if first.status not in ("OK", "ERROR_NO_REPLY"):
        raise Failure(f"the call that met it answers {first}")
    got = first if first.status == "OK" else actor.ask("consumer.next c wait=5000", "OK")
    if (got["payload"], got["deliveries"]) != ("x", "1"):
        raise Failure(f"delivered to it was {got}")
    actor.ask(f"consumer.acknowledge c ids={got['id']}", "OK")
    _stands(ring, "g:0:0:1")
