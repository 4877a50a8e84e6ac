"""Workers under asyncio."""

from __future__ import annotations

import asyncio
import random
import signal
import threading
import time
from typing import Any

import pytest
from support import KEPT, Child, Server, eventually, run, soon
from test_aio_queue import never_blocked

import distcoord
from distcoord import aio


@pytest.fixture
def queue(client: distcoord.Client) -> distcoord.Queue:
    return client.queue("q")


async def next_of(worker: aio.Worker) -> aio.Job:
    job = await worker.next(timeout=10)
    assert job is not None
    return job


def test_jobs_one_after_the_other(client: distcoord.Client, queue: distcoord.Queue) -> None:
    ids = queue.push_many([str(number) for number in range(100)])

    async def main() -> None:
        async with client.aio.worker("q") as worker, never_blocked():
            for id in ids:
                job = await next_of(worker)
                assert job.id == id
                await worker.done(job, b"r" + job.payload)
            assert await worker.next(timeout=0) is None and await worker.next(timeout=0.05) is None
            waiting = asyncio.create_task(worker.next())
            await soon(lambda: queue.counts().claimers == 1, "it waits")
            last = queue.push("last")
            job_or_none = await waiting
            assert job_or_none is not None and job_or_none.id == last
            await job_or_none.complete()
        assert worker.stopped and await worker.next() is None
        assert worker.counts().processed == 101

    run(main())
    assert queue.result(ids[7]) == b"r7"


def test_iterating(client: distcoord.Client, queue: distcoord.Queue) -> None:
    queue.push_many("abc")

    async def main() -> None:
        worker = client.aio.worker("q")
        worker.drain()
        seen = []
        async for job in worker:
            seen.append(job.payload)
            await worker.done(job)
        assert seen == [b"a", b"b", b"c"]
        await worker.shutdown()
        queue.push_many("ab")
        with pytest.raises(RuntimeError, match="not settled"):
            async with client.aio.worker("q") as careless:
                async for job in careless:
                    pass

    run(main())
    eventually(lambda: queue.counts().waiting == 2, "both are back")


def test_no_job_leaks_when_tasks_are_cancelled_at_any_moment(client: distcoord.Client, queue: distcoord.Queue) -> None:
    async def main() -> None:
        id = queue.push("x")
        chance = random.Random(5)
        async with client.aio.worker("q", concurrency=3, prefetch=0) as worker:
            for _ in range(100):
                tasks = [asyncio.create_task(worker.next()) for _ in range(3)]
                await asyncio.sleep(chance.random() * 0.006)
                for task in tasks:
                    task.cancel()
                for outcome in await asyncio.gather(*tasks, return_exceptions=True):
                    if isinstance(outcome, aio.Job):
                        await outcome.release()
                    else:
                        assert isinstance(outcome, asyncio.CancelledError)
                job = await next_of(worker)
                assert (job.id, job.attempt) == (id, 1)
                await job.release()

    run(main())
    job = queue.claim(timeout=10)
    assert job is not None and job.attempt == 1


def test_a_thousand_handlers_at_a_time(client: distcoord.Client, queue: distcoord.Queue) -> None:
    async def main() -> None:
        together = asyncio.Event()
        inside = 0

        async def handle(job: aio.Job) -> bytes:
            nonlocal inside
            inside += 1
            if inside == 1_000:
                together.set()
            await together.wait()
            return job.payload

        ids = queue.push_many([str(number) for number in range(3_000)])
        worker = client.aio.worker("q", concurrency=1_000)
        worker.drain()
        before = threading.active_count()
        assert await worker.run(handle) is True
        assert threading.active_count() < before + 60
        assert await client.aio.queue("q").result(ids[-1], timeout=10) == b"2999"

    run(main())
    assert queue.counts()[:5] == (0, 0, 0, 0, 3_000)


