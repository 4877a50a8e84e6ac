"""Taskiq, on streams (with acknowledgement) and on lists (without)."""

import asyncio
import logging

from queue_job import no_op_async
from taskiq.api import run_receiver_task
from taskiq_redis import ListQueueBroker, RedisStreamBroker

# Pushes at the same time, for the push of many that it has not.
TOGETHER = 50


class Kind:
    def __init__(self, socket: str, payload: str, broker_type: type = RedisStreamBroker) -> None:
        self.loop = asyncio.new_event_loop()
        self.broker = broker_type(f"unix://{socket}", queue_name="peer", max_connection_pool_size=TOGETHER)
        self.task = self.broker.register_task(no_op_async, task_name="no_op")
        self.payload = payload
        self.loop.run_until_complete(self.broker.startup())

    def push_each(self, count: int) -> None:
        async def push() -> None:
            for _ in range(count):
                await self.task.kiq(self.payload)

        self.loop.run_until_complete(push())

    def push_all(self, count: int) -> None:
        async def push() -> None:
            for begin in range(0, count, TOGETHER):
                await asyncio.gather(*(self.task.kiq(self.payload) for _ in range(min(TOGETHER, count - begin))))

        self.loop.run_until_complete(push())

    def work(self) -> None:
        logging.disable(logging.CRITICAL)
        self.loop.run_until_complete(run_receiver_task(self.broker, validate_params=False))


def on_lists(socket: str, payload: str) -> Kind:
    return Kind(socket, payload, ListQueueBroker)
