"""Tasks whose server is away or silent."""

from __future__ import annotations

import asyncio
import signal
import time

import pytest
from support import Server, run, soon

import distcoord


def waiters(client: distcoord.Client, name: str) -> int:
    info = client.lock(name).inspect()
    return 0 if info is None else info.waiters


def test_waits_ride_out_a_restart(own_server: Server, namespace: str) -> None:
    async def main() -> None:
        with distcoord.connect(own_server.url, namespace) as client:
            held = client.aio.lock("x", lease=30)
            assert await held.acquire()
            tasks = [asyncio.create_task(client.aio.lock("x").acquire()) for _ in range(3)]
            await soon(lambda: waiters(client, "x") == 3, "all wait")
            own_server.kill()
            own_server.start()
            await held.release()
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED, timeout=20)
            assert [task.result() for task in done] == [True]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    run(main())


def test_a_silent_server_holds_up_nobody(own_server: Server, namespace: str) -> None:
    """The event loop goes on, a cancelled task ends soon, and calls fail after the client's timeout."""
    async def main() -> None:
        with distcoord.connect(own_server.url, namespace, timeout=1) as client:
            held = client.aio.lock("x", lease=60)
            assert await held.acquire()
            waiting = asyncio.create_task(client.aio.lock("x").acquire())
            await soon(lambda: waiters(client, "x") == 1, "it waits")
            own_server.process.send_signal(signal.SIGSTOP)  # type: ignore[union-attr]
            try:
                began = time.monotonic()
                waiting.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await waiting
                assert time.monotonic() - began < 5
                asking = [asyncio.create_task(held.inspect()) for _ in range(3)]
                await asyncio.wait_for(asyncio.sleep(0.01), 0.5)
                assert not any(task.done() for task in asking)
                for task in asking:
                    with pytest.raises(distcoord.ConnectionError):
                        await task
            finally:
                own_server.process.send_signal(signal.SIGCONT)  # type: ignore[union-attr]
            await held.release()
            assert await client.aio.lock("x").acquire(timeout=10), "the one that was cancelled holds nobody up"

    run(main())


def test_a_server_that_cannot_be_reached_is_told(namespace: str) -> None:
    async def main() -> None:
        with distcoord.connect("redis://127.0.0.1:1", namespace, timeout=0.5, connect_timeout=0.5) as client:
            aio = client.aio
            calls = [
                aio.lock("x").acquire(), aio.rlock("x").acquire(), aio.rwlock("x").read().acquire(),
                aio.semaphore("x", 1).acquire(), aio.multilock(["x", "y"]).acquire(timeout=0),
                aio.lock("x").inspect()]
            for outcome in await asyncio.gather(*calls, return_exceptions=True):
                assert isinstance(outcome, distcoord.ConnectionError), outcome

    run(main())
