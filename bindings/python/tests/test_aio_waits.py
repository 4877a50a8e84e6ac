"""Tasks that wait, cancelled or abandoned at any moment: nothing stays in a line, and no grant leaks."""

from __future__ import annotations

import asyncio
import gc
import random
import signal
import time

import pytest
from support import Child, Server, eventually, in_thread, promptly, run, soon

import distcoord


def waiters(client: distcoord.Client, name: str) -> int:
    info = client.lock(name).inspect()
    return 0 if info is None else info.waiters


def test_a_cancelled_task_has_left_the_line(client: distcoord.Client, other: distcoord.Client) -> None:
    async def main() -> None:
        lock = client.aio.lock("x")
        tasks = [asyncio.create_task(lock.acquire()) for _ in range(5)]
        await soon(lambda: waiters(other, "x") == 5, "all wait")
        tasks[2].cancel()
        with pytest.raises(asyncio.CancelledError):
            await tasks[2]
        assert waiters(other, "x") == 4, "only that one has left"
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(lock.acquire(), 0.1)
        assert waiters(other, "x") == 4
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert waiters(other, "x") == 0

    with other.lock("x"):
        run(main())


def test_a_task_cancelled_before_its_thread_waits(client: distcoord.Client, other: distcoord.Client) -> None:
    """The library's cancel ends waits that have begun; this one may begin a moment later."""
    async def main() -> None:
        lock = client.aio.lock("x")
        for number in range(300):
            task = asyncio.create_task(lock.acquire())
            for _ in range(number % 4):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait([task])
            assert task.cancelled()
        assert waiters(other, "x") == 0

    with other.lock("x"):
        run(main())


def test_no_grant_leaks_when_tasks_are_cancelled_at_any_moment(
    client: distcoord.Client, other: distcoord.Client,
) -> None:
    """Also at the moment at which the grant comes, and before the thread has begun to wait."""
    async def main() -> None:
        lock = client.aio.lock("x", lease=60)
        chance = random.Random(7)
        had = 0
        for _ in range(150):
            tasks = [asyncio.create_task(lock.acquire()) for _ in range(3)]
            await asyncio.sleep(chance.random() * 0.006)
            for task in tasks:
                task.cancel()
            for outcome in await asyncio.gather(*tasks, return_exceptions=True):
                if outcome is True:
                    had += 1
                    await lock.release()
                else:
                    assert isinstance(outcome, asyncio.CancelledError)
            assert other.lock("x").acquire(timeout=5), "nobody holds it any more"
            other.lock("x").force_release()
        assert had > 0, "the moments were well chosen"

    run(main())


def test_a_task_cancelled_twice_leaves_all_the_same(client: distcoord.Client, other: distcoord.Client) -> None:
    async def main() -> None:
        task = asyncio.create_task(client.aio.lock("x").acquire())
        await soon(lambda: waiters(other, "x") == 1, "it waits")
        task.cancel()
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert waiters(other, "x") == 0

    with other.lock("x"):
        run(main())


def test_a_task_cancelled_while_it_releases_has_released(client: distcoord.Client, other: distcoord.Client) -> None:
    async def main() -> None:
        lock = client.aio.lock("x", lease=60)
        assert await lock.acquire()
        task = asyncio.create_task(lock.release())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await other.aio.lock("x").acquire(timeout=5)

    run(main())


def test_a_coroutine_that_is_closed_leaves_the_line(client: distcoord.Client, other: distcoord.Client) -> None:
    loop = asyncio.new_event_loop()
    with other.lock("x"):
        waiting = client.aio.lock("x").acquire()

        async def begin() -> None:
            waiting.send(None)
            await soon(lambda: waiters(other, "x") == 1, "it waits")

        loop.run_until_complete(begin())
        waiting.close()
        eventually(lambda: waiters(other, "x") == 0, "it has left")
    loop.close()


def test_a_loop_that_is_closed_leaves_no_grant(client: distcoord.Client, other: distcoord.Client) -> None:
    loop = asyncio.new_event_loop()
    held = other.lock("x")
    assert held.acquire()
    task = loop.create_task(client.aio.lock("x", lease=60).acquire())

    async def begin() -> None:
        await soon(lambda: waiters(other, "x") == 1, "it waits")

    loop.run_until_complete(begin())
    loop.close()
    held.release()
    assert held.acquire(timeout=5), "the grant that nobody heard of came back"
    held.release()
    task._log_destroy_pending = False  # type: ignore[attr-defined]
    del task
    gc.collect()


