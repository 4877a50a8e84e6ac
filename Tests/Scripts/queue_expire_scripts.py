#!/usr/bin/env python3
"""Contracts of queues whose keys expire: what their scripts leave behind has a time to live whatever was called last,
all of it stays while somebody calls, and it is gone some time after the last call. Prints `N passed, N failed`.

    Tests/Scripts/queue_expire_scripts.py [NAME...]     only the tests whose names contain one of these
"""

from __future__ import annotations

import os
import sys
import time

from queue_histories import History
from queue_tools import BASE, Queue, Tied, play
from scripting import CORE, assemble

LATER = 3_600_000


def surrounded(name: str) -> str:
    """A script in the form for such queues, as Queues/QueueExpiry.swift makes it."""
    with open(os.path.join(CORE, "Queues", "Lua", "queue_expire.lua"), encoding="utf-8") as file:
        before, after = file.read().split("-- the script\n")
    return before + assemble(name).replace("redis.call(", "KEYS.call(") + "\n" + after


class Expiring(Queue):
    """A queue whose keys expire."""

    expiry = LATER
    watched = True

    def run(self, name: str, *arguments):
        if name not in self.digests:
            self.digests[name] = self.redis("SCRIPT", "LOAD", surrounded(name))
        answer = self.redis("EVALSHA", self.digests[name], 2, BASE, f"{BASE}expires:{self.expiry}", *arguments)
        if self.watched:
            self.check(name)
        return answer

    def keys(self) -> list[str]:
        return [key.decode() for key in self.redis("KEYS", BASE + "*")]

    def check(self, name: str) -> None:
        for key in self.keys():
            left = self.redis("PTTL", key)
            assert left != -1 and left <= self.expiry, (name, key, left)


def expiring(server, expiry: int = LATER) -> Expiring:
    queue = Expiring(server)
    queue.expiry = expiry
    return queue


def everything(queue: Expiring) -> None:
    """Jobs in every state, and people who wait."""
    queue.push("delayed", delay=100_000)
    queue.push("large", apart=b"x" * 100_000)
    queue.push("running", "failing", "completed", "waiting")
    queue.push_tied(Tied("tied", {"C": "gpu", "B": "batch"}), Tied("second", {"K": "k"}), Tied("third", {"K": "k"}),
                    Tied("follower", {"U": "unique"}, after=("waiting",)))
    queue.claim(1)
    ids, _, claim = queue.claimed(3)
    assert ids == ["running", "failing", "completed"], ids
    queue.fail("failing", claim, retry=True, delay=100_000)
    queue.complete(("completed", claim))
    queue.run("queue_progress", "running", claim, "50 half")
    queue.run("queue_cancel", "running", "enough", "0")
    queue.run("queue_result", "waiting", "cl:9")


def test_histories(_, server):
    for seed in range(3):
        queue = expiring(server)
        history = History(queue, seed)
        try:
            history.play(80)
            history.drain()
        except BaseException:
            print(f"seed {seed}")
            raise


def test_all_expires(_, server):
    queue = expiring(server, 300)
    everything(queue)
    assert len(queue.keys()) > 15, queue.keys()
    until = time.monotonic() + 10
    while queue.keys() and time.monotonic() < until:
        time.sleep(0.02)
    assert not queue.keys(), queue.keys()


def test_all_stays_while_somebody_calls(_, server):
    queue = expiring(server, 1000)
    queue.watched = False
    everything(queue)
    there = {key for key in queue.keys() if key[len(BASE):][0] not in "kov"}
    until = time.monotonic() + 2.5
    while time.monotonic() < until:
        # Touches nothing of them.
        queue.run("queue_progress", "nobody", 1, "1 a")
        time.sleep(0.02)
    assert there <= set(queue.keys()), there - set(queue.keys())
    queue.watched = True
    ids, _, _ = queue.claimed(5)
    assert ids[0] == "waiting", ids


