"""Semaphores for tasks."""

from __future__ import annotations

import asyncio

import pytest
from support import run, soon

import distcoord
from distcoord import aio
from distcoord.aio import _line


async def line_is(semaphore: aio.Semaphore, waiters: int) -> bool:
    return (await semaphore.inspect()).waiters == waiters


def test_as_many_as_there_are_permits(client: distcoord.Client, other: distcoord.Client) -> None:
    async def main() -> None:
        here, there = client.aio.semaphore("x", 3), other.aio.semaphore("x", 3)
        assert await here.acquire() is True and await there.acquire(timeout=1, count=2) is True
        assert await here.inspect() == (3, 3, 0)
        assert await here.acquire(blocking=False) is False
        assert await here.acquire(timeout=0.05) is False
        assert [permit.count for permit in there.permits] == [2] and there.name == "x"
        await there.release(2)
        await here.release()
        assert (await here.inspect()).used == 0

    run(main())


def test_over_release(client: distcoord.Client) -> None:
    async def main() -> None:
        with pytest.raises(distcoord.NotOwner):
            await client.aio.semaphore("x", 2).release()
        bounded = client.aio.bounded_semaphore("x", 2)
        assert await bounded.acquire(count=2)
        with pytest.raises(ValueError):
            await bounded.release(3)
        with pytest.raises(distcoord.InvalidArgument):
            await bounded.release(1)
        await bounded.release(2)
        with pytest.raises(distcoord.OverRelease):
            await bounded.release()

    run(main())


def test_async_with(client: distcoord.Client, other: distcoord.Client) -> None:
    async def main() -> None:
        semaphore = client.aio.semaphore("x", 1)
        async with semaphore as permit:
            assert permit.owned() and permit.count == 1 and permit.fence > 0
            with pytest.raises(distcoord.LockTimeout):
                async with other.aio.semaphore("x", 1, timeout=0.1):
                    pytest.fail("entered")
        assert (await semaphore.inspect()).used == 0
        with pytest.raises(KeyError):
            async with semaphore:
                await semaphore.release()
                assert await semaphore.acquire(timeout=0)
                raise KeyError
        assert (await semaphore.inspect()).used == 0

    run(main())


@pytest.mark.parametrize("threads", [2, 256])
def test_no_more_tasks_inside_than_permits(
    threads: int, client: distcoord.Client, monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_line, "THREADS", threads)

    async def main() -> None:
        semaphore = client.aio.semaphore("x", 3)
        inside = most = 0

        async def work() -> None:
            nonlocal inside, most
            async with semaphore:
                inside += 1
                most = max(most, inside)
                await asyncio.sleep(0.001)
                inside -= 1

        await asyncio.gather(*(work() for _ in range(60)))
        assert 1 < most <= 3
        assert (await semaphore.inspect()).used == 0

    run(main())


def test_resizing_lets_waiters_in(client: distcoord.Client) -> None:
    async def main() -> None:
        semaphore = client.aio.semaphore("x", 1)
        async with semaphore:
            waiting = asyncio.create_task(semaphore.acquire())
            await soon(lambda: line_is(semaphore, 1), "it waits")
            await semaphore.resize(2)
            assert await waiting is True
        await semaphore.release()

    run(main())


def test_a_lost_permit_is_told(client: distcoord.Client) -> None:
    async def main() -> None:
        semaphore = client.aio.semaphore("x", 3, renew=False)
        assert await semaphore.lost.wait() is False, "nothing is held"
        with pytest.raises(distcoord.LockLost):
            async with semaphore as permit:
                await permit.extend(0.3)
                assert await asyncio.gather(semaphore.lost.wait(5), permit.lost.wait(5)) == [True, True]
        assert not semaphore.lost
        async with semaphore as permit:
            await permit.extend(60)
            assert permit.lease_left > 30
            await permit.release()
            with pytest.raises(distcoord.NotOwner):
                await semaphore.release()
            assert await semaphore.acquire(count=1)

    run(main())


def test_cancelled_tasks_take_no_permit(client: distcoord.Client, other: distcoord.Client) -> None:
    async def main() -> None:
        semaphore = client.aio.semaphore("x", 1, lease=60)
        for delay in range(30):
            task = asyncio.create_task(semaphore.acquire())
            await asyncio.sleep(delay * 0.0002)
            task.cancel()
            if (await asyncio.gather(task, return_exceptions=True))[0] is True:
                await semaphore.release()
            assert await other.aio.semaphore("x", 1).acquire(timeout=5)
            await soon(lambda: unused(semaphore), "a dropped object gives its permit back")
        async with other.aio.semaphore("x", 1):
            waits = [asyncio.create_task(semaphore.acquire()) for _ in range(3)]
            await soon(lambda: line_is(semaphore, 3), "all wait")
            waits.pop().cancel()
            await soon(lambda: line_is(semaphore, 2), "only that one has left")
            assert not any(wait.done() for wait in waits)
            semaphore.cancel()
            for wait in waits:
                with pytest.raises(distcoord.Cancelled):
                    await wait
            assert await line_is(semaphore, 0)

    run(main())


async def unused(semaphore: aio.Semaphore) -> bool:
    return (await semaphore.inspect()).used == 0
