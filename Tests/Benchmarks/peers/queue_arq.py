"""arq; results are not kept, and it looks every millisecond and not twice a second."""

import asyncio
import logging

from arq import create_pool
from arq.connections import RedisSettings
from arq.worker import Worker
from queue_job import no_op_async

# Pushes at the same time, for the push of many that it has not.
TOGETHER = 50


async def no_op(context: object, payload: str) -> None:
    await no_op_async(payload)


class Kind:
    def __init__(self, socket: str, payload: str) -> None:
        self.loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self.loop)
        self.settings = RedisSettings(unix_socket_path=socket)
        self.pool = self.loop.run_until_complete(create_pool(self.settings))
        self.payload = payload

    def push_each(self, count: int) -> None:
        async def push() -> None:
            for _ in range(count):
                await self.pool.enqueue_job("no_op", self.payload)

        self.loop.run_until_complete(push())

    def push_all(self, count: int) -> None:
        async def push() -> None:
            for begin in range(0, count, TOGETHER):
                await asyncio.gather(*(self.pool.enqueue_job("no_op", self.payload)
                                       for _ in range(min(TOGETHER, count - begin))))

        self.loop.run_until_complete(push())

    def work(self) -> None:
        logging.disable(logging.CRITICAL)
        worker = Worker([no_op], redis_settings=self.settings, keep_result=0, poll_delay=0.001, max_jobs=100)
        self.loop.run_until_complete(worker.main())
