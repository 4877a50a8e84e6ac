"""The same locks over several independent servers."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from support import KEPT, Server, in_thread, run

import distcoord


@pytest.fixture
def servers() -> Iterator[list[Server]]:
    folders = [Path(tempfile.mkdtemp(prefix="distcoord-test-")) for _ in range(3)]
    started = [Server(folder) for folder in folders]
    for server in started:
        server.start()
    yield started
    for server, folder in zip(started, folders):
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def url(servers: list[Server]) -> str:
    return "quorum:" + ",".join(server.url for server in servers)


def test_a_lock_is_held_by_a_majority(servers: list[Server], url: str, namespace: str) -> None:
    with distcoord.connect(url, namespace) as client, distcoord.connect(url, namespace) as other:
        lock, rival = client.lock("x", lease=5), other.lock("x")
        assert lock.acquire(timeout=5)
        assert rival.acquire(timeout=0) is False
        waiting = in_thread(rival.acquire)
        lock.release()
        assert waiting() is True and rival.fence > lock.fence
        rival.release()
        servers[0].kill()
        with lock:
            assert lock.fence > rival.fence
            lock.extend(10)


def test_without_a_majority_it_is_lost_and_cannot_be_had(servers: list[Server], url: str, namespace: str) -> None:
    with distcoord.connect(url, namespace, timeout=8, connect_timeout=3) as client:
        lock = client.lock("x", lease=KEPT)
        assert lock.acquire(timeout=5)
        servers[0].kill()
        servers[1].kill()
        assert lock.lost.wait(10) is True
        with pytest.raises(distcoord.DistcoordError):
            lock.release()
        with pytest.raises(distcoord.ServerError, match="2 of 3 servers"):
            lock.acquire(timeout=5)
        for server in servers[:2]:
            server.start()
        assert lock.acquire(timeout=15) is True
        lock.release()


def test_minimum_nodes(servers: list[Server], url: str, namespace: str) -> None:
    client = distcoord.connect(url, namespace, minimum_nodes=3, timeout=8, connect_timeout=3)
    lock = client.lock("x")
    assert lock.acquire(timeout=5)
    lock.release()
    servers[2].kill()
    with pytest.raises(distcoord.ServerError, match="1 of 3 servers"):
        lock.acquire(timeout=5)
    try:
        client.close()
    except distcoord.ConnectionError:  # the two that had granted were not told yet that it is void
        pass
    for number in (1, 4):
        with pytest.raises(distcoord.InvalidArgument):
            distcoord.connect(url, namespace, minimum_nodes=number)
    for number in (-1, 65):
        with pytest.raises(distcoord.InvalidArgument):
            distcoord.connect("redis://127.0.0.1:1", minimum_nodes=number)


def test_what_needs_one_server_says_so(url: str, namespace: str) -> None:
    with distcoord.connect(url, namespace) as client:
        for call in (
            lambda: client.rwlock("x").read().acquire(timeout=0), lambda: client.semaphore("x", 1).acquire(timeout=0),
            lambda: client.multilock(["x", "y"]).acquire(timeout=0), client.holds,
            lambda: client.queue("q").push("x"), lambda: client.barrier("b", 2).wait(timeout=0),
            lambda: client.event("e").set(), lambda: client.latch("l", 1).count_down(),
            lambda: client.double_barrier("d", 1).enter(), lambda: client.membership("g").join(),
            lambda: client.state().set("k", 1), lambda: client.publish("c", 1), lambda: client.topic("t").publish(1),
            lambda: client.limiter("l").acquire(), lambda: client.breaker("b").force_open(),
        ):
            with pytest.raises(distcoord.DistcoordError, match="quorum"):
                call()


def test_elections(servers: list[Server], url: str, namespace: str) -> None:
    with distcoord.connect(url, namespace) as client, distcoord.connect(url, namespace) as other:
        first, second = client.election("e", lease=KEPT, value="first"), other.election("e", lease=KEPT)
        with second.leaders() as leaders:
            assert next(leaders) is None
            assert first.campaign(timeout=5)
            leader = leaders.next(timeout=10)
            assert leader is not None and (leader.value, leader.term) == ("first", first.term)
            servers[0].kill()
            waiting = in_thread(second.campaign)
            first.resign()
            assert waiting() is True and second.term > first.term
        assert second.is_leader and first.evict(term=second.term)
        assert second.lost.wait(10)
        assert first.run_while_leader(lambda leadership: leadership.term) > second.term  # type: ignore[operator]


def test_tasks(url: str, namespace: str) -> None:
    with distcoord.connect(url, namespace) as client:
        async def main() -> None:
            total = 0

            async def work() -> None:
                nonlocal total
                async with client.aio.lock("x"):
                    before = total
                    await asyncio.sleep(0)
                    total = before + 1

            await asyncio.gather(*(work() for _ in range(10)))
            assert total == 10

        run(main())
