"""Tasks on a server: submitting, waiting, failing, cancelling, and what workers in this process do."""

from __future__ import annotations

import asyncio
import os
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, Optional

import pytest
from app_support import working
from support import Server, eventually

import distcoord
from distcoord.app import App


@dataclass
class Order:
    id: int
    at: datetime
    price: Decimal


def test_a_result(app: App) -> None:
    @app.task
    def raise_price(order: Order, by: Decimal) -> Order:
        return Order(order.id, order.at, order.price + by)

    order = Order(1, datetime(2026, 1, 2, tzinfo=timezone.utc), Decimal("1.10"))
    handle = raise_price.submit(order, by=Decimal("0.05"))
    assert handle.status() == "waiting" and not handle.done()
    with working(app):
        assert handle.result(20) == Order(1, order.at, Decimal("1.15"))
    assert handle.done() and handle.status() == "completed"
    assert app.result(handle.id)["price"] == Decimal("1.15")
    assert app.handle(handle.id, "default") == handle
    with pytest.raises(distcoord.JobNotFound):
        app.handle("nobody")


def test_what_is_on_the_wire(app: App, client: distcoord.Client) -> None:
    @app.task(queue="wire")
    def work(*args: Any, **kwargs: Any) -> None: ...

    work.submit(1, "é", a=None)
    job = client.queue("wire").claim(20)
    assert job is not None
    assert job.payload == '{"args":[1,"é"],"kwargs":{"a":null}}'.encode()
    assert (job.task, job.content_type, job.headers) == ("work", "application/json", {})
    job.complete('"from elsewhere"')
    assert app.result(job.id, 20) == "from elsewhere"


@pytest.mark.parametrize("payload, content_type, expected", [
    (b"", "", "none"), (b"[1, 2]", "", "1-2"), (b'{"a": 1, "b": 2}', "", "1-2"), (b"7", "", "7"),
    (b"text", "text/plain", "text"),
])
def test_jobs_of_other_programs(
    app: App, client: distcoord.Client, payload: bytes, content_type: str, expected: str,
) -> None:
    @app.task
    def joined(a: Any = "none", b: Any = None) -> str:
        return str(a) if b is None else f"{a}-{b}"

    queue = client.queue("default")
    id = queue.push(payload, task="joined", content_type=content_type)
    assert app.run_until_empty() == 1
    assert queue.result(id, 0) == f'"{expected}"'.encode()


def test_the_current_job_ends_with_the_job(app: App) -> None:
    @app.task
    def named() -> str:
        return distcoord.current_job().task

    handle = named.submit()
    assert app.run_until_empty() == 1 and handle.result(0) == "named"
    with pytest.raises(RuntimeError, match="no job"):
        distcoord.current_job()


def test_a_result_that_is_not_json(app: App, client: distcoord.Client) -> None:
    handle = app.external("shell").submit()
    job = client.queue("default").claim(20)
    assert job is not None
    job.complete("done\n")
    with pytest.raises(distcoord.NotReadable, match="^result: it is not JSON"):
        handle.result(20)
    assert handle.result_bytes() == b"done\n"


@pytest.mark.parametrize("use_asyncio", [False, True])
@pytest.mark.parametrize("kind", ["function", "coroutine"])
def test_a_failure_is_shown_to_who_waits(app: App, kind: str, use_asyncio: bool) -> None:
    def refuse(x: int) -> None:
        raise ValueError(f"no {x}")

    @app.task(retries=1, backoff=0)
    def function(x: int) -> None:
        refuse(x)

    @app.task(retries=1, backoff=0)
    async def coroutine(x: int) -> None:
        refuse(x)

    fails: Any = function if kind == "function" else coroutine
    handle = fails.submit(5)
    with working(app, name="w1", use_asyncio=use_asyncio):
        with pytest.raises(distcoord.JobFailed) as caught:
            handle.result(20)
    failed = caught.value
    assert (failed.error_type, failed.message, failed.attempts, failed.worker) == ("ValueError", "no 5", 2, "w1")
    assert 'raise ValueError(f"no {x}")' in failed.traceback
    assert failed.traceback.splitlines()[1].endswith(f"in {kind}"), "it begins in the task"
    assert failed.traceback in str(failed)
    assert handle.wait() and handle.status() == "dead"


