"""Queues under asyncio."""

from __future__ import annotations

import asyncio
import gc
import pickle
import random
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from support import KEPT, again_and_again, eventually, in_thread, run, soon

import distcoord
from distcoord import aio
from distcoord.aio import _watch


async def claimed(queue: aio.Queue) -> aio.Job:
    job = await queue.claim(timeout=10)
    assert job is not None
    return job


@asynccontextmanager
async def never_blocked(most: float = 0.3) -> AsyncIterator[None]:
    """Checks that the event loop turns all the time in which a thread beside it does: the machine may stand still."""
    step, steps, longest = 0.005, 0, 0
    over = threading.Event()

    def step_on() -> None:
        nonlocal steps
        while not over.wait(step):
            steps += 1

    async def turn() -> None:
        nonlocal longest
        last = steps
        while True:
            await asyncio.sleep(0.001)
            longest = max(longest, steps - last)
            last = steps

    stepping, task = in_thread(step_on), asyncio.create_task(turn())
    yield
    over.set()
    stepping()
    task.cancel()
    assert longest * step < most, f"the loop stood still for {longest * step:.3f} s"


def test_a_job_from_end_to_end(client: distcoord.Client) -> None:
    async def main() -> None:
        queue = client.aio.queue("q")
        async with never_blocked():
            waiting = asyncio.create_task(queue.claim())
            await soon(lambda: client.queue("q").counts().claimers == 1, "it waits")
            id = await queue.push(b"payload", task="t", headers={"a": "b"}, timeout=60)
            job = await waiting
            assert job is not None
            assert (job.id, job.payload, job.task, job.headers, job.timeout, job.attempt) == (
                id, b"payload", "t", {"a": "b"}, 60, 1)
            result = asyncio.create_task(queue.result(id))
            await job.progress(50, "half")
            assert (await queue.inspect(id)).progress == 50
            await job.complete("done")
            assert await result == b"done" and job.settled
            assert await queue.claim(timeout=0) is None and await queue.claim(timeout=0.05) is None

    run(main())


def test_settling_in_all_ways(client: distcoord.Client) -> None:
    async def main() -> None:
        queue = client.aio.queue("q", lease=KEPT)  # told by a renewal at the latest
        ids = await queue.push_many([distcoord.Push(text, retries=0) for text in "abc"])
        jobs = await queue.claim_many(10)
        await jobs[0].fail(ValueError("no good"))
        with pytest.raises(distcoord.JobFailed, match="ValueError: no good"):
            await queue.result(ids[0])
        assert await queue.cancel_job(ids[1]) is True
        await soon(lambda: jobs[1].cancelling, "it is asked to stop")
        await jobs[1].cancelled()
        with pytest.raises(distcoord.JobCancelled):
            await queue.result(ids[1])
        await jobs[2].release()
        with pytest.raises(distcoord.JobSettled):
            await jobs[2].complete()
        again = await queue.claim_many(10, timeout=0)
        assert [job.id for job in again] == [ids[2]]
        assert await queue.complete_many(again, ["r"]) == [True]
        assert await queue.claim_many(10, timeout=0) == []
        assert (await queue.counts())[3:6] == (1, 1, 1)

    run(main())


def test_a_job_as_a_block(client: distcoord.Client) -> None:
    async def main() -> None:
        queue = client.aio.queue("q")
        ids = await queue.push_many([distcoord.Push(str(number), retries=0) for number in range(3)])
        async with await claimed(queue):
            pass
        assert await queue.result(ids[0]) == b""
        with pytest.raises(KeyError):
            async with await claimed(queue):
                raise KeyError("x")
        with pytest.raises(distcoord.JobFailed):
            await queue.result(ids[1])

        async def work() -> None:
            async with await claimed(queue):
                await asyncio.sleep(60)

        task = asyncio.create_task(work())
        await soon(lambda: client.queue("q").counts().active == 1, "it works")
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert (await claimed(queue)).attempt == 1, "it was given back"

    run(main())


def test_a_cancelled_claim_has_left_the_line(client: distcoord.Client) -> None:
    async def main() -> None:
        queue = client.aio.queue("q")
        tasks = [asyncio.create_task(queue.claim()) for _ in range(5)]
        await soon(lambda: client.queue("q").counts().claimers == 5, "all wait")
        tasks[2].cancel()
        with pytest.raises(asyncio.CancelledError):
            await tasks[2]
        assert client.queue("q").counts().claimers == 4
        queue.cancel()
        for task in tasks[:2] + tasks[3:]:
            with pytest.raises(distcoord.Cancelled):
                await task
        assert client.queue("q").counts().claimers == 0

    run(main())


