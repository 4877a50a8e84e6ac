"""Pausing a queue, and its limits."""

from __future__ import annotations

import time

import pytest
from support import eventually, in_thread

import distcoord


@pytest.fixture
def queue(client: distcoord.Client) -> distcoord.Queue:
    return client.queue("q")


def test_nobody_claims_while_a_queue_is_paused(queue: distcoord.Queue, other: distcoord.Client) -> None:
    waiting = in_thread(other.queue("q").claim)
    eventually(lambda: queue.counts().claimers == 1, "it waits")
    queue.pause()
    queue.pause()
    assert queue.settings().paused
    queue.push("x")
    assert queue.claim(timeout=0.2) is None
    assert other.queue("q").counts().waiting == 1
    queue.resume()
    assert waiting().payload == b"x", "handed over by the resumption"
    queue.resume()
    assert not queue.settings().paused


def test_jobs_that_are_claimed_go_on_in_a_pause(queue: distcoord.Queue) -> None:
    id = queue.push("x")
    job = queue.claim()
    queue.pause()
    assert job is not None
    job.complete(b"done")
    assert queue.result(id) == b"done"


def test_a_rate_limit(queue: distcoord.Queue) -> None:
    queue.set_rate_limit(5, per=1)
    assert queue.settings()[1:3] == (5, 1.0)
    queue.push_many([str(number) for number in range(8)])
    began = time.monotonic()
    assert len(queue.claim_many(10)) == 5, "a queue that has rested begins with all of them"
    jobs = []
    while len(jobs) < 3:
        jobs += queue.claim_many(10, timeout=5)
    assert 0.4 <= time.monotonic() - began < 5, "and goes on evenly"
    queue.set_rate_limit(None)
    assert queue.settings()[1:3] == (None, 0)
    queue.push_many([str(number) for number in range(20)])
    assert len(queue.claim_many(20)) == 20


def test_a_limit_of_keys(queue: distcoord.Queue) -> None:
    queue.set_key_limit(2)
    assert queue.settings().key_limit == 2
    queue.push_many([distcoord.Push(str(number), concurrency_key="k") for number in range(4)])
    jobs = queue.claim_many(10)
    assert [job.payload for job in jobs] == [b"0", b"1"]
    jobs[0].complete()
    assert [job.payload for job in queue.claim_many(10)] == [b"2"]


def test_history(queue: distcoord.Queue) -> None:
    assert queue.settings() == distcoord.QueueSettings(False, None, 0, 1, 100_000, None)
    queue.set_history(results=10, dead=3)
    assert queue.settings()[4:] == (10, 3)
    for _ in range(12):
        queue.push_many([distcoord.Push("x", retries=0) for _ in range(5)])
        for job in queue.claim_many(5):
            job.fail("broken")
    eventually(lambda: len(queue.dead()) <= 3, "the oldest dead are forgotten")
    queue.set_history()
    assert queue.settings()[4:] == (100_000, None)


def test_what_cannot_be_set(queue: distcoord.Queue) -> None:
    for call in (
        lambda: queue.set_rate_limit(-1), lambda: queue.set_rate_limit(10**9 + 1),
        lambda: queue.set_rate_limit(5, per=0), lambda: queue.set_rate_limit(5, per=86_401),
        lambda: queue.set_key_limit(0), lambda: queue.set_key_limit(10**6 + 1), lambda: queue.set_history(results=-1),
        lambda: queue.set_history(dead=-1), lambda: queue.set_history(results=10**8 + 1),
    ):
        with pytest.raises(distcoord.InvalidArgument):
            call()
