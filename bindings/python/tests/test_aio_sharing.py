"""Shared state, channels, topics, breakers and limiters with asyncio."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from support import again_and_again, eventually, run, soon

import distcoord


def test_state(client: distcoord.Client, other: distcoord.Client) -> None:
    async def main() -> None:
        state = client.aio.state("s")
        assert await state.get("k") is None and await state.get("k", 1) == 1
        version = await state.set("k", {"x": 1}, ttl=60)
        entry = await state.entry("k")
        assert entry is not None and (entry.version, entry.value) == (version, {"x": 1})
        assert await state.compare_and_set("k", 2, if_version=version + 1) is None
        assert await state.update("k", lambda value: [value]) == [{"x": 1}]
        await asyncio.gather(*(state.add("n") for _ in range(50)))
        assert await state.add("n", 0) == 50
        assert await state.append("l", "a") == 1 and await state.items("l") == ["a"]
        assert [entry.key async for entry in state.list()] == ["k", "l", "n"]
        assert await state.expire("k", None) and await state.delete("k") and not await state.delete("k")
        assert await state.clear() == 2

    run(main())


def test_watching_state(client: distcoord.Client, other: distcoord.Client) -> None:
    async def main() -> None:
        state, seen = other.aio.state("s"), []
        await state.set("p/a", 1)

        async def watch() -> None:
            async for entry in client.aio.state("s").watch(prefix="p/"):
                seen.append((entry.key, entry.value if entry.exists else None))
                if not entry.exists:
                    return

        watching = asyncio.create_task(watch())
        await soon(lambda: seen, "it begins")
        await state.set("p/b", 2)
        await soon(lambda: len(seen) == 2, "it sees the next")
        await state.delete("p/a")
        await watching
        assert seen == [("p/a", 1), ("p/b", 2), ("p/a", None)]

    run(main())


def test_channels(client: distcoord.Client, other: distcoord.Client) -> None:
    async def main() -> None:
        async with client.aio.subscribe("a", "b") as messages:
            assert await other.aio.publish("a", 0) == 1
            for number in range(1, 200):
                await other.aio.publish("ab"[number % 2], number)
            found = [await messages.next(timeout=20) for _ in range(200)]
            assert [message.value for message in found if message] == list(range(200)) and messages.missed == 0
            assert await messages.next(timeout=0.05) is None
            waiting = asyncio.create_task(messages.next())
            await asyncio.sleep(0.05)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            await other.aio.publish("a", "still")
            assert (await messages.next(timeout=20)).value == "still"  # type: ignore[union-attr]
            await messages.add("c")
            assert await messages.remove("a") is True

            async def rest() -> list[Any]:
                return [message.value async for message in messages]

            collecting = asyncio.create_task(rest())
            await other.aio.publish("c", "last")
            await asyncio.sleep(0.1)
        assert await collecting == ["last"]

    run(main())


def test_topics_and_consumers(client: distcoord.Client, other: distcoord.Client) -> None:
    async def main() -> None:
        topic = client.aio.topic("t")
        first = await topic.publish(0)
        assert await topic.publish_many(range(1, 10)) == 9
        async with topic.subscribe(after=first) as messages:
            assert [(await messages.__anext__()).value for _ in range(9)] == list(range(1, 10))
        seen = []
        async with topic.consumer("g", "one") as one, other.aio.topic("t").consumer("g", "two", prefetch=2) as two:
            assert await one.name() == "one" and two.group == "g"

            async def consume(consumer: distcoord.aio.Consumer[Any]) -> None:
                async for message in consumer:
                    seen.append(message.value)
                    await message.ack()

            tasks = [asyncio.create_task(consume(each)) for each in (one, two, one)]
            await soon(lambda: len(seen) == 10, "all are consumed")
            assert sorted(seen) == list(range(10))
            tasks[0].cancel()
            await asyncio.wait([tasks[0]])
            await topic.publish("more")
            await soon(lambda: seen[-1] == "more", "the others go on")
        await asyncio.gather(*tasks[1:])
        info = await topic.inspect()
        assert info is not None and info.groups[0][1:] == (0, 0, 0)
        assert await topic.seek("g", after="0") and await topic.trim(1) == 10 and await topic.delete_group("g")

    run(main())


def test_waits_of_consumers_end(client: distcoord.Client) -> None:
    async def main() -> None:
        consumer = client.aio.topic("t").consumer("g")
        assert await consumer.next(timeout=0) is None and await consumer.next(timeout=0.05) is None
        for _ in range(20):
            task = asyncio.create_task(consumer.next())
            await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait([task])
        for end in (consumer.cancel, client.cancel):
            waiting = asyncio.create_task(consumer.next())
            with again_and_again(end), pytest.raises(distcoord.Cancelled):
                await waiting
        await client.aio.topic("t").publish(1)
        message = await consumer.next(timeout=20)
        assert message is not None and message.value == 1
        await message.release()
        again = await consumer.next(timeout=20)
        assert again is not None and again.deliveries == 2
        assert await consumer.ack_many([again]) == 1
        await consumer.close()
        with pytest.raises(distcoord.Closed):
            await consumer.next()

    run(main())


def test_handlers(client: distcoord.Client) -> None:
    async def main() -> None:
        topic, done = client.aio.topic("t"), []

        @topic.on("g", type=dict[str, int], concurrency=5, retry_delay=0.02, max_deliveries=2)
        async def handle(value: dict[str, int]) -> None:
            await asyncio.sleep(0.01)
            if value["n"] == 3:
                raise ValueError("3")
            done.append(value["n"])

        running = asyncio.create_task(topic.run())
        await topic.publish_many([{"n": number} for number in range(10)])
        await soon(lambda: len(done) == 9, "all but one are done")

        async def settled() -> bool:
            info = await topic.inspect()
            return info is not None and info.groups[0][1:3] == (0, 0)

        await soon(settled, "the bad one is given up")
        topic.stop()
        await running
        consumer, begun = topic.consumer("g"), asyncio.Event()

        async def slow(message: distcoord.aio.Delivery[Any]) -> None:
            begun.set()
            await asyncio.sleep(60)

        running = asyncio.create_task(consumer.run(slow))
        await topic.publish({"n": 1})
        await begun.wait()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        again = await consumer.next(timeout=20)
        assert again is not None and again.deliveries == 2, "it was given back at once"
        await consumer.close()
        with pytest.raises(TypeError):
            topic.on("g")(print)  # type: ignore[type-var]

    run(main())


def test_breakers(client: distcoord.Client) -> None:
    async def main() -> None:
        breaker = client.aio.breaker("b", failures=2)

        @breaker
        async def work(x: int) -> float:
            await asyncio.sleep(0)
            return 1 / x

        assert await work(2) == 0.5 and await breaker.call(work.__wrapped__, 4) == 0.25  # type: ignore[attr-defined]
        async with breaker:
            pass
        task = asyncio.create_task(breaker.call(asyncio.sleep, 60))
        await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.wait([task])
        for _ in range(2):
            with pytest.raises(ZeroDivisionError):
                await work(0)
        await soon(lambda: breaker.state == "open", "it is open")
        with pytest.raises(distcoord.BreakerOpen):
            await work(1)
        assert (await breaker.inspect()).opened == 1
        soon_tried = client.aio.breaker("tried", failures=1, recovery=0.2)
        with pytest.raises(ZeroDivisionError):
            await soon_tried.call(work.__wrapped__, 0)  # type: ignore[attr-defined]
        await soon(lambda: soon_tried.state == "open", "it is open")
        await asyncio.sleep(0.25)
        for _ in range(20):  # a trial whose task is cancelled at any moment is not taken for one that goes on
            task = asyncio.create_task(soon_tried.call(asyncio.sleep, 60))
            await asyncio.sleep(0.001)
            task.cancel()
            await asyncio.wait([task])
        await soon(lambda: _works(soon_tried), "it closes")
        await breaker.force_open()
        assert [info.state async for info in breaker.watch(timeout=0)] == ["forced-open"]
        await breaker.reset()
        with pytest.raises(TypeError):
            breaker(print)  # type: ignore[arg-type]

    run(main())


async def _works(breaker: distcoord.aio.Breaker) -> bool:
    try:
        return await breaker.call(asyncio.sleep, 0, True)
    except distcoord.BreakerOpen:
        return False


def test_limiters(client: distcoord.Client) -> None:
    async def main() -> None:
        limiter = client.aio.limiter("l", 5, per=0.5)
        assert await asyncio.gather(*(limiter.acquire() for _ in range(8))) == [True] * 8
        strict, calls = client.aio.limiter("s", 2, per=60, timeout=0), []

        @strict
        async def work() -> None:
            calls.append(None)

        async with strict:
            await work()
        with pytest.raises(distcoord.LimitExceeded) as caught:
            await work()
        assert 10 < caught.value.wait_time <= 60 and len(calls) == 1
        assert await strict.acquire(timeout=0) is False and 10 < strict.wait_time <= 60
        assert (await strict.inspect("key")).available == 2
        task = asyncio.create_task(strict.acquire())
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await strict.reset()
        assert await strict.acquire(timeout=0) is True

    run(main())
    eventually(lambda: client.limiter("l", 5, per=0.5).inspect().available > 0, "it fills up")
