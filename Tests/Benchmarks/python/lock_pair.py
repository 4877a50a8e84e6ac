"""An uncontended lock pair per second. Usage: lock_pair.py URL milliseconds"""

import sys
import time

import distcoord


def main(url: str, milliseconds: int) -> None:
    with distcoord.connect(url) as client:
        lock = client.lock("python-pair")
        acquire, release = lock.acquire, lock.release
        for _ in range(200):
            acquire()
            release()
        pairs, start = 0, time.perf_counter()
        end = start + milliseconds / 1000
        while (now := time.perf_counter()) < end:
            for _ in range(50):
                acquire()
                release()
            pairs += 50
        print("pairs", pairs / (now - start))


main(sys.argv[1], int(sys.argv[2]))