def test_retry_and_reject(app: App) -> None:
    seen: list[tuple[str, int]] = []

    @app.task(retries=5, backoff=3600)
    def decides(how: str) -> int:
        attempt = distcoord.current_job().attempt
        seen.append((how, attempt))
        if how == "reject":
            raise distcoord.Reject("hopeless")
        if attempt < 3:
            raise distcoord.Retry(delay=0.01)
        return attempt

    retried, rejected = decides.submit("retry"), decides.submit("reject")
    with working(app):
        assert retried.result(20) == 3
        with pytest.raises(distcoord.JobFailed, match="after 1 attempt: .*hopeless"):
            rejected.result(20)
    assert sorted(seen) == [("reject", 1), ("retry", 1), ("retry", 2), ("retry", 3)]


def test_a_task_that_the_program_does_not_have(app: App, client: distcoord.Client) -> None:
    @app.task
    def known() -> None: ...

    id = client.queue("default").push(b"", task="unknown", retries=1, backoff=0)
    with working(app):
        with pytest.raises(distcoord.JobFailed) as caught:
            client.queue("default").result(id, 20)
    assert "no task 'unknown'; its tasks are: known" in caught.value.message
    assert caught.value.attempts == 2, "another worker may know it"


def test_a_pickle_is_refused_by_who_does_not_accept_it(app: App, client: distcoord.Client) -> None:
    @app.task(name="same")
    def refuses(value: Any) -> None: ...

    accepting = App(client=client, accept_pickle=True)

    @accepting.task(serializer="pickle")
    def same(value: Any) -> Any:
        return value

    handle = same.submit({1: 2j})
    app.run_until_empty()
    with pytest.raises(distcoord.JobFailed, match="after 1 attempt: .*does not accept"):
        handle.result(0)
    again = same.submit({1: 2j})
    accepting.run_until_empty()
    assert again.result(0) == {1: 2j}
    with pytest.raises(distcoord.NotReadable, match="does not accept"):
        app.result(again.id)


def test_arguments_that_do_not_fit_here_fail_the_job(app: App, client: distcoord.Client) -> None:
    @app.task
    def takes_one(a: datetime) -> None: ...

    queue = client.queue("default")
    wrong = [queue.push(payload, task="takes_one", retries=0) for payload in (b"[1,2]", b'["never"]', b"{")]
    assert app.run_until_empty() == 3
    for id, words in zip(wrong, ("too many positional arguments", "args.0.: 'never' is no datetime", "is not JSON")):
        with pytest.raises(distcoord.JobFailed, match=words):
            queue.result(id, 0)


def test_map(app: App) -> None:
    @app.task
    def power(base: int, exponent: int = 2) -> int:
        return int(base**exponent)

    squares, cubes, pairs = power.map(range(300)), power.map([2, 3], exponent=3), power.starmap([(2, 5), (3, 1)])
    assert app.run_until_empty() == 304
    assert [handle.result(0) for handle in squares] == [number**2 for number in range(300)]
    assert [handle.result(0) for handle in cubes + pairs] == [8, 27, 32, 3]
    assert power.map([]) == []
    with pytest.raises(TypeError, match="power.*unexpected keyword"):
        power.map([1], other=2)


