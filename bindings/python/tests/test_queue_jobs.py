"""Looking at the jobs of a queue, and dealing with them from outside."""

from __future__ import annotations

import pickle
import time
from datetime import datetime, timedelta, timezone

import pytest
from support import in_thread

import distcoord


@pytest.fixture
def queue(client: distcoord.Client) -> distcoord.Queue:
    return client.queue("q")


def claimed(queue: distcoord.Queue) -> distcoord.Job:
    job = queue.claim(timeout=10)
    assert job is not None
    return job


def near(moment: datetime | None, seconds: float = 0) -> bool:
    return moment is not None and abs(moment - datetime.now(timezone.utc) - timedelta(seconds=seconds)) < timedelta(
        seconds=30)


def test_all_that_is_known_of_a_job(client: distcoord.Client, queue: distcoord.Queue) -> None:
    batch = queue.batch()
    id = queue.push(
        b"\0payload", task="t", priority=7, retries=1, backoff=60, content_type="text/x", headers={"h": "1"},
        unique="u", concurrency_key="c", capabilities="linux", batch=batch)
    info = queue.inspect(id)
    assert (info.id, info.state, info.task, info.priority, info.attempt, info.max_attempts) == (
        id, "waiting", "t", 7, 1, 2)
    assert near(info.pushed_at) and info.due_at is None and info.pushed_at.tzinfo is timezone.utc
    assert (info.payload, info.content_type, info.headers) == (b"\0payload", "text/x", {"h": "1"})
    assert (info.client, info.progress, info.cancelling, info.error_type, info.failed_at) == ("", None, False, "", None)
    assert (info.capabilities, info.worker, info.unique, info.concurrency_key, info.batch, info.waits_for) == (
        ("linux",), "", "u", "c", batch.id, 0)
    job = claimed(queue)
    info = queue.inspect(id)
    assert (info.state, info.client) == ("active", client.id) and near(info.due_at, 30)
    job.fail(KeyError("k"))
    info = queue.inspect(id)
    assert (info.state, info.attempt, info.error_type, info.error_message) == ("delayed", 2, "KeyError", "'k'")
    assert "KeyError" in info.error_traceback and info.error_worker and near(info.failed_at) and near(info.due_at, 45)
    assert pickle.loads(pickle.dumps(info)) == info


def test_jobs_in_each_state(queue: distcoord.Queue) -> None:
    done, dead, active = queue.push_many([distcoord.Push("x", retries=0) for _ in range(3)])
    claimed(queue).complete(b"result")
    claimed(queue).fail("broken")
    held = claimed(queue)
    low, high = queue.push("low"), queue.push("high", priority=5)
    later, soon = queue.push("later", delay=90), queue.push("soon", delay=60)
    blocked = queue.push("blocked", after=[low])
    cancelled = queue.push("cancelled")
    queue.cancel_job(cancelled, "no need")

    def ids(state: str) -> list[str]:
        found = queue.jobs(state)
        assert state == "completed" or {info.state for info in found} == {state}
        return [info.id for info in found]

    assert ids("waiting") == [high, low], "in the order in which they will be claimed"
    assert ids("delayed") == [soon, later]
    assert ids("active") == [active] and held.id == active
    assert ids("blocked") == [blocked]
    assert ids("dead") == [dead] and [info.id for info in queue.dead()] == [dead]
    ended = {info.id: info for info in queue.jobs("completed")}
    assert set(ended) == {done, dead, cancelled} or set(ended) == {done, cancelled}
    assert (ended[done].state, ended[done].payload) == ("completed", b"result")
    assert (ended[cancelled].state, ended[cancelled].error_message) == ("cancelled", "no need")
    assert queue.inspect(dead).error_message == "broken"


