"""Dramatiq: one worker process with its default eight threads drains no-op jobs; jobs per second.

Usage: dramatiq_drain.py SOCKET jobs
"""

import logging
import sys
import time

import dramatiq
import redis
from dramatiq.brokers.redis import RedisBroker


def main(socket: str, jobs: int) -> None:
    logging.disable(logging.CRITICAL)
    broker = RedisBroker(client=redis.Redis(unix_socket_path=socket))
    dramatiq.set_broker(broker)

    @dramatiq.actor(queue_name="peer-drain")
    def no_op(payload: str) -> None:
        pass

    for _ in range(jobs):
        no_op.send("x" * 20)
    worker = dramatiq.Worker(broker, worker_threads=8)
    start = time.perf_counter()
    worker.start()
    # Not broker.join, which looks every 100 ms only.
    while broker.client.hlen("dramatiq:peer-drain.msgs"):
        time.sleep(0.002)
    elapsed = time.perf_counter() - start
    worker.stop()
    print("jobs", jobs / elapsed)


main(sys.argv[1], int(sys.argv[2]))