def test_submitting_through_a_buffer(app: App) -> None:
    @app.task
    def double(x: int) -> int:
        return 2 * x

    @app.task(queue="other", unique=True)
    def once() -> int:
        return 1

    with app.buffered(batch_timeout=60, batch_size=1000):
        handles = [double.submit(number) for number in range(10)] + double.map([10, 11])
        assert app.queue().counts().waiting == 0, "they are sent at the end of the block"
        unique = once.submit()
        with pytest.raises(distcoord.JobExists):
            once.submit()
    assert app.queue().counts().waiting == 12
    assert app.run_until_empty() == 13
    assert [handle.result(0) for handle in handles] == [2 * number for number in range(12)] and unique.result(0) == 1
    double.options(id="known").submit(1)
    with pytest.raises(distcoord.PushFailed) as caught:
        with app.buffered():
            double.options(id="known").submit(1)
    assert [failure.id for failure in caught.value.failures] == ["known"]
    with pytest.raises(ZeroDivisionError):
        with app.buffered():
            late = double.submit(21)
            raise ZeroDivisionError
    app.run_until_empty()
    assert late.result(0) == 42, "what was submitted before the error is sent"


def test_options_of_one_call(app: App, client: distcoord.Client) -> None:
    @app.task(retries=7, priority=1, timeout=timedelta(minutes=2), headers={"a": "b"})
    def work() -> None: ...

    work.options(priority=-5, queue="other", id="mine", backoff=timedelta(seconds=2)).submit()
    job = client.queue("other").claim(20)
    assert job is not None
    assert (job.id, job.priority, job.max_attempts, job.timeout, job.headers) == ("mine", -5, 8, 120, {"a": "b"})
    later = work.options(delay=timedelta(hours=1)).submit()
    assert later.status() == "delayed"
    assert work.options(at=datetime.now(timezone.utc) + timedelta(hours=1)).submit().status() == "delayed"


def test_dependencies_and_batches(app: App) -> None:
    order: list[int] = []

    @app.task(retries=0)
    def step(number: int) -> None:
        order.append(number)
        if number < 0:
            raise RuntimeError

    with app.batch() as batch:
        last = step.options(delay=0, batch=batch, after=[step.options(batch=batch).submit(1)]).submit(2)
        after_failure = step.options(after=[step.options(batch=batch).submit(-1)], on_failure="skip").submit(3)
    assert app.run_until_empty() >= 3
    assert last.wait(20) and order.index(1) < order.index(2) and 3 not in order
    with pytest.raises(distcoord.JobSkipped):
        after_failure.result(20)
    counts = batch.wait(20)
    assert (counts.completed, counts.failed) == (2, 1)


def test_unique_submissions(app: App) -> None:
    @app.task(unique=True)
    def once(x: int) -> int:
        return x

    first = once.submit(1)
    with pytest.raises(distcoord.JobExists) as caught:
        once.submit(1)
    assert caught.value.job_id == first.id
    assert once.options(unique_mode="join").submit(1) == first
    assert [handle.id == first.id for handle in once.options(unique_mode="join").map([1, 2])] == [True, False]
    replacing = once.options(unique_mode="replace").submit(1)
    with pytest.raises(distcoord.JobCancelled):
        first.result(20)
    assert app.run_until_empty() == 2
    assert replacing.result(0) == 1
    assert once.submit(1).id not in (first.id, replacing.id), "the key is free again"


def test_who_is_given_a_task(app: App) -> None:
    @app.task(capabilities=["gpu"], pool="night")
    def render() -> str:
        return "rendered"

    @app.task
    def plain() -> str:
        return "plain"

    wanting, free = render.submit(), plain.submit()
    for options in ({}, {"capabilities": "gpu"}, {"pool": "night"}):
        worker = app.worker(**options)
        worker.drain()
        assert worker.run() is True
    assert free.result(0) == "plain" and wanting.status() == "waiting"
    worker = app.worker(capabilities="GPU,big", pool="night")
    worker.drain()
    worker.run()
    assert wanting.result(0) == "rendered"


def test_submitting_and_waiting_in_coroutines(app: App) -> None:
    @app.task
    def double(x: int) -> int:
        return 2 * x

    async def main() -> None:
        with pytest.raises(TypeError, match="missing a required argument"):
            await double.aio.submit()  # type: ignore[call-arg]
        handle = await double.aio.submit(2)
        assert await handle.aio.result(20) == await handle == 4
        assert await handle.aio.wait() and await handle.aio.done() and await handle.aio.status() == "completed"
        assert [await each for each in await double.aio.map([1, 2])] == [2, 4]
        later = await double.options(delay=3600).aio.submit(1)
        assert await later.aio.wait(0) is False and await later.aio.progress() is None
        assert await later.aio.cancel("enough") is False
        with pytest.raises(distcoord.JobCancelled, match="enough"):
            await later.aio.result()
        await double.aio.schedule(every=3600, args=[1])
        assert await double.aio.unschedule() is True

    with working(app):
        asyncio.run(main())


