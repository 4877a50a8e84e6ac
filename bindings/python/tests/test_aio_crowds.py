"""More tasks that wait than threads that may wait for them."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator

import pytest
from support import eventually, run, soon

import distcoord
from distcoord.aio import _crew, _line


@pytest.fixture
def few_threads(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    monkeypatch.setattr(_line, "THREADS", 4)
    yield 4


def waiting_threads() -> int:
    return sum(thread.name == "distcoord-wait" for thread in threading.enumerate())


def waiters(client: distcoord.Client, name: str) -> int:
    info = client.lock(name).inspect()
    return 0 if info is None else info.waiters


def test_hundreds_of_tasks_take_turns(client: distcoord.Client) -> None:
    most = 0

    async def main() -> None:
        nonlocal most
        lock = client.aio.lock("x")
        total = 0

        async def work() -> None:
            nonlocal total, most
            async with lock:
                before = total
                most = max(most, waiting_threads())
                total = before + 1

        await asyncio.gather(*(work() for _ in range(600)))
        assert total == 600

    run(main())
    assert most <= _line.THREADS + 1


def test_the_order_is_kept_above_the_bound(few_threads: int, client: distcoord.Client) -> None:
    async def main() -> None:
        held = client.aio.lock("x")
        assert await held.acquire()
        order: list[int] = []

        async def take(number: int) -> None:
            async with client.aio.lock("x"):
                order.append(number)

        tasks = []
        for number in range(20):
            tasks.append(asyncio.create_task(take(number)))
            place = min(number + 1, few_threads)
            await soon(lambda: waiters(client, "x") == place, "those who have a thread are in line")
        await held.release()
        await asyncio.gather(*tasks)
        # Those who have moved up to a thread at the same time may come to the server's line the other way round.
        assert all(abs(place - number) < few_threads for place, number in enumerate(order)), order

    run(main())


def test_a_holder_gets_a_second_lock_whatever_waits_for_the_first(few_threads: int, client: distcoord.Client) -> None:
    """With a plain bound it would stand behind them for ever."""
    async def main() -> None:
        first, second = client.aio.lock("a"), client.aio.lock("b")
        finished = 0

        async def work() -> None:
            nonlocal finished
            async with first:
                async with second:
                    finished += 1

        await asyncio.gather(*(work() for _ in range(30)))
        assert finished == 30

    run(main())


def test_many_different_locks_above_the_bound(few_threads: int, client: distcoord.Client) -> None:
    """Each thing that is waited for has a thread, so that holders of one may wait for another in any order."""
    async def main() -> None:
        finished = 0

        async def work(number: int) -> None:
            nonlocal finished
            for name in range(number % 3, 12, 3):
                async with client.aio.lock(f"n{name}"), client.aio.lock(f"m{name}"):
                    finished += 1

        await asyncio.gather(*(work(number) for number in range(30)))
        assert finished == 30 * 4

    run(main())


def test_an_owner_passes_those_who_wait_without_a_thread(few_threads: int, client: distcoord.Client) -> None:
    async def main() -> None:
        lock = client.aio.rlock("x")
        tasks = []

        async def take() -> None:
            async with lock:
                async with lock:
                    await asyncio.sleep(0)

        async with lock:
            tasks = [asyncio.create_task(take()) for _ in range(20)]
            await soon(lambda: waiters(client, "x") == few_threads, "they wait")
            async with lock:
                assert lock.depth == 2
        await asyncio.gather(*tasks)

    run(main())


def test_times_end_above_the_bound(few_threads: int, client: distcoord.Client, other: distcoord.Client) -> None:
    async def main() -> None:
        began = time.monotonic()
        lock = client.aio.lock("x")
        assert await asyncio.gather(*(lock.acquire(timeout=0.3) for _ in range(20))) == [False] * 20
        assert 0.29 <= time.monotonic() - began < 5
        assert await lock.acquire(timeout=0) is False
        waiting = [asyncio.create_task(lock.acquire()) for _ in range(20)]
        await soon(lambda: waiters(other, "x") == few_threads, "those who have a thread are in line")
        began = time.monotonic()
        assert await lock.acquire(timeout=0) is False, "a try does not queue"
        assert time.monotonic() - began < 5
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(lock.acquire(), 0.1)
        lock.cancel()
        for task in waiting:
            with pytest.raises(distcoord.Cancelled):
                await task
        assert waiters(other, "x") == 0

    with other.lock("x"):
        run(main())
    assert not _line.line._queued and not _line.line._running_for


def test_a_release_passes_acquires_of_all_kinds(
    few_threads: int, client: distcoord.Client, monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Also when those that only try take their time."""
    async def main() -> None:
        lock = client.aio.lock("x")
        assert await lock.acquire()
        free = threading.Event()

        def slow(self: distcoord.Lock, blocking: bool = True, timeout: float = -1) -> bool:
            free.wait(20)
            return False

        with monkeypatch.context() as patch:
            patch.setattr(distcoord.Lock, "acquire", slow)
            tasks = [asyncio.create_task(lock.acquire(timeout=0)) for _ in range(100)]
            tasks += [asyncio.create_task(lock.acquire()) for _ in range(100)]
            await asyncio.sleep(0.05)
            await asyncio.wait_for(lock.release(), 10)
            assert await client.aio.lock("x").locked() is False
            assert not any(task.done() for task in tasks)
            free.set()
            assert not any(await asyncio.gather(*tasks))

    run(main())


def test_threads_go_when_there_is_nothing_to_wait_for(
    client: distcoord.Client, monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_crew, "_IDLE_SECONDS", 0.05)

    async def main() -> None:
        lock = client.aio.lock("x")

        async def work() -> None:
            async with lock:
                pass

        await asyncio.gather(*(work() for _ in range(10)))

    run(main())
    eventually(lambda: waiting_threads() == 0, "they are gone", timeout=10)


def test_when_no_thread_can_be_started_the_acquire_says_so(
    client: distcoord.Client, monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def main() -> None:
        lock = client.aio.lock("x")
        with monkeypatch.context() as patch:
            patch.setattr(_crew, "waits", _crew.Crew("none"))
            patch.setattr(threading.Thread, "start", _cannot)
            with pytest.raises(RuntimeError, match="no thread"):
                await lock.acquire()
        assert await lock.acquire()
        await lock.release()

    run(main())


def _cannot(thread: threading.Thread) -> None:
    raise RuntimeError("no thread can be started")
