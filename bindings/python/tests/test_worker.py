"""Workers: jobs by `next`, what is seen from outside, the end."""

from __future__ import annotations

import gc
import os
import pickle
import time
from typing import Optional

import pytest
from support import Server, eventually, in_thread

import distcoord


@pytest.fixture
def queue(client: distcoord.Client) -> distcoord.Queue:
    return client.queue("q")


def next_of(worker: distcoord.Worker) -> distcoord.Job:
    job = worker.next(timeout=10)
    assert job is not None
    return job


# ---------------------------------------------------------------- pull style


def test_jobs_one_after_the_other(client: distcoord.Client, queue: distcoord.Queue) -> None:
    ids = [queue.push(str(number), task="t") for number in range(200)]
    with client.worker("q") as worker:
        for id in ids:
            job = next_of(worker)
            assert (job.id, job.queue, job.task, job.attempt) == (id, "q", "t", 1)
            worker.done(job, b"r" + job.payload)
            assert job.settled
        assert worker.next(timeout=0) is None and worker.next(timeout=0.05) is None
        assert not worker.stopped
    assert worker.stopped and worker.next() is None
    assert [queue.result(id, timeout=10) for id in ids[:3]] == [b"r0", b"r1", b"r2"]
    assert worker.counts().processed == 200 and queue.counts().completed == 200


def test_order_stays_when_jobs_that_were_ahead_are_given_back(client: distcoord.Client, queue: distcoord.Queue) -> None:
    ids = queue.push_many([str(number) for number in range(400)])
    with client.worker("q") as worker:
        for number, id in enumerate(ids):
            # About as long as jobs stay ahead that nobody asks for, so that some are on their way back just now.
            time.sleep(0.0245 + number % 20 * 0.0001 if number % 7 == 0 else 0)
            job = worker.next(timeout=0)
            assert job is not None and job.id == id, "also who does not wait gets what is on its way back"
            worker.done(job)


def test_what_is_done_is_told_soon(client: distcoord.Client, queue: distcoord.Queue) -> None:
    id = queue.push("x")
    worker = client.worker("q")
    worker.done(next_of(worker))
    assert queue.result(id, timeout=5) == b"", "though nobody asks for the next one"
    worker.shutdown()


def test_jobs_are_settled_in_other_ways_too(client: distcoord.Client, queue: distcoord.Queue) -> None:
    ids = [queue.push(text, retries=0) for text in "abc"]
    with client.worker("q") as worker:
        next_of(worker).complete("done")
        next_of(worker).fail("broken")
        job = next_of(worker)
        worker.done(job)
        for settle in (lambda: worker.done(job), job.complete, job.release):
            with pytest.raises(distcoord.JobSettled):
                settle()
    assert queue.result(ids[0]) == b"done"
    with pytest.raises(distcoord.JobFailed):
        queue.result(ids[1])
    assert worker.counts()[:2] == (2, 1)


def test_it_gives_out_as_many_jobs_as_its_concurrency(client: distcoord.Client, queue: distcoord.Queue) -> None:
    queue.push_many("abcd")
    with client.worker("q", concurrency=2) as worker:
        first, second = next_of(worker), next_of(worker)
        assert worker.counts().running == 2
        assert worker.next(timeout=0.1) is None
        waiting = in_thread(worker.next)
        worker.done(first)
        third = waiting()
        assert third is not None
        second.release()
        next_of(worker).release()
        third.release()


def test_iterating(client: distcoord.Client, queue: distcoord.Queue) -> None:
    queue.push_many("abc")
    worker = client.worker("q")
    worker.drain()
    seen = []
    for job in worker:
        seen.append(job.payload)
        worker.done(job)
    assert seen == [b"a", b"b", b"c"] and worker.stopped
    worker.shutdown()


def test_iterating_without_settling_is_told(client: distcoord.Client, queue: distcoord.Queue) -> None:
    queue.push_many("ab")
    began = time.monotonic()
    with pytest.raises(RuntimeError, match="not settled"):
        with client.worker("q") as worker:
            for _ in worker:
                pass
    assert time.monotonic() - began < 10, "a block that raises gives back at once"
    assert queue.counts().waiting == 2


def test_a_dropped_job_is_given_back(client: distcoord.Client, queue: distcoord.Queue) -> None:
    queue.push("x")
    with client.worker("q") as worker:
        job: Optional[distcoord.Job] = next_of(worker)
        del job
        gc.collect()
        again = next_of(worker)
        assert again.attempt == 1
        again.release()


def test_queues_with_weights(client: distcoord.Client) -> None:
    for name in ("heavy", "light", "last"):
        client.queue(name).push_many(["x"] * 300)
    with client.worker({"heavy": 9, "light": 1, "last": 0}, prefetch=0) as worker:
        assert worker.queues == {"heavy": 9, "light": 1, "last": 0}
        seen = []
        for _ in range(200):
            job = next_of(worker)
            seen.append(job.queue)
            worker.done(job)
    assert seen.count("last") == 0 and seen.count("heavy") > 2 * seen.count("light") > 0, seen


