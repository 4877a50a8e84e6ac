"""Claiming and settling."""

from __future__ import annotations

import gc
import pickle
import select
import time

import pytest
from support import eventually, in_thread

import distcoord
from distcoord.queue import _Claimed


@pytest.fixture
def queue(client: distcoord.Client) -> distcoord.Queue:
    return client.queue("q")


def claimed(queue: distcoord.Queue) -> distcoord.Job:
    job = queue.claim(timeout=10)
    assert job is not None
    return job


def test_nothing_to_claim(queue: distcoord.Queue) -> None:
    assert queue.claim(timeout=0) is None
    assert queue.claim_many(5, timeout=0) == []
    began = time.monotonic()
    assert queue.claim(timeout=0.1) is None
    assert queue.claim_many(5, timeout=0.1) == []
    assert time.monotonic() - began >= 0.19


def test_claim_many_does_not_wait_for_more_than_one(queue: distcoord.Queue) -> None:
    waiting = in_thread(lambda: queue.claim_many(100))
    eventually(lambda: queue.counts().claimers == 1, "the claimer waits")
    queue.push("x")
    assert len(waiting()) == 1


def test_cancelled_claims(queue: distcoord.Queue) -> None:
    for call in (queue.claim, lambda: queue.claim_many(3)):
        waiting = in_thread(call)
        eventually(lambda: queue.counts().claimers == 1, "the claimer waits")
        queue.cancel()
        with pytest.raises(distcoord.Cancelled):
            waiting()
        eventually(lambda: queue.counts().claimers == 0, "the claimer is gone")


def test_a_failed_job_runs_again(queue: distcoord.Queue) -> None:
    id = queue.push("x", retries=2, backoff=0)
    fences = []
    for attempt in (1, 2, 3):
        job = claimed(queue)
        assert (job.id, job.attempt) == (id, attempt)
        fences.append(job.fence)
        job.fail(f"attempt {attempt}")
    assert fences == sorted(set(fences))
    with pytest.raises(distcoord.JobFailed) as caught:
        queue.result(id)
    assert (caught.value.message, caught.value.attempts) == ("attempt 3", 3)


def test_backoff(queue: distcoord.Queue) -> None:
    queue.push("x", backoff=0.4)
    claimed(queue).fail("once")
    failed = time.monotonic()
    assert claimed(queue).attempt == 2
    assert 0.19 <= time.monotonic() - failed < 5


def test_fail_without_retry(queue: distcoord.Queue) -> None:
    id = queue.push("x", retries=5)
    claimed(queue).fail("hopeless", retry=False)
    with pytest.raises(distcoord.JobFailed, match="failed after 1 attempt: hopeless"):
        queue.result(id)


def failure_text(queue: distcoord.Queue, error: str | BaseException) -> str:
    id = queue.push("x", retries=0)
    claimed(queue).fail(error)
    with pytest.raises(distcoord.JobFailed) as caught:
        queue.result(id)
    return caught.value.message


def test_failing_with_an_exception_keeps_type_message_and_traceback(queue: distcoord.Queue) -> None:
    try:
        int("five")
    except ValueError as error:
        text = failure_text(queue, error)
    lines = text.splitlines()
    assert lines[0] == "ValueError: invalid literal for int() with base 10: 'five'"
    assert lines[1] == "Traceback (most recent call last):"
    assert 'int("five")' in text


def test_failing_with_odd_texts(queue: distcoord.Queue) -> None:
    assert failure_text(queue, "") == ""
    assert failure_text(queue, "a\0b\nc \ud800 é") == "a\ufffdb\nc \\ud800 é"
    long = failure_text(queue, "begin" + "é" * 100_000 + "end")
    assert len(long.encode()) <= 65_536
    assert long.startswith("begin") and long.endswith("end") and "[...]" in long


def test_failing_with_something_else(queue: distcoord.Queue) -> None:
    queue.push("x")
    with pytest.raises(TypeError):
        claimed(queue).fail(5)  # type: ignore[arg-type]