def test_what_handlers_return_and_raise(client: distcoord.Client, queue: distcoord.Queue) -> None:
    async def handle(job: aio.Job) -> Any:
        await asyncio.sleep(0)
        if job.payload == b"raise":
            raise LookupError("no such thing")
        if job.payload == b"settle":
            await job.complete("own")
        return {b"text": "é", b"none": None, b"odd": 5}.get(job.payload, b"?")

    async def main() -> None:
        worker = client.aio.worker("q", concurrency=10)
        task = asyncio.create_task(worker.run(handle))
        aio_queue = client.aio.queue("q")
        ids = {text: await aio_queue.push(text, retries=0) for text in ("text", "none", "odd", "raise", "settle")}
        assert await aio_queue.result(ids["text"]) == "é".encode()
        assert await aio_queue.result(ids["none"]) == b""
        assert await aio_queue.result(ids["settle"]) == b"own"
        with pytest.raises(distcoord.JobFailed, match="TypeError"):
            await aio_queue.result(ids["odd"])
        with pytest.raises(distcoord.JobFailed, match="LookupError: no such thing") as caught:
            await aio_queue.result(ids["raise"])
        assert "test_aio_worker.py" in caught.value.traceback
        worker.stop()
        assert await task is True
        with pytest.raises(TypeError):
            await worker.run("no handler")  # type: ignore[arg-type]

    run(main())


def test_handlers_are_cancelled_when_their_jobs_are(client: distcoord.Client, queue: distcoord.Queue) -> None:
    seen: list[tuple[bool, bool]] = []

    async def handle(job: aio.Job) -> None:
        try:
            await asyncio.sleep(60)
        finally:
            seen.append((job.cancelling, job.expired))

    async def main() -> None:
        worker = client.aio.worker("q", concurrency=10, lease=KEPT)  # told by a renewal at the latest
        task = asyncio.create_task(worker.run(handle))
        aio_queue = client.aio.queue("q")
        id = await aio_queue.push("x")
        await soon(lambda: queue.counts().active == 1, "it works")
        assert await aio_queue.cancel_job(id, "enough") is True
        with pytest.raises(distcoord.JobCancelled, match="enough"):
            await aio_queue.result(id, timeout=10)
        id = await aio_queue.push("x", timeout=2, retries=0)
        with pytest.raises(distcoord.JobFailed) as caught:
            await aio_queue.result(id, timeout=10)
        assert caught.value.error_type == "timeout"
        await soon(lambda: len(seen) == 2, "both handlers were cancelled")
        worker.stop()
        assert await task is True

    run(main())
    assert seen == [(True, False), (False, True)]


def test_a_shutdown_lets_handlers_finish_within_the_grace(client: distcoord.Client, queue: distcoord.Queue) -> None:
    async def main() -> None:
        begun, finish = asyncio.Event(), asyncio.Event()

        async def handle(job: aio.Job) -> str:
            begun.set()
            await finish.wait()
            return "done"

        ids = queue.push_many("ab")
        worker = client.aio.worker("q")
        task = asyncio.create_task(worker.run(handle))
        await begun.wait()
        ending = asyncio.create_task(worker.shutdown(20))
        await soon(lambda: worker.counts().ahead == 0 and queue.counts().waiting == 1, "it takes no more")
        finish.set()
        assert await ending is True and await task is True
        assert queue.result(ids[0], timeout=0) == b"done"
        begun.clear()
        finish.clear()
        worker = client.aio.worker("q", grace=0.1)
        task = asyncio.create_task(worker.run(handle))
        await begun.wait()
        assert await worker.shutdown() is False and await task is False

    run(main())
    job = queue.claim(timeout=10)
    assert job is not None and job.attempt == 1


def test_cancelling_a_run_cancels_its_handlers_and_gives_their_jobs_back(
    client: distcoord.Client, queue: distcoord.Queue,
) -> None:
    begun, ended = [], []

    async def handle(job: aio.Job) -> None:
        begun.append(job.id)
        try:
            await asyncio.sleep(60)
        finally:
            ended.append(job.id)

    async def main() -> None:
        worker = client.aio.worker("q", concurrency=20)
        task = asyncio.create_task(worker.run(handle))
        await soon(lambda: len(begun) == 20, "all work")
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert sorted(ended) == sorted(begun)

    ids = queue.push_many(["x"] * 25)
    run(main())
    jobs = queue.claim_many(25, timeout=10)
    assert {job.id for job in jobs} == set(ids) and {job.attempt for job in jobs} == {1}


