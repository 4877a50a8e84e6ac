"""Read-write locks for tasks."""

from __future__ import annotations

import asyncio

import pytest
from support import run, soon

import distcoord
from distcoord import aio
from distcoord.aio import _line


async def line_is(lock: aio.RWLock, waiters: int) -> bool:
    return (await lock.inspect()).waiters == waiters


def test_many_readers_or_one_writer(client: distcoord.Client, other: distcoord.Client) -> None:
    async def main() -> None:
        here, there = client.aio.rwlock("x"), other.aio.rwlock("x")
        async with here.read() as first, there.read() as second:
            assert first.owned() and second.owned() and first.fence > 0 and first.name == "x"
            assert await here.inspect() == (2, 0, 0)
            assert await asyncio.create_task(here.write().acquire(timeout=0)) is False
            assert await here.read().locked() and not await here.write().locked()
        async with here.write() as hold:
            assert hold.fence > max(first.fence, second.fence) and 5 < hold.lease_left <= 10
            assert await there.read().acquire(blocking=False) is False
        assert await here.inspect() == (0, 0, 0)

    run(main())


def test_tasks_are_the_owners(client: distcoord.Client) -> None:
    async def main() -> None:
        lock = client.aio.rwlock("x")
        writing = lock.write()
        async with writing, lock.write(timeout=5), lock.read(timeout=5):
            assert await asyncio.create_task(lock.read().acquire(timeout=0)) is False
            with pytest.raises(RuntimeError):
                await asyncio.create_task(writing.release())
            assert writing.hold is not None and writing.hold.owned()
        assert await lock.inspect() == (0, 0, 0) and writing.hold is None
        with pytest.raises(distcoord.NotOwner):
            await writing.release()

    run(main())


def test_one_side_for_many_tasks(client: distcoord.Client) -> None:
    async def main() -> None:
        lock = client.aio.rwlock("x")
        reading = lock.read()
        inside = 0
        all_in = asyncio.Event()

        async def read() -> None:
            nonlocal inside
            async with reading as hold:
                inside += 1
                if inside == 5:
                    all_in.set()
                await all_in.wait()
                assert hold.owned()

        await asyncio.gather(*(read() for _ in range(5)))
        assert await lock.inspect() == (0, 0, 0)

    run(main())


def test_upgrading_is_refused(client: distcoord.Client) -> None:
    async def main() -> None:
        lock = client.aio.rwlock("x")
        async with lock.read():
            with pytest.raises(distcoord.UpgradeRefused):
                await lock.write().acquire()
            with pytest.raises(RuntimeError):
                async with lock.write():
                    pytest.fail("entered")

    run(main())


def test_downgrading(client: distcoord.Client, other: distcoord.Client) -> None:
    async def main() -> None:
        lock, there = client.aio.rwlock("x"), other.aio.rwlock("x")
        async with lock.write() as hold:
            waiting = asyncio.create_task(there.read().acquire())
            await soon(lambda: line_is(lock, 1), "a reader waits")
            fence = hold.fence
            await hold.downgrade()
            assert await waiting is True
            assert hold.fence == fence and hold.owned()
            await hold.extend(60)
            assert hold.lease_left > 30

    run(main())


def test_a_lost_hold_is_told(client: distcoord.Client) -> None:
    async def main() -> None:
        for kind in ("read", "write"):
            lock = client.aio.rwlock(kind, lease=0.3, renew=False)
            with pytest.raises(distcoord.LockLost):
                async with getattr(lock, kind)() as hold:
                    assert await hold.lost.wait(5) is True
                    assert not hold.owned()

    run(main())


def test_in_time_and_cancelled(client: distcoord.Client, other: distcoord.Client) -> None:
    async def main() -> None:
        lock = client.aio.rwlock("x")
        with pytest.raises(distcoord.LockTimeout):
            async with lock.read(timeout=0.1):
                pytest.fail("entered")
        tasks = [asyncio.create_task(side.acquire()) for side in (lock.read(), lock.write(), lock.read())]
        await soon(lambda: line_is(lock, 3), "all wait")
        tasks[1].cancel()
        with pytest.raises(asyncio.CancelledError):
            await tasks[1]
        assert await line_is(lock, 2)
        lock.cancel()
        for task in (tasks[0], tasks[2]):
            with pytest.raises(distcoord.Cancelled):
                await task
        assert await line_is(lock, 0)

    with other.rwlock("x").write():
        run(main())


def test_an_owner_enters_again_past_those_without_a_thread(
    client: distcoord.Client, monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_line, "THREADS", 2)

    async def main() -> None:
        lock = client.aio.rwlock("x")

        async def use(number: int) -> None:
            async with lock.read() if number % 3 else lock.write():
                async with lock.read():
                    await asyncio.sleep(0)

        async with lock.read():
            tasks = [asyncio.create_task(use(number)) for number in range(15)]
            await soon(lambda: line_is(lock, 2), "they wait")
            async with lock.read(timeout=5):
                pass
        await asyncio.gather(*tasks)
        assert await lock.inspect() == (0, 0, 0)

    run(main())


def test_an_explicit_owner(client: distcoord.Client, other: distcoord.Client) -> None:
    async def main() -> None:
        here, there = client.aio.rwlock("x", owner="run-7"), other.aio.rwlock("x", owner="run-7")
        writing = here.write()
        assert await writing.acquire()
        assert await there.write().acquire(timeout=0) is True
        await asyncio.create_task(writing.release())

    run(main())
