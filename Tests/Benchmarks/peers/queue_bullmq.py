"""BullMQ's Python package; ended jobs are removed at once."""

import asyncio
import logging

from bullmq import Queue, Worker
from queue_job import no_op_async

CONCURRENCY = 10


class Kind:
    def __init__(self, socket: str, payload: str) -> None:
        self.loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self.loop)
        self.options = {"connection": f"unix://{socket}"}
        self.queue = Queue("peer", self.options)
        self.data = {"payload": payload}
        self.job_options = {"removeOnComplete": True}

    def push_each(self, count: int) -> None:
        async def push() -> None:
            for _ in range(count):
                await self.queue.add("no_op", self.data, self.job_options)

        self.loop.run_until_complete(push())

    def push_all(self, count: int) -> None:
        jobs = [{"name": "no_op", "data": self.data, "opts": self.job_options} for _ in range(count)]
        self.loop.run_until_complete(self.queue.addBulk(jobs))

    def work(self) -> None:
        logging.disable(logging.CRITICAL)

        async def run() -> None:
            async def process(job: object, token: str) -> None:
                await no_op_async(job)

            Worker("peer", process, {**self.options, "concurrency": CONCURRENCY})
            await asyncio.Event().wait()

        self.loop.run_until_complete(run())
