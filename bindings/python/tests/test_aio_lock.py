"""Locks for tasks, as their contract says."""

from __future__ import annotations

import asyncio

import pytest
from support import KEPT, Server, in_thread, run, soon

import distcoord
from distcoord import aio


async def in_line(lock: aio.Lock) -> int:
    info = await lock.inspect()
    return 0 if info is None else info.waiters


def test_acquire_and_release(client: distcoord.Client, other: distcoord.Client) -> None:
    async def main() -> None:
        lock, rival = client.aio.lock("x"), other.aio.lock("x")
        assert not await lock.locked() and not lock.owned() and lock.fence == 0 and lock.lease_left == 0
        assert await lock.acquire() is True
        assert lock.owned() and lock.depth == 1 and await rival.locked() and not rival.owned()
        assert 5 < lock.lease_left <= 10
        assert await rival.acquire(blocking=False) is False
        assert await rival.acquire(timeout=0) is False
        assert await rival.acquire(timeout=0.1) is False
        assert await in_line(lock) == 0
        await lock.release()
        assert not lock.owned() and not await lock.locked()
        assert await rival.acquire(blocking=False) is True
        assert rival.fence > lock.fence > 0
        await rival.release()

    run(main())


def test_async_with(client: distcoord.Client, other: distcoord.Client) -> None:
    async def main() -> None:
        async with client.aio.lock("x") as lock:
            assert lock.owned()
            with pytest.raises(distcoord.LockTimeout) as caught:
                async with other.aio.lock("x", timeout=0.1):
                    pytest.fail("entered")
            assert caught.value.name == "x"
        assert not lock.owned()
        with pytest.raises(KeyError):
            async with lock:
                raise KeyError
        assert not await lock.locked()

    run(main())


def test_releasing_what_is_not_held(client: distcoord.Client, other: distcoord.Client) -> None:
    async def main() -> None:
        lock = client.aio.lock("x")
        async with other.aio.lock("x"):
            for call in (lock.release, lock.extend, lock.detach):
                with pytest.raises(distcoord.NotOwner) as caught:
                    await call()
                assert isinstance(caught.value, RuntimeError) and caught.value.name == "x"
            assert await lock.locked()

    run(main())


def test_tasks_of_one_handle_exclude_each_other(client: distcoord.Client) -> None:
    async def main() -> None:
        lock = client.aio.lock("x")
        inside = total = 0

        async def work() -> None:
            nonlocal inside, total
            for _ in range(5):
                async with lock:
                    inside += 1
                    await asyncio.sleep(0)
                    assert inside == 1
                    inside -= 1
                    total += 1

        await asyncio.gather(*(work() for _ in range(20)))
        assert total == 100 and not await lock.locked()

    run(main())


def test_tasks_are_served_in_order(client: distcoord.Client) -> None:
    async def main() -> None:
        held = client.aio.lock("x")
        assert await held.acquire()
        order: list[int] = []

        async def take(number: int) -> None:
            async with client.aio.lock("x"):
                order.append(number)

        tasks = []
        for number in range(5):
            tasks.append(asyncio.create_task(take(number)))
            await soon(lambda: _is(in_line(held), number + 1), "the next one waits")
        await held.release()
        await asyncio.gather(*tasks)
        assert order == [0, 1, 2, 3, 4]

    run(main())


async def _is(number: object, expected: int) -> bool:
    return await number == expected  # type: ignore[misc]


def test_another_task_may_release(client: distcoord.Client) -> None:
    async def main() -> None:
        lock = client.aio.lock("x")
        assert await lock.acquire()
        await asyncio.create_task(lock.release())
        assert not await lock.locked()

    run(main())


def test_the_event_loop_goes_on_meanwhile(client: distcoord.Client, other: distcoord.Client) -> None:
    async def main() -> None:
        ticks = 0

        async def tick() -> None:
            nonlocal ticks
            while True:
                ticks += 1
                await asyncio.sleep(0.001)

        ticking = asyncio.create_task(tick())
        with other.lock("x"):
            waiting = asyncio.create_task(client.aio.lock("x").acquire())
            await soon(lambda: _is(in_line(other.aio.lock("x")), 1), "it waits")
            before = ticks
            await soon(lambda: ticks > before + 20, "other tasks go on")
            assert not waiting.done()
        assert await waiting is True
        ticking.cancel()

    run(main())


