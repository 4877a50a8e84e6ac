"""This library, so that it is measured by the very same program: queues and workers, and tasks of an app."""

from typing import Any

import distcoord
from queue_job import no_op


class Kind:
    def __init__(self, socket: str, payload: str) -> None:
        self.client = distcoord.connect(f"unix://{socket}")
        self.queue = self.client.queue("peer")
        self.payload = payload.encode()
        self.lease: dict[str, Any] = {}

    def push_each(self, count: int) -> None:
        push, payload = self.queue.push, self.payload
        for _ in range(count):
            push(payload)

    def push_all(self, count: int) -> None:
        self.queue.push_many([self.payload] * count)

    def push_buffered(self, count: int) -> None:
        # Until the server has accepted all; the buffer holds a burst of that size.
        with self.queue.producer(capacity=count) as producer:
            push, payload = producer.push, self.payload
            for _ in range(count):
                push(payload)

    def set_lease(self, seconds: float) -> None:
        self.lease = {"lease": seconds}

    def work(self) -> None:
        with self.client.worker("peer", **self.lease) as worker:
            take, done = worker.next, worker.done
            while job := take():
                no_op(job.payload)
                done(job)


class Handler(Kind):
    """The same with a function that the worker calls, on one thread."""

    def work(self) -> None:
        self.client.worker("peer").run(lambda job: no_op(job.payload))


class App:
    """Tasks: arguments as JSON, results and tracebacks for whoever waits."""

    def __init__(self, socket: str, payload: str) -> None:
        self.app = distcoord.App(f"unix://{socket}", default_queue="peer")
        self.task = self.app.task(name="no_op")(no_op)
        self.payload = payload

    def push_each(self, count: int) -> None:
        for _ in range(count):
            self.task.submit(self.payload)

    def push_all(self, count: int) -> None:
        self.task.map([self.payload] * count)

    def work(self) -> None:
        self.app.worker("peer").run()
