"""Pushing, asking, waiting for results."""

from __future__ import annotations

import time
from typing import Any

import pytest
from support import Server, again_and_again, eventually, in_thread

import distcoord


@pytest.fixture
def queue(client: distcoord.Client) -> distcoord.Queue:
    return client.queue("q")


def claimed(queue: distcoord.Queue) -> distcoord.Job:
    job = queue.claim(timeout=10)
    assert job is not None
    return job


def test_a_job_from_end_to_end(queue: distcoord.Queue, other: distcoord.Client) -> None:
    id = queue.push(b"payload", task="send")
    assert len(id) == 22 and id.isalnum()
    job = claimed(other.queue("q"))
    assert (job.id, job.payload, job.task, job.attempt, job.priority) == (id, b"payload", "send", 1, 0)
    assert job.fence > 0 and abs(job.pushed_at - time.time()) < 60
    job.complete(b"result")
    assert job.settled
    assert queue.result(id) == b"result"
    assert queue.result(id, timeout=0) == b"result"


@pytest.mark.parametrize("payload, received", [
    (b"", b""), (b"\0\xff\n", b"\0\xff\n"), ("é", "é".encode()), ("", b""), (bytearray(b"ab"), b"ab"),
    (memoryview(b"abcd")[::2], b"ac"), (b"x" * 1_000_000, b"x" * 1_000_000),
])
def test_payloads_and_results_are_any_bytes(queue: distcoord.Queue, payload: Any, received: bytes) -> None:
    id = queue.push(payload)
    job = claimed(queue)
    assert job.payload == received
    assert job.payload is job.payload
    job.complete(payload)
    assert queue.result(id) == received


def test_payloads_of_other_types_are_refused(queue: distcoord.Queue) -> None:
    for payload in (None, 5, ["x"], {"a": 1}):
        with pytest.raises(TypeError):
            queue.push(payload)  # type: ignore[arg-type]
    assert queue.counts().waiting == 0


def test_a_result_of_none_is_empty(queue: distcoord.Queue) -> None:
    id = queue.push("x")
    claimed(queue).complete()
    assert queue.result(id) == b""


def test_too_large(server: Server, namespace: str) -> None:
    with distcoord.connect(server.url, namespace, max_payload=100) as client:
        queue = client.queue("q")
        queue.push(b"x" * 100)
        with pytest.raises(distcoord.TooLarge) as caught:
            queue.push(b"x" * 101)
        assert isinstance(caught.value, ValueError)
        with pytest.raises(distcoord.TooLarge):
            queue.push_many([b"x", b"x" * 101])
        job = claimed(queue)
        with pytest.raises(distcoord.TooLarge):
            job.complete(b"x" * 101)
        job.complete(b"x")


def test_order_is_by_priority_then_by_pushing(queue: distcoord.Queue) -> None:
    for payload, priority in (("a", 0), ("b", 5), ("c", -5), ("d", 5), ("e", 2**31 - 1), ("f", -(2**31))):
        queue.push(payload, priority=priority)
    jobs = queue.claim_many(10)
    assert [job.payload.decode() for job in jobs] == ["e", "b", "d", "a", "c", "f"]
    assert jobs[0].priority == 2**31 - 1 and jobs[-1].priority == -(2**31)


def test_delay(queue: distcoord.Queue) -> None:
    queue.push("much later", delay=60)
    assert queue.counts().delayed == 1
    assert queue.claim(timeout=0) is None
    began = time.monotonic()
    queue.push("later", delay=0.3)
    assert claimed(queue).payload == b"later"
    assert 0.29 <= time.monotonic() - began < 5


def test_own_ids(queue: distcoord.Queue) -> None:
    assert queue.push("x", id="order-4711") == "order-4711"
    with pytest.raises(distcoord.JobExists) as caught:
        queue.push("y", id="order-4711")
    assert caught.value.id == "order-4711" and caught.value.status == 5
    job = claimed(queue)
    assert job.payload == b"x"
    assert queue.claim(timeout=0) is None
    job.complete()
    with pytest.raises(distcoord.JobExists):
        queue.push("z", id="order-4711")


def test_push_many(queue: distcoord.Queue) -> None:
    payloads = [str(number).encode() for number in range(500)]
    ids = queue.push_many(payloads)
    assert len(set(ids)) == 500
    assert queue.counts().waiting == 500
    jobs = queue.claim_many(1000)
    assert [job.payload for job in jobs] == payloads
    assert [job.id for job in jobs] == ids
    assert queue.complete_many(jobs) == [True] * 500


def test_push_many_of_mixed_items(queue: distcoord.Queue) -> None:
    ids = queue.push_many([
        "text", bytearray(b"array"), {"payload": b"dict", "priority": 9, "id": "own"},
        distcoord.Push("push", task="t", priority=3),
    ])
    assert ids[2] == "own"
    jobs = queue.claim_many(10)
    assert [job.payload for job in jobs] == [b"dict", b"push", b"text", b"array"]
    assert [job.id for job in jobs] == [ids[2], ids[3], ids[0], ids[1]]
    assert jobs[1].task == "t"


def test_push_many_of_nothing(queue: distcoord.Queue) -> None:
    assert queue.push_many([]) == []
    assert queue.push_many(iter([b"from an iterator"]))


def test_push_many_with_a_known_id(queue: distcoord.Queue) -> None:
    queue.push("x", id="known")
    with pytest.raises(distcoord.JobExists) as caught:
        queue.push_many([distcoord.Push("a"), distcoord.Push("b", id="known"), distcoord.Push("c")])
    assert queue.counts().waiting == 3
    jobs = queue.claim_many(10)
    assert [job.payload for job in jobs] == [b"x", b"a", b"c"]
    assert set(caught.value.pushed_ids) >= {jobs[1].id, jobs[2].id}


