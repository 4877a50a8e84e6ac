"""What can be said of a job when it is pushed: when it may run, who may run it, what it has to do with others."""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from support import eventually, in_thread

import distcoord


@pytest.fixture
def queue(client: distcoord.Client) -> distcoord.Queue:
    return client.queue("q")


def claimed(queue: distcoord.Queue) -> distcoord.Job:
    job = queue.claim(timeout=10)
    assert job is not None
    return job


def soon(seconds: float) -> datetime:
    return datetime.now(timezone.utc) + timedelta(seconds=seconds)


@pytest.mark.parametrize("moment", [
    lambda: soon(0.4), lambda: time.time() + 0.4, lambda: soon(0.4).astimezone(timezone(timedelta(hours=5))),
], ids=["datetime", "seconds", "another zone"])
def test_a_job_for_a_moment(queue: distcoord.Queue, moment: Any) -> None:
    began = time.monotonic()
    at = moment()
    id = queue.push("later", at=at)
    due = queue.inspect(id).due_at
    expected = at if isinstance(at, datetime) else datetime.fromtimestamp(at, timezone.utc)
    assert due is not None and abs(due - expected) < timedelta(milliseconds=2)
    assert claimed(queue).id == id
    assert 0.35 <= time.monotonic() - began < 5


def test_a_moment_in_the_past_is_now(queue: distcoord.Queue) -> None:
    queue.push("x", at=soon(-3600))
    assert queue.claim(timeout=0) is not None


def test_moments_that_say_too_little_or_too_much(queue: distcoord.Queue) -> None:
    with pytest.raises(distcoord.InvalidArgument, match="time zone"):
        queue.push("x", at=datetime(2030, 1, 1))
    with pytest.raises(distcoord.InvalidArgument, match="not both"):
        queue.push("x", at=soon(5), delay=5)
    for at in (-1.0, float("nan"), float("inf"), 1e15):
        with pytest.raises(distcoord.InvalidArgument):
            queue.push("x", at=at)
    with pytest.raises(TypeError):
        queue.push("x", at="tomorrow")  # type: ignore[arg-type]
    assert queue.counts().waiting == queue.counts().delayed == 0


@pytest.mark.parametrize("arguments", [
    {"timeout": 0.001}, {"timeout": -1}, {"timeout": 31 * 86_400}, {"timeout": float("nan")},
    {"content_type": "x" * 256}, {"content_type": "a\nb"}, {"headers": {"": "x"}}, {"headers": {"x" * 256: ""}},
    {"headers": {"x": "y" * 16_384}}, {"headers": {"a\0": "x"}}, {"unique": ""}, {"unique": "x" * 513},
    {"unique": "x", "unique_mode": "first"}, {"unique_mode": "first"}, {"concurrency_key": ""},
    {"capabilities": "no spaces"}, {"capabilities": ["a,b"]}, {"capabilities": [str(number) for number in range(17)]},
    {"capabilities": "x" * 65}, {"capability_timeout": 0.5}, {"capability_timeout": 31 * 86_400}, {"pool": "a b"},
    {"pool": "x" * 60}, {"worker": ""}, {"worker": "x" * 129}, {"worker": "w", "pool": "p"},
    {"worker": "w", "capabilities": "gpu"}, {"worker": "w", "concurrency_key": "k"}, {"after": ["x"] * 1_001},
    {"after": [""]}, {"on_failure": "maybe"}, {"batch": ""}, {"batch": "x" * 129},
])
def test_bad_options(queue: distcoord.Queue, arguments: dict[str, Any]) -> None:
    with pytest.raises(distcoord.InvalidArgument):
        queue.push("x", **arguments)
    with pytest.raises(distcoord.InvalidArgument):
        queue.push_many([{"payload": "x", **arguments}])
    assert queue.counts() == distcoord.QueueCounts(0, 0, 0, 0, 0, 0, 0)