def test_release_gives_back_to_the_front(queue: distcoord.Queue) -> None:
    queue.push_many(["a", "b"])
    job = claimed(queue)
    job.release()
    again = claimed(queue)
    assert (again.payload, again.attempt) == (b"a", 1)
    assert again.fence > job.fence


def test_settling_twice(queue: distcoord.Queue) -> None:
    queue.push_many("abc")
    settle = [lambda job: job.complete(), lambda job: job.fail("x", retry=False), lambda job: job.release()]
    for first in settle[:2]:
        job = claimed(queue)
        first(job)
        for second in settle:
            with pytest.raises(distcoord.JobSettled) as caught:
                second(job)
            assert isinstance(caught.value, RuntimeError) and caught.value.id == job.id


def test_a_claim_is_renewed(client: distcoord.Client, other: distcoord.Client) -> None:
    queue = client.queue("q", lease=1)
    queue.push("x")
    job = claimed(queue)
    assert other.queue("q").claim(timeout=1.5) is None
    assert not job.lost and not job.settled
    job.complete()


def test_a_dropped_job_is_given_back(queue: distcoord.Queue, other: distcoord.Client) -> None:
    queue.push("x")
    job = claimed(queue)
    del job
    again = claimed(other.queue("q"))
    assert again.attempt == 1


def test_waiting_for_the_loss_of_a_claim(queue: distcoord.Queue) -> None:
    queue.push("x")
    job = claimed(queue)
    assert job.lost.wait(0) is False
    began = time.monotonic()
    assert job.lost.wait(0.15) is False
    assert time.monotonic() - began >= 0.14
    readable, _, _ = select.select([job.lost], [], [], 0)
    assert not readable
    waiting = in_thread(job.lost.wait)
    job.complete()
    assert waiting() is False
    assert job.lost.wait() is False


def test_complete_many(queue: distcoord.Queue) -> None:
    ids = queue.push_many(["a", "b", "c"])
    jobs = queue.claim_many(3)
    assert queue.complete_many(jobs, [b"1", None, "3"]) == [True, True, True]
    assert [queue.result(id) for id in ids] == [b"1", b"", b"3"]
    assert all(job.settled for job in jobs)
    assert queue.complete_many([]) == []
    with pytest.raises(distcoord.InvalidArgument):
        queue.complete_many(jobs, [b"1"])


def test_complete_many_tells_which_were_accepted(queue: distcoord.Queue) -> None:
    queue.push_many(["a", "b", "c"])
    jobs = queue.claim_many(3)
    jobs[1].complete()
    assert queue.complete_many(jobs) == [True, False, True]


def test_a_job_as_context_manager(queue: distcoord.Queue) -> None:
    ids = queue.push_many([distcoord.Push(str(number), retries=0) for number in range(4)])
    with claimed(queue):
        pass
    assert queue.result(ids[0]) == b""
    with claimed(queue) as job:
        job.complete(b"own")
    assert queue.result(ids[1]) == b"own"
    with pytest.raises(KeyError):
        with claimed(queue):
            raise KeyError("missing")
    with pytest.raises(distcoord.JobFailed, match="KeyError: 'missing'"):
        queue.result(ids[2])
    with pytest.raises(SystemExit):
        with claimed(queue):
            raise SystemExit
    assert claimed(queue).attempt == 1


def test_a_claimed_job_does_not_pickle(queue: distcoord.Queue) -> None:
    queue.push("x")
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(claimed(queue))


def test_jobs_of_an_interrupted_claim_are_given_back(queue: distcoord.Queue) -> None:
    queue.push_many(["a", "b", "c"])
    jobs = queue.claim_many(3)
    # Half-way through handing over: one job has an owner, the others only their slots.
    rest = _Claimed(3)
    for index, job in enumerate(jobs):
        rest.slots[index] = job._pointer.value
    owner = distcoord.Job(jobs[0]._client, rest.slots[0])
    for job in jobs:
        job._pointer.value = None
    del jobs, job
    del rest
    gc.collect()
    eventually(lambda: queue.counts().waiting == 3, "all were given back, each once")
    assert owner._pointer.value is None
