"""Barriers, latches, events, double barriers and memberships with asyncio."""

from __future__ import annotations

import asyncio

import pytest
from support import again_and_again, run, soon

import distcoord


def test_a_barrier_of_many_tasks(client: distcoord.Client) -> None:
    async def main() -> None:
        barrier, acted = client.aio.barrier("b", 300), []
        assert sorted(await asyncio.gather(*(barrier.wait() for _ in range(300)))) == list(range(300))

        async def act() -> None:
            await asyncio.sleep(0)
            acted.append(asyncio.get_running_loop())

        acting = client.aio.barrier("a", 2, act)
        assert sorted(await asyncio.gather(acting.wait(), acting.wait())) == [0, 1]
        assert acted == [asyncio.get_running_loop()]
        info = await barrier.inspect()
        assert info == (0, 1, False) and barrier.parties == 300

    run(main())


def test_a_cancelled_party_breaks_the_barrier(client: distcoord.Client) -> None:
    async def main() -> None:
        barrier = client.aio.barrier("b", 3)
        first, second = (asyncio.create_task(barrier.wait()) for _ in range(2))

        async def waiting() -> bool:
            return (await barrier.inspect()).waiting == 2

        await soon(waiting, "two wait")
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        with pytest.raises(distcoord.BarrierBroken):
            await second
        await barrier.reset()
        with pytest.raises(distcoord.BarrierBroken):
            await barrier.wait(timeout=0.05)
        await barrier.reset()
        assert len(await asyncio.gather(*(barrier.wait() for _ in range(3)))) == 3

    run(main())


def test_events_and_latches_release_any_number_of_tasks(client: distcoord.Client, other: distcoord.Client) -> None:
    async def main() -> None:
        event, latch = client.aio.event("e"), client.aio.latch("l", 2)
        waits = [asyncio.create_task(event.wait()) for _ in range(300)]
        waits += [asyncio.create_task(latch.wait()) for _ in range(20)]
        assert await event.wait(timeout=0.05) is False and await latch.wait(timeout=0) is False
        assert not await event.is_set() and await latch.count() == 2
        await other.aio.event("e").set()
        assert await latch.count_down() == 1 and await other.aio.latch("l").count_down() == 0
        assert await asyncio.gather(*waits) == [True] * 320
        await event.clear()
        await latch.reset(3)
        assert not await event.is_set() and await latch.count() == 3

    run(main())


def test_waits_for_events_end_when_cancelled(client: distcoord.Client) -> None:
    async def main() -> None:
        event = client.aio.event("e")
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(event.wait(), 0.05)
        waiting = asyncio.create_task(event.wait())
        with again_and_again(event.cancel), pytest.raises(distcoord.Cancelled):
            await waiting
        waiting = asyncio.create_task(event.wait())
        await asyncio.sleep(0.05)
        await asyncio.to_thread(client.close)
        with pytest.raises((distcoord.Cancelled, distcoord.Closed)):
            await waiting

    run(main())


def test_double_barriers(client: distcoord.Client, other: distcoord.Client) -> None:
    async def main() -> None:
        said: list[str] = []

        async def work(barrier: distcoord.aio.DoubleBarrier, name: str) -> None:
            async with barrier:
                assert barrier.is_inside and not barrier.lost
                said.append("in")
            said.append("out")

        await asyncio.gather(
            work(client.aio.double_barrier("d", 2), "a"), work(other.aio.double_barrier("d", 2), "b"))
        assert said == ["in", "in", "out", "out"]
        lonely = client.aio.double_barrier("d", 2)
        task = asyncio.create_task(lonely.enter())

        async def inside() -> bool:
            return (await lonely.inspect()).inside == 1

        await soon(inside, "it waits")
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert (await lonely.inspect()).inside == 0
        with pytest.raises(distcoord.BarrierTimeout):
            await lonely.enter(timeout=0.05)
        with pytest.raises(distcoord.NotInside):
            await lonely.leave()

    run(main())


def test_memberships(client: distcoord.Client, other: distcoord.Client) -> None:
    async def main() -> None:
        group, seen = client.aio.membership("g", "one", id="1"), []

        async def watch() -> None:
            async for change in other.aio.membership("g").watch():
                seen.append((change.kind, change.value))
                if change.kind == "went":
                    return

        watching = asyncio.create_task(watch())
        async with group:
            assert group.is_member and [member.id for member in await group.members()] == ["1"]
            await soon(lambda: len(seen) == 1, "it came")
            await group.set_value("two")
            await soon(lambda: len(seen) == 2, "it changed")
        await watching
        assert seen == [("came", "one"), ("changed", "two"), ("went", "two")]
        with pytest.raises(distcoord.NotMember):
            await group.leave()

    run(main())
