"""Celery on Redis with the solo pool, no result backend and none of its messages between workers."""

from celery import Celery
from queue_job import no_op


class Kind:
    def __init__(self, socket: str, payload: str) -> None:
        self.app = Celery("peer", broker=f"redis+socket://{socket}")
        self.app.conf.update(
            task_default_queue="peer", task_ignore_result=True, worker_prefetch_multiplier=100,
            worker_hijack_root_logger=False,
            worker_redirect_stdouts=False, broker_connection_retry_on_startup=True)
        self.task = self.app.task(name="no_op")(no_op)
        self.producer = self.app.amqp.producer_pool.acquire()
        self.payload = payload

    def push_each(self, count: int) -> None:
        for _ in range(count):
            self.task.apply_async((self.payload,), producer=self.producer)

    # It has no push of many.
    push_all = push_each

    def work(self) -> None:
        self.app.worker_main(
            ["--quiet", "worker", "--pool=solo", "--concurrency=1", "--without-gossip", "--without-mingle",
             "--without-heartbeat", "--loglevel=CRITICAL"])
