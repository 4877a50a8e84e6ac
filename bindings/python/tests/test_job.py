"""Claiming and settling."""

from __future__ import annotations

import gc
import pickle
import select
import time

import pytest
from support import KEPT, eventually, in_thread

import distcoord
from distcoord.queues.queue import _Claimed


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
    failed = time.monotonic()
    claimed(queue).fail("once")
    assert claimed(queue).attempt == 2
    assert 0.19 <= time.monotonic() - failed < 5


def test_fail_without_retry(queue: distcoord.Queue) -> None:
    id = queue.push("x", retries=5)
    claimed(queue).fail("hopeless", retry=False)
    with pytest.raises(distcoord.JobFailed, match="failed after 1 attempt: hopeless"):
        queue.result(id)


class Broken(Exception):
    """An exception with a name of its own."""

    def __str__(self) -> str:
        raise RuntimeError("it cannot even say what it is")


def failure(queue: distcoord.Queue, error: str | BaseException) -> distcoord.JobFailed:
    id = queue.push("x", retries=0)
    claimed(queue).fail(error)
    with pytest.raises(distcoord.JobFailed) as caught:
        queue.result(id)
    return caught.value


def test_failing_with_an_exception_keeps_type_message_and_traceback(queue: distcoord.Queue) -> None:
    try:
        int("five")
    except ValueError as error:
        failed = failure(queue, error)
    assert failed.error_type == "ValueError"
    assert failed.message == "invalid literal for int() with base 10: 'five'"
    lines = failed.traceback.splitlines()
    assert lines[0] == "Traceback (most recent call last):" and 'int("five")' in failed.traceback
    assert lines[-1] == "ValueError: invalid literal for int() with base 10: 'five'"
    assert failed.worker == queue.inspect(failed.id).error_worker != ""
    assert f"failed after 1 attempt: ValueError: {failed.message}" in str(failed)
    assert str(failed).endswith(failed.traceback), "who waits sees where it failed"


def test_failing_with_an_exception_of_another_module(queue: distcoord.Queue) -> None:
    failed = failure(queue, distcoord.Closed("shut"))
    assert (failed.error_type, failed.message) == ("distcoord.errors.Closed", "shut")
    assert "Broken" in failure(queue, Broken()).message


def test_failing_in_words_has_no_type_and_no_traceback(queue: distcoord.Queue) -> None:
    failed = failure(queue, "out of paper")
    assert (failed.error_type, failed.message, failed.traceback) == ("", "out of paper", "")
    assert str(failed) == f"job {failed.id} failed after 1 attempt: out of paper"


def test_a_failure_that_is_too_long_keeps_both_ends(queue: distcoord.Queue) -> None:
    def deep(level: int) -> None:
        if level:
            eval(f"deep({level - 1})  #" + "x" * 2_000, {"deep": deep})
        raise ValueError("é" * 50_000 + "end")

    try:
        deep(60)
    except ValueError as error:
        failed = failure(queue, error)
    assert failed.error_type == "ValueError"
    assert failed.message.startswith("éé") and failed.message.endswith("end") and "[...]" in failed.message
    assert failed.traceback.startswith("Traceback") and failed.traceback.endswith("end")
    assert len((failed.message + failed.traceback).encode()) <= 65_536


def test_failing_with_odd_texts(queue: distcoord.Queue) -> None:
    assert failure(queue, "").message == ""
    assert failure(queue, "a\0b\nc \ud800 é").message == "a\ufffdb\nc \\ud800 é"
    long = failure(queue, "begin" + "é" * 100_000 + "end").message
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


def test_failing_with_a_delay_of_its_own(queue: distcoord.Queue) -> None:
    queue.push("x", backoff=60)
    failed = time.monotonic()
    claimed(queue).fail("once", delay=0.3)
    second = claimed(queue)
    assert second.attempt == 2 and 0.29 <= time.monotonic() - failed < 5
    second.fail("again", delay=0)
    assert claimed(queue).attempt == 3


def test_release_with_a_delay(queue: distcoord.Queue) -> None:
    queue.push_many(["a", "b"])
    first = claimed(queue)
    began = time.monotonic()
    first.release(delay=0.3)
    second, again = claimed(queue), claimed(queue)
    assert (second.payload, again.payload, again.attempt) == (b"b", b"a", 1)
    assert 0.29 <= time.monotonic() - began < 5
    for delay in (-1, float("nan"), 4_000 * 86_400):
        with pytest.raises(distcoord.InvalidArgument):
            again.release(delay=delay)