def test_no_job_leaks_when_a_run_is_cancelled_at_any_moment(client: distcoord.Client, queue: distcoord.Queue) -> None:
    """Also between the claim and the first step of a handler."""
    async def handle(job: aio.Job) -> None:
        await asyncio.sleep(60)

    async def main() -> None:
        chance = random.Random(11)
        for _ in range(25):
            task = asyncio.create_task(client.aio.worker("q", concurrency=5).run(handle))
            await asyncio.sleep(chance.random() * 0.01)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert await asyncio.to_thread(lambda: queue.counts().active) == 0

    queue.push_many(["x"] * 8)
    run(main())
    assert [job.attempt for job in queue.claim_many(8, timeout=10)] == [1] * 8


def test_cancel_ends_waits_and_runs(client: distcoord.Client, queue: distcoord.Queue) -> None:
    async def main() -> None:
        async def handle(job: aio.Job) -> None:
            await asyncio.sleep(60)

        worker = client.aio.worker("q")
        for wait in (worker.next(), worker.run(handle)):
            task = asyncio.create_task(wait)  # type: ignore[arg-type, var-annotated]
            await soon(lambda: queue.counts().claimers == 1, "it waits")
            worker.cancel()
            with pytest.raises(distcoord.Cancelled):
                await task
            await soon(lambda: queue.counts().claimers == 0, "nobody waits")

    run(main())


def test_a_run_outlives_a_restart_of_the_server(own_server: Server, namespace: str) -> None:
    async def handle(job: aio.Job) -> bytes:
        return b"r" + job.payload

    async def main() -> None:
        async with never_blocked(1.0):
            worker, queue = client.aio.worker("q", concurrency=5), client.aio.queue("q")
            task = asyncio.create_task(worker.run(handle))
            assert await queue.result(await queue.push("1"), timeout=10) == b"r1"
            await asyncio.to_thread(own_server.kill)
            await asyncio.sleep(0.5)
            await asyncio.to_thread(own_server.start)
            assert await queue.result(await queue.push("2"), timeout=20) == b"r2"
            worker.stop()
            await task

    with distcoord.connect(own_server.url, namespace, timeout=1) as client:
        run(main())


def test_a_worker_belongs_to_the_loop_of_its_first_use(client: distcoord.Client) -> None:
    worker = client.aio.worker("q")

    async def look() -> None:
        assert await worker.next(timeout=0) is None

    run(look())
    with pytest.raises(RuntimeError, match="another event loop"):
        run(look())


def test_signals_end_a_run(queue: distcoord.Queue, server: Server, namespace: str) -> None:
    program = """
import asyncio
async def handle(job):
    say("begins")
    await asyncio.sleep(0.5 if job.payload == b"short" else 60)
    return "done"
async def main():
    worker = client.aio.worker("q", grace=20)
    say(f"ended {await worker.run(handle, signals=True)}")
asyncio.run(main())
"""
    id = queue.push("short")
    with Child(server, namespace, program) as child:
        child.expect("begins")
        child.signal(signal.SIGTERM)
        child.expect("ended True")
        assert child.finish() == 0, child.errors()
    assert queue.result(id, timeout=0) == b"done"
    queue.push("long")
    with Child(server, namespace, program) as child:
        child.expect("begins")
        child.signal(signal.SIGTERM)
        eventually(lambda: queue.counts().claimers == 0, "it claims no more")
        time.sleep(0.3)  # the first signal is at work now; it would wait for 20 seconds
        child.signal(signal.SIGINT)
        child.expect("ended False")
        assert child.finish() == 0, child.errors()
    job = queue.claim(timeout=5)
    assert job is not None and job.attempt == 1


def test_ctrl_c_gives_jobs_back(queue: distcoord.Queue, server: Server, namespace: str) -> None:
    program = """
import asyncio
async def handle(job):
    say("begins")
    await asyncio.sleep(60)
async def main():
    await client.aio.worker("q").run(handle)
try:
    asyncio.run(main())
except KeyboardInterrupt:
    say("interrupted")
"""
    queue.push("x")
    with Child(server, namespace, program) as child:
        child.expect("begins")
        child.signal(signal.SIGINT)
        child.expect("interrupted")
        assert child.finish() == 0, child.errors()
    job = queue.claim(timeout=5)
    assert job is not None and job.attempt == 1
