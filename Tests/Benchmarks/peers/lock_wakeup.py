"""Release in one process until acquired in another with a peer's lock, median microseconds.

Usage: lock_wakeup.py redis-py|python-redis-lock SOCKET iterations
"""

import logging
import multiprocessing
import statistics
import sys
import time

import redis


def make_lock(kind: str, socket: str):
    client = redis.Redis(unix_socket_path=socket)
    if kind == "redis-py":
        return client.lock("peer-wakeup", timeout=10)
    import redis_lock

    logging.disable(logging.WARNING)
    return redis_lock.Lock(client, "peer-wakeup", expire=10)


def waiter(kind: str, socket: str, iterations: int, pipe) -> None:
    lock = make_lock(kind, socket)
    for _ in range(iterations):
        pipe.recv()
        pipe.send("waiting")
        lock.acquire()
        woke = time.monotonic_ns()
        lock.release()
        pipe.send(woke)


def main(kind: str, socket: str, iterations: int) -> None:
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=waiter, args=(kind, socket, iterations, theirs))
    lock = make_lock(kind, socket)
    lock.acquire()
    process.start()
    latencies = []
    for i in range(iterations):
        ours.send("held")
        ours.recv()
        # Not a multiple of the other side's polling interval, so that the moment within it varies.
        time.sleep(0.005 + i % 7 * 0.003)
        start = time.monotonic_ns()
        lock.release()
        latencies.append((ours.recv() - start) / 1000)
        lock.acquire()
    lock.release()
    process.join()
    print("p50", statistics.median(latencies))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