def test_what_a_job_says_of_itself(client: distcoord.Client, queue: distcoord.Queue) -> None:
    batch = queue.batch()
    queue.push(
        "x", content_type="text/plain", headers={"b": "2", "a": "é"}, retries=6, timeout=12.5, batch=batch, priority=-3)
    job = claimed(queue)
    assert (job.queue, job.content_type, job.headers) == ("q", "text/plain", {"a": "é", "b": "2"})
    assert list(job.headers) == ["a", "b"]
    assert (job.max_attempts, job.timeout, job.batch, job.priority) == (7, 12.5, batch.id, -3)
    queue.push("plain")
    plain = claimed(queue)
    assert (plain.content_type, plain.headers, plain.max_attempts, plain.timeout) == ("", {}, 4, None)
    assert (plain.batch, plain.task) == ("", "")
    assert not (plain.cancelling or plain.expired or plain.stop_requested)


def test_progress_is_seen_by_all(queue: distcoord.Queue, other: distcoord.Client) -> None:
    id = queue.push("x")
    watcher = other.queue("q")
    assert watcher.inspect(id).progress is None
    job = claimed(queue)
    job.progress(0)
    assert (watcher.inspect(id).progress, watcher.inspect(id).progress_text) == (0, "")
    job.progress(66.6, "two of three é")
    assert (watcher.inspect(id).progress, watcher.inspect(id).progress_text) == (67, "two of three é")
    for percent in (-1, 101):
        with pytest.raises(distcoord.InvalidArgument):
            job.progress(percent)
    job.complete()
    with pytest.raises(distcoord.JobSettled):
        job.progress(100)


def test_a_running_job_is_asked_to_stop(client: distcoord.Client, other: distcoord.Client) -> None:
    queue = client.queue("q", lease=KEPT)  # told by a renewal at the latest
    id = queue.push("x")
    job = claimed(queue)
    assert other.queue("q").cancel_job(id, "not needed é") is True
    eventually(lambda: job.cancelling, "the worker is told")
    assert job.stop_requested and not job.settled and not job.lost
    readable, _, _ = select.select([job.lost], [], [], 0)
    assert readable, "an event loop can wait for it"
    assert job.lost.wait(0.05) is False
    waiting = in_thread(lambda: queue.result(id))
    job.cancelled()
    assert job.settled
    for call in (waiting, lambda: queue.result(id)):
        with pytest.raises(distcoord.JobCancelled) as caught:
            call()
        assert (caught.value.id, caught.value.reason) == (id, "not needed é")
    assert queue.counts().cancelled == 1 and queue.claim(timeout=0) is None


def test_a_job_that_is_to_be_cancelled_may_be_completed_all_the_same(client: distcoord.Client) -> None:
    queue = client.queue("q", lease=KEPT)
    id = queue.push("x")
    job = claimed(queue)
    queue.cancel_job(id)
    eventually(lambda: job.cancelling, "the worker is told")
    job.complete(b"it was done already")
    assert queue.result(id) == b"it was done already"


def test_failing_a_job_that_is_to_be_cancelled_cancels_it(queue: distcoord.Queue) -> None:
    id = queue.push("x", backoff=0)
    job = claimed(queue)
    queue.cancel_job(id)
    job.fail("stopped")
    with pytest.raises(distcoord.JobCancelled):
        queue.result(id)
    assert queue.claim(timeout=0) is None


def test_an_attempt_that_takes_too_long_has_failed(queue: distcoord.Queue) -> None:
    began = time.monotonic()
    id = queue.push("x", timeout=0.3, retries=0)
    job = claimed(queue)
    eventually(lambda: job.expired, "its time is over")
    assert 0.2 <= time.monotonic() - began < 5
    assert job.stop_requested and not job.lost
    for settle in (job.complete, job.release, lambda: job.fail("x"), job.cancelled):
        with pytest.raises(distcoord.JobExpired) as caught:
            settle()
        assert isinstance(caught.value, TimeoutError) and isinstance(caught.value, distcoord.JobSettled)
    with pytest.raises(distcoord.JobFailed) as failed:
        queue.result(id)
    assert failed.value.error_type == "timeout"


def test_settling_twice(queue: distcoord.Queue) -> None:
    queue.push_many("abcd")
    settle = [
        lambda job: job.complete(), lambda job: job.fail("x", retry=False), lambda job: job.cancelled(),
        lambda job: job.release(), lambda job: job.release(delay=1)]
    for first in settle[:3]:
        job = claimed(queue)
        first(job)
        for second in settle:
            with pytest.raises(distcoord.JobSettled) as caught:
                second(job)
            assert isinstance(caught.value, RuntimeError) and caught.value.id == job.id


def test_a_claim_is_renewed(client: distcoord.Client, other: distcoord.Client) -> None:
    queue = client.queue("q", lease=KEPT)
    queue.push("x")
    job = claimed(queue)
    assert other.queue("q").claim(timeout=KEPT * 7 / 6) is None
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
