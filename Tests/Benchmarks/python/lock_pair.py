"""An uncontended lock pair, acquire and release, per second. Usage: lock_pair.py KIND SOCKET milliseconds"""

import sys
import time

from lock_kinds import opened


def main(kind: str, socket: str, milliseconds: int) -> None:
    with opened(kind, socket) as make:
        lock = make("python-pair")
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


main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