def test_a_lost_lock_is_told(client: distcoord.Client, other: distcoord.Client) -> None:
    async def main() -> None:
        lock = client.aio.lock("x", renew=False)
        went_on = False
        with pytest.raises(distcoord.LockLost):
            async with lock:
                lost = lock.lost
                assert not lost.is_set() and not lost
                waits = [asyncio.create_task(lost.wait()) for _ in range(3)]
                await lock.extend(0.3)
                assert await asyncio.gather(*waits) == [True, True, True]
                assert lost and not lock.owned()
                await asyncio.sleep(0)
                went_on = True
        assert went_on, "a loss cancels nothing by itself"
        async with other.aio.lock("x", timeout=5) as rival:
            assert rival.fence > lock.fence

    run(main())


def test_waiting_for_the_loss(client: distcoord.Client) -> None:
    async def main() -> None:
        lock = client.aio.lock("x")
        assert await lock.lost.wait() is False, "nothing is held"
        async with lock:
            assert await lock.lost.wait(0) is False
            assert await lock.lost.wait(0.05) is False
            assert lock.lost.fileno() >= 0
            waiting = asyncio.create_task(lock.lost.wait())
            abandoned = asyncio.create_task(lock.lost.wait())
            await asyncio.sleep(0.02)
            abandoned.cancel()
            with pytest.raises(asyncio.CancelledError):
                await abandoned
            assert not waiting.done()
        assert await waiting is False, "it was given back"

    run(main())


def test_lost_does_not_hide_the_blocks_own_exception(client: distcoord.Client) -> None:
    async def main() -> None:
        async with client.aio.lock("x", lease=0.2, renew=False) as lock:
            assert await lock.lost.wait(5)
            raise KeyError

    with pytest.raises(KeyError) as caught:
        run(main())
    assert "LockLost" in "".join(getattr(caught.value, "__notes__", ["LockLost"]))


def test_a_new_holder_is_not_released_by_the_one_that_lost(client: distcoord.Client) -> None:
    """Both are tasks with the same handle: the block that lost must not give back what the other has acquired."""
    async def main() -> None:
        lock = client.aio.lock("x", renew=False)
        lost, done = asyncio.Event(), asyncio.Event()

        async def lose() -> None:
            with pytest.raises(distcoord.LockLost):
                async with lock:
                    await lock.extend(0.3)
                    assert await lock.lost.wait(5)
                    lost.set()
                    await done.wait()

        losing = asyncio.create_task(lose())
        await lost.wait()
        assert await lock.acquire()
        done.set()
        await losing
        assert lock.owned() and await lock.locked()
        await lock.release()

    run(main())


def test_extend_and_renewal(client: distcoord.Client) -> None:
    async def main() -> None:
        async with client.aio.lock("x", lease=KEPT) as lock:
            await lock.extend(60)
            assert lock.lease_left > 30
            await lock.extend()
            assert lock.lease_left <= KEPT
            await soon(lambda: lock.lease_left < KEPT - 0.5, "the lease runs")
            await soon(lambda: lock.lease_left > KEPT - 0.5, "the lease is renewed")
            assert lock.owned() and await lock.lost.wait(0) is False

    run(main())


def test_owners(client: distcoord.Client, other: distcoord.Client) -> None:
    async def main() -> None:
        here, there = client.aio.lock("x", owner="run-7"), other.aio.lock("x", owner="run-7")
        assert await here.acquire()
        await there.adopt()
        assert there.owned() and there.fence == here.fence
        await there.detach()
        assert not there.owned() and await there.locked()
        await there.extend(30)
        assert there.owned()
        await there.release()
        assert not await there.locked()
        assert await here.acquire()
        await there.release()
        assert not await here.locked(), "a release adopts by itself"
        with pytest.raises(distcoord.NotOwner):
            await there.adopt()

    run(main())