def test_several_queues_alike_and_waiting_on_all(client: distcoord.Client) -> None:
    with client.worker(["a", "b", "c"]) as worker:
        for name in "cab":
            waiting = in_thread(worker.next)
            eventually(lambda: client.queue(name).counts().claimers >= 1, "it waits")
            id = client.queue(name).push("x")
            job = waiting()
            assert job is not None and (job.queue, job.id) == (name, id)
            worker.done(job)


def test_bad_workers(client: distcoord.Client) -> None:
    for make in (
        lambda: client.worker([]), lambda: client.worker(""), lambda: client.worker("q", name=""),
        lambda: client.worker("q", concurrency=0), lambda: client.worker("q", concurrency=10_001),
        lambda: client.worker("q", prefetch=-1), lambda: client.worker("q", prefetch=1_001),
        lambda: client.worker("q", lease=0.01), lambda: client.worker({"q": 1_001}), lambda: client.worker({"q": -1}),
        lambda: client.worker("q", capabilities="a b"), lambda: client.worker("q", pool="a b"),
        lambda: client.worker("q", grace=-2), lambda: client.worker("q", partitions=0),
    ):
        with pytest.raises(distcoord.InvalidArgument):
            make()
    with pytest.raises(TypeError):
        client.worker("q").run("no handler")  # type: ignore[arg-type]


def test_capabilities_pools_and_own_queues(client: distcoord.Client, queue: distcoord.Queue) -> None:
    with client.worker("q", name="w-1", capabilities=["gpu"], pool="west", own_queue=True) as worker:
        assert worker.name == "w-1" and worker.next(timeout=0) is None
        queue.push("common")
        for arguments in ({"capabilities": "GPU"}, {"pool": "west"}, {"worker": "w-1"}):
            queue.push("mine", **arguments)
        queue.push("other's", pool="east")
        payloads = []
        for _ in range(4):
            job = next_of(worker)
            payloads.append(job.payload)
            worker.done(job)
        assert payloads[0] == b"mine" and sorted(payloads) == [b"common", b"mine", b"mine", b"mine"]
        assert worker.next(timeout=0) is None
        info, = client.workers()
        assert set(info.capabilities) == {"gpu", "linux", "pool:west"}


def test_a_partitioned_queue(client: distcoord.Client) -> None:
    queue = client.queue("split", partitions=3)
    ids = set(queue.push_many([str(number) for number in range(60)]))
    with client.worker("split", partitions=3) as worker:
        while ids:
            job = next_of(worker)
            ids.remove(job.id)
            worker.done(job)


# ---------------------------------------------------------------- seen from outside


def test_workers_are_seen_by_all(client: distcoord.Client, other: distcoord.Client) -> None:
    assert other.workers() == []
    worker = client.worker({"a": 2, "b": 1}, name="w", concurrency=5)
    assert other.workers() == [], "it has not been asked for a job yet"
    assert worker.next(timeout=0) is None
    info, = other.workers()
    assert (info.name, info.client, info.pid, info.concurrency) == ("w", client.id, os.getpid(), 5)
    assert set(info.queues) == {"a", "b"} and info.capabilities == ("linux",) and info.host
    assert info.started_at is not None and info.seen_at is not None and info.seen_at >= info.started_at
    assert info.uptime >= 0 and info.rate >= 0 and not info.stopping
    assert info.counts == (0,) * 7 and pickle.loads(pickle.dumps(info)) == info
    worker.shutdown()
    assert other.workers() == []


def test_a_worker_without_a_name_has_one_all_the_same(client: distcoord.Client) -> None:
    first, second = client.worker("q"), client.worker("q")
    assert first.name and second.name and first.name != second.name
    assert repr(first) == f"<distcoord.Worker {first.name!r} of 'q'>"
    assert (first.concurrency, first.grace, client.worker("q", grace=-1).grace) == (1, 30, None)


# ---------------------------------------------------------------- other processes, the end


def test_a_worker_stays_in_its_process(client: distcoord.Client, queue: distcoord.Queue) -> None:
    from test_fork import in_child

    queue.push("x")
    worker = client.worker("q")
    job = next_of(worker)
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(worker)

    def child() -> None:
        for call in (lambda: worker.next(timeout=0), lambda: worker.done(job), worker.shutdown):
            with pytest.raises(distcoord.Forked):
                call()
        with client.worker("q") as own:
            client.queue("q").push("y")
            got = own.next(timeout=10)
            assert got is not None and got.payload == b"y"
            own.done(got)

    in_child(child)
    worker.done(job, "by the parent")
    worker.shutdown()
    assert queue.result(job.id) == b"by the parent"


def test_closing_the_client_sends_what_is_done_and_gives_back_the_rest(
    server: Server, namespace: str, queue: distcoord.Queue,
) -> None:
    ids = queue.push_many("abc")
    with distcoord.connect(server.url, namespace) as own:
        worker = own.worker("q", concurrency=2, prefetch=5)
        worker.done(next_of(worker), "done")
        held = next_of(worker)
    assert queue.result(ids[0], timeout=0) == b"done"
    assert queue.counts().waiting == 2 and held.stop_requested
    assert [job.attempt for job in queue.claim_many(5)] == [1, 1]
