"""Elections with asyncio."""

from __future__ import annotations

import asyncio
import gc

import pytest
from support import again_and_again, run, soon

import distcoord


def candidates(client: distcoord.Client) -> int:
    leader = client.election("e").leader()
    return 0 if leader is None else leader.candidates


def test_campaign_and_resign(client: distcoord.Client, other: distcoord.Client) -> None:
    async def main() -> None:
        first, second = client.aio.election("e", value="first"), other.aio.election("e")
        assert await first.leader() is None
        async with first:
            assert first.is_leader and first.term > 0
            leader = await second.leader()
            assert leader is not None and leader.value == "first"
            assert await second.campaign(timeout=0) is False
            assert await second.campaign(timeout=0.05) is False
            waiting = asyncio.create_task(second.campaign())
            await soon(lambda: candidates(client) == 1, "it waits")
        assert await waiting is True and second.term > first.term
        with pytest.raises(distcoord.NotLeader):
            await first.resign()
        await second.resign()

    run(main())


def test_a_cancelled_candidate_has_withdrawn(client: distcoord.Client, other: distcoord.Client) -> None:
    async def main() -> None:
        task = asyncio.create_task(client.aio.election("e").campaign())
        await soon(lambda: candidates(other) == 1, "it waits")
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert candidates(other) == 0

    with other.election("e"):
        run(main())


def test_no_leadership_leaks_when_tasks_are_cancelled(client: distcoord.Client, other: distcoord.Client) -> None:
    async def main() -> None:
        for number in range(40):
            election = client.aio.election("e")
            task = asyncio.create_task(election.campaign())
            await asyncio.sleep(number % 8 * 0.0005)
            task.cancel()
            await asyncio.wait([task])
            if not task.cancelled():
                assert task.result() is True
                await election.resign()
            assert await other.aio.election("e").leader() is None

    run(main())


def test_leaders_is_an_asynchronous_iterator(client: distcoord.Client, other: distcoord.Client) -> None:
    async def main() -> None:
        election = other.aio.election("e", value="one")
        seen: list[str] = []

        async def watch() -> None:
            async for leader in client.aio.election("e").leaders():
                seen.append(leader.value if leader else "nobody")
                if len(seen) == 4:
                    return

        watching = asyncio.create_task(watch())
        await soon(lambda: seen == ["nobody"], "it begins")
        await election.campaign()
        await soon(lambda: len(seen) == 2, "it sees the leader")
        await election.set_value("two")
        await soon(lambda: len(seen) == 3, "it sees the value")
        await election.resign()
        await watching
        assert seen == ["nobody", "one", "two", "nobody"]

    run(main())


def test_a_watch_can_be_cancelled_timed_out_and_closed(client: distcoord.Client, other: distcoord.Client) -> None:
    async def main() -> None:
        election = client.aio.election("e")
        assert [leader async for leader in election.leaders(timeout=0.05)] == [None]
        leaders = election.leaders()
        assert await leaders.next() is None
        with pytest.raises(distcoord.WatchTimeout):
            await leaders.next(timeout=0.05)
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(leaders.next(), 0.05)
        for end, error in ((leaders.cancel, distcoord.Cancelled), (client.cancel, distcoord.Cancelled)):
            waiting = asyncio.create_task(leaders.next())
            with again_and_again(end), pytest.raises(error):
                await waiting
        leading = other.election("e", value="there")
        await asyncio.to_thread(leading.campaign)
        leader = await leaders.next(timeout=10)
        assert leader is not None and leader.value == "there", "it goes on after all that"
        rest = asyncio.create_task(leaders.__anext__())
        await asyncio.sleep(0.05)
        await leaders.close()
        with pytest.raises(StopAsyncIteration):
            await rest
        with pytest.raises(distcoord.Closed):
            await leaders.next()

    run(main())


def test_closing_the_client_ends_watches(client: distcoord.Client) -> None:
    async def main() -> None:
        leaders = client.aio.election("e").leaders()
        assert await leaders.next() is None
        waiting = asyncio.create_task(leaders.next())
        await asyncio.sleep(0.05)
        await asyncio.to_thread(client.close)
        with pytest.raises((distcoord.Cancelled, distcoord.Closed)):
            await waiting

    run(main())


def test_run_calls_back_in_order(client: distcoord.Client, other: distcoord.Client) -> None:
    async def main() -> None:
        election, said = client.aio.election("e", lease=5, renewal=0.1), []

        async def acquired(leadership: distcoord.aio.Leadership) -> None:
            said.append(("acquired", leadership.term))

        def lost(leadership: distcoord.aio.Leadership) -> None:
            said.append(("lost" if leadership.lost else "given up", leadership.term))

        running = asyncio.create_task(election.run(acquired, lost))
        await soon(lambda: len(said) == 1, "it leads")
        await other.aio.election("e").evict()
        await soon(lambda: len(said) == 3, "it leads again")
        election.cancel()
        assert await running is None
        assert [what for what, _ in said] == ["acquired", "lost", "acquired", "given up"]
        assert said[0][1] == said[1][1] < said[2][1] == said[3][1]
        assert await election.leader() is None

    run(main())


def test_run_while_leader_cancels_the_task_on_loss(client: distcoord.Client, other: distcoord.Client) -> None:
    async def main() -> None:
        election, terms, cancelled = client.aio.election("e", lease=5, renewal=0.1), [], []

        async def work(leadership: distcoord.aio.Leadership) -> str:
            terms.append(leadership.term)
            if len(terms) > 1:
                return "done"
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                cancelled.append(leadership.stop_requested and leadership.lost.is_set())
                raise
            return "slept"

        running = asyncio.create_task(election.run_while_leader(work))
        await soon(lambda: terms, "it works")
        await other.aio.election("e").evict()
        assert await running == "done"
        assert cancelled == [True] and len(terms) == 2
        assert await election.leader() is None

    run(main())


def test_run_while_leader_ends_when_its_own_task_is(client: distcoord.Client) -> None:
    async def main() -> None:
        election, ended = client.aio.election("e"), asyncio.Event()

        async def work(leadership: distcoord.aio.Leadership) -> None:
            try:
                await asyncio.sleep(60)
            finally:
                ended.set()

        running = asyncio.create_task(election.run_while_leader(work))
        await soon(lambda: election.is_leader, "it leads")
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert ended.is_set() and await election.leader() is None
        running = asyncio.create_task(election.run_while_leader(work))
        await soon(lambda: election.is_leader, "it leads")
        election.cancel()
        assert await running is None

        async def fail(leadership: distcoord.aio.Leadership) -> None:
            raise KeyError("x")

        with pytest.raises(KeyError):
            await election.run_while_leader(fail)
        assert await election.leader() is None

    run(main())
    gc.collect()