@pytest.mark.parametrize("arguments", [
    {"headers": {"x": 5}}, {"headers": {5: "x"}}, {"content_type": b"x"}, {"unique": 5}, {"pool": 5}, {"worker": 5},
    {"capabilities": [5]}, {"after": "one-id"}, {"after": [5]}, {"colour": "red"}, {"task": ["x"]},
])
def test_options_of_the_wrong_type(queue: distcoord.Queue, arguments: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        queue.push("x", **arguments)
    with pytest.raises(TypeError):
        queue.push_many([{"payload": "x", **arguments}])
    assert queue.counts().waiting == 0


def test_options_of_many_jobs_are_each_jobs_own(queue: distcoord.Queue) -> None:
    for _ in range(3):  # again with what is remembered of the first time
        queue.push("a", task="t", timeout=60, capabilities=["LINUX"])
        queue.push("b", task="t", timeout=61, headers={"n": "1"})
        queue.push("c", task="t", headers={"n": "2"})
        queue.push("d")
        jobs = sorted(queue.claim_many(4), key=lambda job: job.payload)
        assert [(job.payload, job.task, job.timeout, job.headers) for job in jobs] == [
            (b"a", "t", 60, {}), (b"b", "t", 61, {"n": "1"}), (b"c", "t", None, {"n": "2"}), (b"d", "", None, {})]
        assert all(queue.complete_many(jobs))


def test_push_many_takes_all_options(queue: distcoord.Queue) -> None:
    queue.push_many([
        distcoord.Push("a", timeout=9, headers={"x": "y"}), {"payload": "b", "content_type": "t"}, "c",
        distcoord.Push("d", delay=60)])
    jobs = queue.claim_many(10)
    assert [(job.payload, job.timeout, job.headers, job.content_type) for job in jobs] == [
        (b"a", 9, {"x": "y"}, ""), (b"b", None, {}, "t"), (b"c", None, {}, "")]
    assert queue.counts().delayed == 1


# ---------------------------------------------------------------- unique keys


def test_a_unique_key_refuses_the_second(queue: distcoord.Queue) -> None:
    first = queue.push("1", unique="k")
    with pytest.raises(distcoord.JobExists) as caught:
        queue.push("2", unique="k")
    assert caught.value.job_id == caught.value.id == first and "unique key" in str(caught.value)
    with pytest.raises(distcoord.JobExists) as own:
        queue.push("2", unique="k", id="own")
    assert own.value.job_id == first
    job = claimed(queue)
    with pytest.raises(distcoord.JobExists):
        queue.push("3", unique="k")
    job.complete()
    queue.push("4", unique="k")
    assert claimed(queue).payload == b"4"


def test_a_unique_key_replaces_the_one_that_waits(queue: distcoord.Queue) -> None:
    first = queue.push("1", unique="k")
    second = queue.push("2", unique="k", unique_mode="replace")
    with pytest.raises(distcoord.JobCancelled):
        queue.result(first, timeout=0)
    job = claimed(queue)
    assert job.id == second
    queue.push("3", unique="k", unique_mode="replace")
    last = queue.push("4", unique="k", unique_mode="replace")
    assert queue.claim(timeout=0) is None and queue.counts().blocked == 1
    job.complete()
    again = claimed(queue)
    assert again.id == last, "of those that came during the run the last alone"
    assert queue.claim(timeout=0) is None


def test_a_unique_key_extends_the_delay_of_the_one_that_waits(queue: distcoord.Queue) -> None:
    first = queue.push("1", unique="k", delay=50)
    due = queue.inspect(first).due_at
    with pytest.raises(distcoord.JobExists) as caught:
        queue.push("2", unique="k", unique_mode="extend", delay=500)
    assert caught.value.job_id == first
    later = queue.inspect(first).due_at
    assert due is not None and later is not None and later - due > timedelta(seconds=400)


def test_push_many_tells_which_were_refused(queue: distcoord.Queue) -> None:
    first = queue.push("0", unique="k")
    queue.push("x", id="known")
    with pytest.raises(distcoord.JobExists) as caught:
        queue.push_many([
            "a", distcoord.Push("b", unique="k"), distcoord.Push("c", id="known"), distcoord.Push("d", unique="other")])
    error = caught.value
    assert error.refused == ((1, first), (2, "known"))
    assert len(error.pushed_ids) == 2
    assert [job.payload for job in queue.claim_many(10)] == [b"0", b"x", b"a", b"d"]


# ---------------------------------------------------------------- who is given it


def test_capabilities_choose_the_worker(client: distcoord.Client, queue: distcoord.Queue) -> None:
    gpu = client.queue("q", capabilities=["GPU", "big"])
    assert gpu._options.capabilities == "GPU,big"
    needs = queue.push("needs", capabilities="gpu,linux")
    queue.push("plain")
    plain = claimed(queue)
    assert plain.payload == b"plain"
    assert queue.claim(timeout=0) is None
    assert claimed(gpu).id == needs
    assert queue.inspect(needs).capabilities == ("gpu", "linux")


def test_a_job_that_nobody_can_take_is_told_and_then_dead(queue: distcoord.Queue) -> None:
    id = queue.push("x", capabilities="quantum", capability_timeout=1)
    assert queue.counts().unserved == 1
    waiting = in_thread(queue.claim)
    with pytest.raises(distcoord.JobFailed) as caught:
        queue.result(id, timeout=15)
    assert caught.value.error_type == "capabilities"
    queue.push("for the claimer")
    assert waiting().payload == b"for the claimer"
    queue.push("y", capabilities="quantum", capability_timeout=None)
    queue.push("z", capabilities="quantum", capability_timeout=-1)
    assert queue.counts().unserved == 2


def test_a_pool_is_a_capability(client: distcoord.Client, queue: distcoord.Queue) -> None:
    queue.push("x", pool="west")
    assert queue.claim(timeout=0) is None
    assert claimed(client.queue("q", capabilities="pool:west")).payload == b"x"


def test_a_workers_own_queue(client: distcoord.Client, queue: distcoord.Queue) -> None:
    mine, thief = client.queue("q", worker="w1"), client.queue("q", worker="w2", steals=True)
    assert mine.claim(timeout=0) is None and thief.claim(timeout=0) is None  # both are known to live now
    queue.push("for all")
    queue.push("own", worker="w1")
    own, common = claimed(mine), claimed(mine)
    assert (own.payload, common.payload) == (b"own", b"for all"), "its own before any other"
    queue.push_many([distcoord.Push(text, worker="w1") for text in ("1", "2", "3")])
    assert queue.claim(timeout=0) is None
    stolen, first = claimed(thief), claimed(mine)
    assert (stolen.payload, first.payload) == (b"3", b"1"), "stolen from the end"


# ---------------------------------------------------------------- what it has to do with others


def test_jobs_of_one_concurrency_key_run_one_after_the_other(queue: distcoord.Queue) -> None:
    queue.push_many([distcoord.Push(text, concurrency_key="user-7") for text in "ab"] + [distcoord.Push("c")])
    first, free = queue.claim_many(10)
    assert (first.payload, free.payload) == (b"a", b"c")
    assert queue.counts().blocked == 1
    first.complete()
    assert claimed(queue).payload == b"b"


def test_a_job_after_others(queue: distcoord.Queue) -> None:
    first, second = queue.push_many(["1", "2"])
    last = queue.push("3", after=[first, second])
    assert queue.inspect(last).waits_for == 2 and queue.counts().blocked == 1
    jobs = queue.claim_many(10)
    assert [job.id for job in jobs] == [first, second]
    jobs[0].complete()
    assert queue.claim(timeout=0) is None and queue.inspect(last).waits_for == 1
    jobs[1].complete()
    third = claimed(queue)
    assert third.id == last
    assert queue.push("4", after=iter([first])), "of which all have ended"
    assert claimed(queue).payload == b"4"


def test_a_job_after_an_unknown_one_is_not_pushed(queue: distcoord.Queue) -> None:
    with pytest.raises(distcoord.JobNotFound):
        queue.push("x", after=["nobody"])
    with pytest.raises(distcoord.JobNotFound) as caught:
        queue.push_many(["a", distcoord.Push("b", after=["nobody"])])
    assert [place for place, _ in caught.value.refused] == [1] and len(caught.value.pushed_ids) == 1
    assert queue.counts().waiting == 1


def test_what_becomes_of_a_job_when_one_before_it_fails(queue: distcoord.Queue) -> None:
    first = queue.push("first", retries=0)
    fails = queue.push("x", after=[first])
    skips = queue.push("x", after=[first], on_failure="skip")
    runs = queue.push("x", after=[first], on_failure="run")
    claimed(queue).fail("broken")
    with pytest.raises(distcoord.JobFailed) as failed:
        queue.result(fails, timeout=10)
    assert failed.value.error_type == "dependency"
    with pytest.raises(distcoord.JobSkipped) as skipped:
        queue.result(skips, timeout=10)
    assert skipped.value.id == skips and skips in str(skipped.value)
    assert claimed(queue).id == runs


def test_partitions_are_one_queue_to_their_users(client: distcoord.Client) -> None:
    queue = client.queue("split", partitions=4)
    ids = queue.push_many([str(number) for number in range(100)])
    single = queue.push("x")
    assert queue.counts().waiting == 101
    jobs = queue.claim_many(200)
    while len(jobs) < 101:
        jobs += queue.claim_many(200, timeout=5)
    assert {job.id for job in jobs} == {single, *ids}
    assert all(queue.complete_many(jobs))
    assert queue.result(single) == b""
    for call in (lambda: queue.push("x", after=[single]), lambda: queue.push("x", batch="b")):
        with pytest.raises(distcoord.DistcoordError):
            call()
    with pytest.raises(distcoord.Conflict):
        client.queue("split", partitions=2).push("x")
    for partitions in (0, 65):
        with pytest.raises(distcoord.InvalidArgument):
            client.queue("split", partitions=partitions)


def test_waiting_claimers_of_partitions_are_handed_jobs(client: distcoord.Client) -> None:
    queue = client.queue("split", partitions=3)
    waits = [in_thread(queue.claim) for _ in range(3)]
    eventually(lambda: queue.counts().claimers >= 1, "they wait")
    queue.push_many(["a", "b", "c"])
    assert sorted(wait().payload for wait in waits) == [b"a", b"b", b"c"]