def test_forced_release(client: distcoord.Client) -> None:
    async def main() -> None:
        lock = client.aio.lock("x", lease=KEPT)  # told by a renewal
        assert await lock.force_release() is False
        with pytest.raises(distcoord.LockLost):
            async with lock:
                assert await lock.force_release(lock.fence) is True
                assert await lock.lost.wait(5) is True

    run(main())


def test_a_reentrant_lock_is_owned_by_the_task(client: distcoord.Client) -> None:
    async def main() -> None:
        lock = client.aio.rlock("x")
        async with lock:
            assert await lock.acquire(timeout=0) and lock.depth == 2
            assert await asyncio.create_task(lock.acquire(timeout=0)) is False
            with pytest.raises(RuntimeError):
                await asyncio.create_task(lock.release())
            waiting = asyncio.create_task(lock.acquire(timeout=10))
            await soon(lambda: _is(in_line(lock), 1), "it waits")
            assert await lock.acquire() and lock.depth == 3, "the owner goes past all who wait"
            await lock.release()
            await lock.release()
            assert await client.aio.lock("x").acquire(timeout=0) is False
        assert await waiting is True
        assert lock.depth == 0, "that task is over; it holds the lock still"
        assert await lock.locked()
        assert await lock.force_release() is True

    run(main())


def test_a_reentrant_lock_with_an_explicit_owner(client: distcoord.Client, other: distcoord.Client) -> None:
    async def main() -> None:
        lock, same = client.aio.rlock("x", owner="run-7"), other.aio.lock("x", owner="run-7", reentrant=True)
        async with lock, same:
            assert await client.aio.lock("x").acquire(timeout=0) is False
        assert not await lock.locked()

    run(main())


def test_several_locks_at_once(client: distcoord.Client, other: distcoord.Client) -> None:
    async def main() -> None:
        several = client.aio.multilock(["a", "b"])
        assert several.name == "a, b" and several.names == ("a", "b")
        async with several:
            assert await other.aio.lock("b").acquire(timeout=0) is False
            assert await other.aio.multilock(["b", "c"]).acquire(timeout=0.05) is False
        names = [("a", "b"), ("b", "c"), ("c", "a"), ("b", "a")]

        async def work(index: int) -> None:
            for _ in range(5):
                async with (client, other)[index % 2].aio.multilock(names[index % 4]):
                    await asyncio.sleep(0)

        await asyncio.gather(*(work(index) for index in range(8)))

    run(main())


def test_a_lingering_lock(client: distcoord.Client, other: distcoord.Client) -> None:
    async def main() -> None:
        lock = client.aio.lock("x", linger=60)
        async with lock:
            fence = lock.fence
        async with lock:
            assert lock.fence == fence
        assert await other.aio.lock("x").acquire(timeout=10)

    run(main())


def test_a_handle_in_several_event_loops(client: distcoord.Client) -> None:
    lock = client.aio.lock("x")
    total = 0

    async def work() -> None:
        nonlocal total
        for _ in range(5):
            async with lock:
                before = total
                await asyncio.sleep(0)
                total = before + 1

    for wait in [in_thread(lambda: run(work())) for _ in range(4)]:
        wait()
    assert total == 20


def test_a_dropped_handle_gives_its_lock_back(client: distcoord.Client, other: distcoord.Client) -> None:
    async def main() -> None:
        lock = client.aio.lock("x", lease=60)
        assert await lock.acquire()

    run(main())
    assert other.lock("x").acquire(timeout=5)


def test_the_loop_may_be_gone_before_the_client_is(server: Server, namespace: str) -> None:
    with distcoord.connect(server.url, namespace) as client:
        held = client.aio.lock("x", lease=60)
        assert run(held.acquire())
        run(held.release())


@pytest.mark.parametrize("arguments", [{"lease": 0.05}, {"timeout": -2}, {"linger": -1}, {"owner": ""}])
def test_bad_arguments(client: distcoord.Client, arguments: dict[str, object]) -> None:
    with pytest.raises(distcoord.InvalidArgument):
        client.aio.lock("x", **arguments)  # type: ignore[arg-type]
    with pytest.raises(distcoord.InvalidArgument):
        client.aio.lock("")
    with pytest.raises(distcoord.InvalidArgument):
        run(client.aio.lock("x").acquire(blocking=False, timeout=1))
