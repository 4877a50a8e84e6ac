"""redis-py's Lock: uncontended pairs per second. Usage: redis_py_lock_pair.py SOCKET milliseconds"""

import sys
import time

import redis


def main(socket: str, milliseconds: int) -> None:
    lock = redis.Redis(unix_socket_path=socket).lock("peer-pair", timeout=10)
    for _ in range(100):
        lock.acquire()
        lock.release()
    pairs, start = 0, time.perf_counter()
    end = start + milliseconds / 1000
    while (now := time.perf_counter()) < end:
        for _ in range(20):
            lock.acquire()
            lock.release()
        pairs += 20
    print("pairs", pairs / (now - start))


main(sys.argv[1], int(sys.argv[2]))
