"""RQ with a SimpleWorker, which does not fork for each job."""

import logging

import redis
from queue_job import no_op
from rq import Queue, SimpleWorker


class Kind:
    def __init__(self, socket: str, payload: str) -> None:
        self.client = redis.Redis(unix_socket_path=socket)
        self.queue = Queue("peer", connection=self.client)
        self.payload = payload

    def push_each(self, count: int) -> None:
        for _ in range(count):
            self.queue.enqueue(no_op, self.payload, result_ttl=0)

    def push_all(self, count: int) -> None:
        self.queue.enqueue_many(
            [Queue.prepare_data(no_op, args=(self.payload,), result_ttl=0) for _ in range(count)])

    def work(self) -> None:
        logging.disable(logging.CRITICAL)
        SimpleWorker([self.queue], connection=self.client).work()