def test_cancel_ends_the_waits_of_the_handle(client: distcoord.Client, other: distcoord.Client) -> None:
    async def main() -> None:
        lock = client.aio.lock("x")
        tasks = [asyncio.create_task(lock.acquire()) for _ in range(3)]
        await asyncio.sleep(0)
        stranger = asyncio.create_task(client.aio.lock("x").acquire())
        await soon(lambda: waiters(other, "x") == 4, "all wait")
        lock.cancel()
        for task in tasks:
            with pytest.raises(distcoord.Cancelled):
                await task
        assert waiters(other, "x") == 1
        client.cancel()
        with pytest.raises(distcoord.Cancelled):
            await stranger

    with other.lock("x"):
        run(main())


def test_closing_the_client_ends_waits(server: Server, namespace: str, other: distcoord.Client) -> None:
    async def main() -> None:
        client = distcoord.connect(server.url, namespace)
        waiting = asyncio.create_task(client.aio.lock("x").acquire())
        await soon(lambda: waiters(other, "x") == 1, "it waits")
        await asyncio.to_thread(client.close)
        with pytest.raises(distcoord.DistcoordError):
            await waiting
        with pytest.raises(distcoord.Closed):
            await client.aio.lock("x").acquire()

    with other.lock("x"):
        run(main())


def test_ctrl_c_ends_an_event_loop_that_waits(client: distcoord.Client, server: Server, namespace: str) -> None:
    program = """
import asyncio
async def main():
    say("waits")
    async with client.aio.lock("x"):
        say("went on")
try:
    asyncio.run(main())
except KeyboardInterrupt:
    say("interrupted")
"""
    def interrupt() -> float:
        with Child(server, namespace, program) as child:
            child.expect("waits")
            eventually(lambda: waiters(client, "x") == 1, "it waits")
            began = time.monotonic()
            child.signal(signal.SIGINT)
            child.expect("interrupted")
            took = time.monotonic() - began
            assert child.finish() == 0, child.errors()
            assert child.errors() == ""
        assert waiters(client, "x") == 0
        return took

    with client.lock("x"):
        promptly(interrupt)


def test_a_program_may_end_while_tasks_wait(client: distcoord.Client, server: Server, namespace: str) -> None:
    program = """
import asyncio
async def main():
    tasks = [asyncio.create_task(client.aio.lock("x").acquire()) for _ in range(20)]
    await asyncio.sleep(0.1)
    say("ends")
loop = asyncio.new_event_loop()
loop.run_until_complete(main())
sys.stderr = open(os.devnull, "w")  # "Task was destroyed but it is pending"
"""
    with client.lock("x"):
        with Child(server, namespace, program) as child:
            child.expect("ends")
            assert child.finish() == 0
        eventually(lambda: waiters(client, "x") == 0, "all have left")


def test_waits_work_in_a_forked_child(client: distcoord.Client, server: Server, namespace: str) -> None:
    program = """
import asyncio
async def work():
    async with client.aio.lock("x"), client.aio.rlock("y"):
        pass
asyncio.run(work())
say("parent")
process = os.fork()
if process == 0:
    asyncio.run(work())
    say("child")
    os._exit(0)
os.waitpid(process, 0)
asyncio.run(work())
say("parent")
"""
    with Child(server, namespace, program) as child:
        for said in ("parent", "child", "parent"):
            child.expect(said)
        assert child.finish() == 0


def test_threads_and_tasks_exclude_each_other(client: distcoord.Client, other: distcoord.Client) -> None:
    total = 0

    def add() -> None:
        nonlocal total
        before = total
        time.sleep(0.0005)
        total = before + 1

    def threads() -> None:
        for _ in range(20):
            with client.lock("x"):
                add()

    async def tasks() -> None:
        async def work() -> None:
            async with other.aio.lock("x"):
                add()

        await asyncio.gather(*(work() for _ in range(20)))

    waits = [in_thread(threads), in_thread(lambda: run(tasks()))]
    for wait in waits:
        wait()
    assert total == 40
