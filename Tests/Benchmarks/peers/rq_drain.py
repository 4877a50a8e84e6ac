"""RQ: a SimpleWorker (no fork per job) in burst mode drains no-op jobs; jobs per second.

Usage: rq_drain.py SOCKET jobs
"""

import logging
import sys
import time

import redis
from no_op import no_op
from rq import Queue, SimpleWorker


def main(socket: str, jobs: int) -> None:
    client = redis.Redis(unix_socket_path=socket)
    queue = Queue("peer-drain", connection=client)
    queue.enqueue_many([Queue.prepare_data(no_op, args=("x" * 20,)) for _ in range(jobs)])
    logging.getLogger("rq.worker").setLevel(logging.ERROR)
    worker = SimpleWorker([queue], connection=client)
    start = time.perf_counter()
    worker.work(burst=True, logging_level="ERROR")
    elapsed = time.perf_counter() - start
    if queue.count:
        sys.exit(f"{queue.count} jobs are left")
    print("jobs", jobs / elapsed)


main(sys.argv[1], int(sys.argv[2]))
