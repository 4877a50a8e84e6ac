"""Huey with one thread and blocking reads; results are not stored. It has no acknowledgement."""

import logging

from huey import RedisHuey
from queue_job import no_op
from redis import ConnectionPool, UnixDomainSocketConnection


class Kind:
    def __init__(self, socket: str, payload: str) -> None:
        connections = ConnectionPool(connection_class=UnixDomainSocketConnection, path=socket)
        self.huey = RedisHuey("peer", connection_pool=connections, results=False)
        self.task = self.huey.task(name="no_op")(no_op)
        self.payload = payload

    def push_each(self, count: int) -> None:
        for _ in range(count):
            self.task(self.payload)

    # It has no push of many.
    push_all = push_each

    def work(self) -> None:
        logging.disable(logging.CRITICAL)
        self.huey.create_consumer(workers=1, periodic=False).run()