def test_nothing_stays_without_a_time_when_somebody_else_called(_, server):
    """Scripts that do not know that the keys expire change what is there, and the next that does sets it right."""
    plain = Queue(server)
    queue = Expiring(server)
    everything(queue)
    plain.push("more", priority=7)
    plain.claim(1, slot="cl:other")
    queue.watched = False
    queue.run("queue_cancel", "more", "why", "0")
    assert queue.redis("PTTL", BASE + "r:7") != -1 or queue.redis("EXISTS", BASE + "r:7") == 0


def test_a_shorter_time_of_the_script_stays(_, server):
    queue = expiring(server)
    queue.claim(1, token="cl:1", request=1)
    assert 0 < queue.redis("PTTL", BASE + "W") <= 600_000
    # Nor is it put off by later calls.
    before = queue.redis("PEXPIREAT", BASE + "W", int(time.time() * 1000) + 5_000)
    assert before == 1
    queue.run("queue_count")
    assert queue.redis("PTTL", BASE + "W") <= 5_000


def test_keys_that_are_gone_are_forgotten(_, server):
    queue = expiring(server, 1000)
    queue.watched = False
    for number in range(50):
        queue.push(f"{number}", apart=b"x")
    _, _, claim = queue.claimed(50)
    assert queue.redis("ZCARD", BASE + "Z") > 50
    queue.complete(*[(f"{number}", claim) for number in range(50)], ttl="0b")
    until = time.monotonic() + 10
    while queue.redis("ZCARD", BASE + "Z") > 20 and time.monotonic() < until:
        queue.run("queue_progress", "nobody", 1, "1 a")
        time.sleep(0.02)
    assert queue.redis("ZCARD", BASE + "Z") <= 20


def test_what_a_full_server_still_does(_, server):
    queue = expiring(server)
    queue.push("a", "b")
    _, _, claim = queue.claimed(2)
    queue.redis("CONFIG", "SET", "maxmemory", "1")
    try:
        assert queue.run("queue_renew", 1000, "a", claim) == b"1"
        assert queue.complete(("a", claim)) == b"1"
        assert queue.release(("b", claim)) is not None
        assert queue.claimed()[0] == ["b"]
    finally:
        queue.redis("CONFIG", "SET", "maxmemory", "0")


# ---------------------------------------------------------------- who knows of it

REGISTRY = [f"dc:{{test:registry}}:{part}" for part in ("queues", "partitions", "expiries", "expiring")]


def test_others_learn_it_when_they_register(queue, _):
    def register(name: str, partitions: int, expiry: int):
        return queue.redis("EVAL", assemble("queue_register"), 4, *REGISTRY, name, partitions, expiry)

    assert register("run", 1, 700) == [1, 700]
    assert register("run", 1, 0) == [1, 700]
    assert register("run", 0, 0) == [1, 700]
    assert register("plain", 0, 0) == [0, 0]
    assert queue.redis("EXISTS", REGISTRY[0]) == 0
    assert register("plain", 1, 0) == [1, 0]
    assert register("split", 3, 0) == [3, 0]
    assert register("split", 1, 0) == [3, 0]
    assert sorted(queue.redis("SMEMBERS", REGISTRY[0])) == [b"plain", b"split"]
    assert 0 < queue.redis("PTTL", REGISTRY[2]) <= 1400
    register("long", 1, 100_000)
    until = time.monotonic() + 10
    # Two times so long after it was last noted it is forgotten, by whoever comes next.
    while queue.redis("HEXISTS", REGISTRY[2], "run") and time.monotonic() < until:
        register("long", 1, 0)
        time.sleep(0.05)
    assert queue.redis("HKEYS", REGISTRY[2]) == [b"long"]
    assert queue.redis("ZRANGE", REGISTRY[3], 0, -1) == [b"long"]


if __name__ == "__main__":
    sys.exit(play([(name, test) for name, test in globals().items() if name.startswith("test_")], sys.argv[1:]))