def test_pages(queue: distcoord.Queue) -> None:
    ids = queue.push_many([str(number) + "x" * 2_000 for number in range(25)])
    assert [info.id for info in queue.jobs(limit=10)] == ids[:10]
    assert [info.id for info in queue.jobs(offset=20, limit=10)] == ids[20:]
    assert queue.jobs(offset=25) == []
    assert all(len(info.payload) == 1_024 for info in queue.jobs())
    assert len(queue.inspect(ids[0]).payload) == 2_001
    for call in (lambda: queue.jobs("asleep"), lambda: queue.jobs(limit=0), lambda: queue.jobs(limit=1_001),
                 lambda: queue.jobs(offset=-1), lambda: queue.purge("active asleep")):
        with pytest.raises(distcoord.InvalidArgument):
            call()


def test_an_unknown_job(queue: distcoord.Queue) -> None:
    queue.push("x", id="waits")
    calls = [
        queue.inspect, queue.cancel_job, queue.retry_dead, queue.promote, lambda id: queue.purge("dead", id),
        lambda id: queue.purge("delayed", id)]
    for call in calls:
        with pytest.raises(distcoord.JobNotFound) as caught:
            call("nobody")
        assert caught.value.id == "nobody"
    for call in calls[2:]:
        with pytest.raises(distcoord.JobNotFound):
            call("waits")


def test_cancelling_a_job_that_waits_ends_it(queue: distcoord.Queue, other: distcoord.Client) -> None:
    waits, later = queue.push("x"), queue.push("x", delay=60)
    blocked = queue.push("x", after=[waits], on_failure="run")
    waiting = in_thread(lambda: other.queue("q").result(waits))
    for id in (blocked, later, waits):
        assert queue.cancel_job(id, "changed my mind") is False
        with pytest.raises(distcoord.JobCancelled, match="changed my mind"):
            queue.result(id, timeout=0)
        with pytest.raises(distcoord.JobEnded):
            queue.cancel_job(id)
    with pytest.raises(distcoord.JobCancelled):
        waiting()
    counts = queue.counts()
    assert (counts.waiting, counts.delayed, counts.blocked, counts.cancelled) == (0, 0, 0, 3)


def test_retrying_dead_jobs(queue: distcoord.Queue) -> None:
    ids = queue.push_many([distcoord.Push("x", retries=0) for _ in range(3)])
    for _ in ids:
        claimed(queue).fail("broken")
    assert queue.retry_dead(ids[1]) == 1
    job = claimed(queue)
    assert (job.id, job.attempt) == (ids[1], 1)
    job.complete(b"at last")
    assert queue.result(ids[1]) == b"at last"
    assert queue.retry_dead() == 2 and queue.retry_dead() == 0
    assert {job.id for job in queue.claim_many(5)} == {ids[0], ids[2]}


def test_retrying_a_dead_job_whose_key_is_taken(queue: distcoord.Queue) -> None:
    dead = queue.push("x", unique="k", retries=0)
    claimed(queue).fail("broken")
    queue.push("y", unique="k")
    with pytest.raises(distcoord.JobExists):
        queue.retry_dead(dead)


def test_promoting(queue: distcoord.Queue) -> None:
    id = queue.push("x", delay=600)
    waiting = in_thread(queue.claim)
    queue.promote(id)
    assert waiting().id == id


def test_purging(queue: distcoord.Queue) -> None:
    dead = queue.push_many([distcoord.Push("x", retries=0) for _ in range(3)])
    for _ in dead:
        claimed(queue).fail("broken")
    assert queue.purge(older_than=60) == 0
    assert queue.purge("dead", dead[0]) == 1
    assert queue.purge() == 2 and queue.dead() == []
    waits, later = queue.push("x"), queue.push("x", delay=60)
    waiting = in_thread(lambda: queue.result(waits))
    time.sleep(0.1)  # nothing counts those who wait for results; it would be told afterwards as well
    assert queue.purge("waiting") == 1
    with pytest.raises((distcoord.JobCancelled, distcoord.JobNotFound)):
        waiting()
    assert queue.purge("delayed", later) == 1
    queue.push("x")
    claimed(queue).complete()
    assert queue.purge("completed") >= 1
    assert queue.jobs("completed") == []
    counts = queue.counts()
    assert (counts.waiting, counts.delayed, counts.dead, counts.active) == (0, 0, 0, 0)
    with pytest.raises(distcoord.InvalidArgument):
        queue.purge(older_than=-1)
