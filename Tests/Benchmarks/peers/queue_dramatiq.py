"""Dramatiq with one worker process. Its default of eight threads, which is faster here than one."""

import logging
import time

import dramatiq
import redis
from dramatiq.brokers.redis import RedisBroker
from queue_job import no_op

THREADS = 8


class Kind:
    def __init__(self, socket: str, payload: str) -> None:
        self.client = redis.Redis(unix_socket_path=socket)
        self.payload = payload
        self._set_up(RedisBroker(client=self.client))

    def _set_up(self, broker: RedisBroker) -> None:
        self.broker = broker
        dramatiq.set_broker(broker)
        self.actor = dramatiq.actor(no_op, queue_name="peer", actor_name="no_op")

    def push_each(self, count: int) -> None:
        for _ in range(count):
            self.actor.send(self.payload)

    # It has no push of many.
    push_all = push_each

    def set_lease(self, seconds: float) -> None:
        # Looked for dead workers at every fetch: 1 000 000 is certainty.
        self._set_up(RedisBroker(
            client=self.client, heartbeat_timeout=int(seconds * 1000), maintenance_chance=1_000_000))

    def work(self) -> None:
        logging.disable(logging.CRITICAL)
        dramatiq.Worker(self.broker, worker_threads=THREADS).start()
        while True:
            time.sleep(1)
