"""SAQ with its default of ten jobs at the same time; results are not kept."""

import asyncio
import logging

from queue_job import no_op_async
from redis.asyncio import Redis
from saq import Worker
from saq.queue.redis import RedisQueue

# Pushes at the same time, for the push of many that it has not.
TOGETHER = 50


async def no_op(context: object, *, payload: str) -> None:
    await no_op_async(payload)


class Kind:
    def __init__(self, socket: str, payload: str) -> None:
        self.loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self.loop)
        self.queue = RedisQueue(Redis(unix_socket_path=socket), name="peer")
        self.payload = payload
        self.loop.run_until_complete(self.queue.connect())

    def push_each(self, count: int) -> None:
        async def push() -> None:
            for _ in range(count):
                await self.queue.enqueue("no_op", payload=self.payload, ttl=-1)

        self.loop.run_until_complete(push())

    def push_all(self, count: int) -> None:
        async def push() -> None:
            for begin in range(0, count, TOGETHER):
                await asyncio.gather(*(self.queue.enqueue("no_op", payload=self.payload, ttl=-1)
                                       for _ in range(min(TOGETHER, count - begin))))

        self.loop.run_until_complete(push())

    def work(self) -> None:
        logging.disable(logging.CRITICAL)
        self.loop.run_until_complete(Worker(self.queue, functions=[("no_op", no_op)]).start())