def test_no_job_leaks_when_tasks_are_cancelled_at_any_moment(client: distcoord.Client) -> None:
    """Also at the moment at which the job comes."""
    async def main() -> None:
        queue = client.aio.queue("q")
        chance = random.Random(7)
        id = await queue.push("x")
        had = 0
        for _ in range(100):
            tasks = [asyncio.create_task(queue.claim()) for _ in range(3)]
            await asyncio.sleep(chance.random() * 0.006)
            for task in tasks:
                task.cancel()
            for outcome in await asyncio.gather(*tasks, return_exceptions=True):
                if isinstance(outcome, aio.Job):
                    had += 1
                    await outcome.release()
                else:
                    assert isinstance(outcome, asyncio.CancelledError)
            job = await claimed(queue)
            assert (job.id, job.attempt) == (id, 1)
            await job.release()
        assert had < 100

    run(main())


def test_thousands_of_tasks_wait_for_results(client: distcoord.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_watch, "THREADS", 20)

    async def main() -> None:
        queue = client.aio.queue("q")
        ids = await queue.push_many([str(number) for number in range(1_000)])
        tasks = [asyncio.create_task(queue.result(id)) for id in ids]
        last = tasks[-1]
        await asyncio.sleep(0)
        before = threading.active_count()
        jobs = await queue.claim_many(1_000)
        await jobs[-1].complete(jobs[-1].payload)
        assert await asyncio.wait_for(last, 20) == b"999", "though all threads wait for others"
        assert await queue.complete_many(jobs[:-1], [job.payload for job in jobs[:-1]])
        results = await asyncio.gather(*tasks)
        assert results == [str(number).encode() for number in range(1_000)]
        assert threading.active_count() < before + 80

    run(main())


def test_waits_for_results_end_in_time_and_when_cancelled(
    client: distcoord.Client, monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_watch, "THREADS", 2)

    async def main() -> None:
        queue = client.aio.queue("q")
        id = await queue.push("x", id="x")
        began = time.monotonic()
        waits = [asyncio.create_task(queue.result(id, timeout=0.2)) for _ in range(6)]
        for outcome in await asyncio.gather(*waits, return_exceptions=True):
            assert isinstance(outcome, distcoord.ResultTimeout)
        assert time.monotonic() - began < 10
        with pytest.raises(distcoord.ResultTimeout):
            await queue.result(id, timeout=0)
        with pytest.raises(distcoord.JobNotFound):
            await queue.result("nobody")
        waits = [asyncio.create_task(queue.result(id)) for _ in range(6)]
        await asyncio.sleep(0.1)  # some have a thread by then, others do not
        for wait in waits[:3]:
            wait.cancel()
        for outcome in await asyncio.gather(*waits[:3], return_exceptions=True):
            assert isinstance(outcome, asyncio.CancelledError)
        with again_and_again(queue.cancel):
            for wait in waits[3:]:
                with pytest.raises(distcoord.Cancelled):
                    await asyncio.wait_for(wait, 10)
        await soon(lambda: _watch._watches._threads == 0, "no thread waits any more")

    run(main())


def test_the_queue_itself(client: distcoord.Client) -> None:
    async def main() -> None:
        queue = client.aio.queue("q", lease=12)
        assert (queue.name, queue.lease, repr(queue)) == ("q", 12, "<distcoord.aio.Queue 'q'>")
        await queue.pause()
        await queue.set_rate_limit(100, per=2)
        await queue.set_key_limit(3)
        await queue.set_history(5, 6)
        assert await queue.settings() == (True, 100, 2.0, 3, 5, 6)
        await queue.resume()
        later = await queue.push("x", delay=60)
        assert [info.id for info in await queue.jobs("delayed")] == [later]
        await queue.promote(later)
        job = await claimed(queue)
        await job.fail("broken", retry=False)
        assert [info.id for info in await queue.dead()] == [later]
        assert await queue.retry_dead(later) == 1 and await queue.purge("waiting") == 1
        twin = pickle.loads(pickle.dumps(queue))
        assert isinstance(twin, aio.Queue) and (twin.name, twin.lease) == ("q", 12)
        twin._queue._client.close()

    run(main())


def test_a_batch(client: distcoord.Client) -> None:
    async def main() -> None:
        queue = client.aio.queue("q")
        async with queue.batch() as batch:
            for text in "ab":
                await queue.push(text, batch=batch)
        waiting = asyncio.create_task(batch.wait())
        with pytest.raises(distcoord.BatchTimeout):
            await batch.wait(timeout=0.05)
        jobs = await queue.claim_many(5)
        assert await queue.complete_many(jobs) == [True, True]
        assert (await waiting).completed == 2 and (await batch.counts()).done

    run(main())


def test_a_dropped_job_is_given_back(client: distcoord.Client) -> None:
    async def main() -> None:
        queue = client.aio.queue("q")
        await queue.push("x")
        job = await claimed(queue)
        del job
        gc.collect()
        assert (await claimed(queue)).attempt == 1

    run(main())
    eventually(lambda: client.queue("q").counts().active == 0, "the second as well")