def test_push_many_refuses_bad_items_before_pushing(queue: distcoord.Queue) -> None:
    for items in ([b"ok", 5], [b"ok", {"payload": b"x", "colour": "red"}], [{"task": "no payload"}]):
        with pytest.raises(TypeError):
            queue.push_many(items)
    assert queue.counts().waiting == 0


@pytest.mark.parametrize("arguments", [
    {"priority": 2**31}, {"priority": -(2**31) - 1}, {"delay": -1}, {"delay": float("nan")}, {"delay": 1e12},
    {"retries": -1}, {"retries": 255}, {"backoff": -1}, {"backoff": 100_000}, {"backoff": 10, "backoff_max": 5},
    {"result_ttl": -1}, {"result_ttl": 31 * 86_400}, {"task": "x" * 256}, {"task": "a\nb"}, {"task": "\0"},
    {"id": ""}, {"id": "x" * 129}, {"id": "a\nb"},
])
def test_bad_arguments(queue: distcoord.Queue, arguments: dict[str, Any]) -> None:
    with pytest.raises(distcoord.InvalidArgument):
        queue.push("x", **arguments)
    with pytest.raises(distcoord.InvalidArgument):
        queue.push_many([{"payload": "x", **arguments}])
    assert queue.counts() == distcoord.QueueCounts(0, 0, 0, 0, 0, 0, 0)


def test_bad_leases_and_waits(client: distcoord.Client, queue: distcoord.Queue) -> None:
    for lease in (0.01, 86_401, float("nan")):
        with pytest.raises(distcoord.InvalidArgument):
            client.queue("q", lease=lease)
    for call in (lambda: queue.claim(timeout=-2), lambda: queue.claim_many(1, -2), lambda: queue.result("x", -2)):
        with pytest.raises(distcoord.InvalidArgument):
            call()
    for n in (0, -1, 10_001, 2**64):
        with pytest.raises(distcoord.InvalidArgument):
            queue.claim_many(n)


def test_counts(queue: distcoord.Queue) -> None:
    queue.push_many(["a", "b", "c", "d"])
    queue.push("later", delay=60)
    jobs = queue.claim_many(3)
    jobs[0].complete()
    jobs[1].fail("broken", retry=False)
    assert queue.counts() == distcoord.QueueCounts(
        waiting=1, delayed=1, active=1, dead=1, completed=1, failed=1, claimers=0)


def test_waiting_for_a_result(queue: distcoord.Queue, other: distcoord.Client) -> None:
    id = queue.push("x")
    waiting = in_thread(lambda: queue.result(id))
    job = claimed(other.queue("q"))
    with pytest.raises(distcoord.ResultTimeout) as caught:
        queue.result(id, timeout=0.1)
    assert isinstance(caught.value, TimeoutError) and caught.value.id == id
    with pytest.raises(distcoord.ResultTimeout):
        queue.result(id, timeout=0)
    job.complete(b"done")
    assert waiting() == b"done"


def test_the_result_of_a_dead_job(queue: distcoord.Queue) -> None:
    id = queue.push("x", retries=0)
    waiting = in_thread(lambda: queue.result(id))
    claimed(queue).fail("it broke")
    for call in (waiting, lambda: queue.result(id)):
        with pytest.raises(distcoord.JobFailed) as caught:
            call()
        assert (caught.value.id, caught.value.message, caught.value.attempts) == (id, "it broke", 1)
        assert "it broke" in str(caught.value)


def test_the_result_of_an_unknown_job(queue: distcoord.Queue) -> None:
    for timeout in (0, -1):
        with pytest.raises(distcoord.JobNotFound) as caught:
            queue.result("no-such-job", timeout=timeout)
        assert isinstance(caught.value, LookupError) and caught.value.id == "no-such-job"


def test_a_result_that_is_not_kept(queue: distcoord.Queue) -> None:
    gone = (distcoord.ResultExpired, distcoord.JobNotFound)

    def is_heard() -> bool:
        id = queue.push("x", result_ttl=0)
        waiting = in_thread(lambda: queue.result(id))
        job = claimed(queue)
        time.sleep(0.2)  # the waiter has to be there before the end, and nothing counts those who wait for results
        job.complete(b"for those who wait")
        with pytest.raises(gone):
            queue.result(id)
        try:
            return waiting() == b"for those who wait"
        except gone:  # it came too late, for the machine stood still, which it does not each time
            return False

    assert any(is_heard() for _ in range(3))


def test_waiting_for_a_result_can_be_cancelled(queue: distcoord.Queue) -> None:
    id = queue.push("x")
    waiting = in_thread(lambda: queue.result(id))
    with again_and_again(queue.cancel), pytest.raises(distcoord.Cancelled):
        waiting()


def test_a_queue_keeps_its_client(server: Server, namespace: str) -> None:
    queue = distcoord.connect(server.url, namespace).queue("q")
    assert (queue.name, queue.lease, repr(queue)) == ("q", 30.0, "<distcoord.Queue 'q'>")
    queue.push("x")
    job = queue.claim()
    del queue
    assert job is not None
    job.complete()


def test_waiting_claimers_are_counted(queue: distcoord.Queue, other: distcoord.Client) -> None:
    waiting = in_thread(other.queue("q").claim)
    eventually(lambda: queue.counts().claimers == 1, "the claimer waits")
    queue.push("for the waiting one")
    assert waiting().payload == b"for the waiting one"
    assert queue.counts().claimers == 0