def test_awaiting_a_handle(app: App) -> None:
    @app.task
    def double(x: int) -> int:
        return 2 * x

    async def main() -> list[int]:
        return await asyncio.wait_for(asyncio.gather(*(_awaited(handle) for handle in double.map(range(20)))), 30)

    async def _awaited(handle: Any) -> int:
        value: int = await handle
        return value

    with working(app):
        assert asyncio.run(main()) == [2 * number for number in range(20)]


@pytest.mark.parametrize("use_asyncio", [False, True])
def test_functions_and_coroutines_side_by_side(app: App, use_asyncio: bool) -> None:
    """Each waits for the other, so they can only end when they run at the same time."""
    there = threading.Event()

    @app.task
    def function() -> Optional[str]:
        return distcoord.current_job().task if there.wait(20) else None

    @app.task
    async def coroutine() -> str:
        await asyncio.sleep(0.01)
        there.set()
        return distcoord.current_job().task

    first, second = function.submit(), coroutine.submit()
    with working(app, concurrency=2, use_asyncio=use_asyncio):
        assert (first.result(20), second.result(20)) == ("function", "coroutine")


def test_many_coroutines_at_once(app: App) -> None:
    together: set[str] = set()
    all_there = threading.Event()

    @app.task
    async def meets() -> int:
        together.add(distcoord.current_job().id)
        while len(together) < 100:
            await asyncio.sleep(0.01)
        all_there.set()
        return len(together)

    handles = [meets.submit() for _ in range(100)]
    with working(app, concurrency=100, use_asyncio=True):
        assert [handle.result(30) for handle in handles] == [100] * 100
    assert all_there.is_set()


def test_schedules(app: App) -> None:
    @app.task
    def tick(name: str) -> str:
        return name

    tick.schedule(every=0.1, args=["x"], name="often")
    with working(app):
        eventually(lambda: app.queue().counts().completed >= 3, "it ticks")
    assert tick.unschedule("often") is True and tick.unschedule("often") is False
    with pytest.raises(TypeError, match="missing a required argument"):
        tick.schedule(cron="0 3 * * *")


def test_a_queue_that_is_split(client: distcoord.Client) -> None:
    app = App(client=client, partitions={"wide": 4})

    @app.task(queue="wide")
    def double(x: int) -> int:
        return 2 * x

    async def awaited(handle: Any) -> int:
        value: int = await handle
        return value

    handles = double.map(range(40))
    assert app.run_until_empty() == 40
    assert [handle.result(0) for handle in handles] == [2 * number for number in range(40)]
    assert asyncio.run(awaited(handles[3])) == 6
    with pytest.raises(distcoord.Conflict):
        client.queue("wide").push(b"")


def test_an_app_that_was_used_before_a_fork(server: Server, namespace: str) -> None:
    with App(server.url, namespace) as app:
        @app.task
        def double(x: int) -> int:
            return 2 * x

        before = double.submit(1)
        child = os.fork()
        if child == 0:
            try:
                double.options(id="of-the-child").submit(2)
                os._exit(0)
            finally:
                os._exit(1)
        assert os.waitpid(child, 0)[1] == 0
        assert app.run_until_empty() == 2
        assert (before.result(0), app.result("of-the-child", 0)) == (2, 4)


def test_a_closed_app_opens_again(server: Server, namespace: str) -> None:
    app = App(server.url, namespace)
    queue = app.queue()
    app.close()
    with pytest.raises(distcoord.Closed):
        queue.counts()
    assert app.queue().counts().waiting == 0
    app.close()
    app.close()
