"""Release in one process until acquired in another, median microseconds.

Usage: lock_wakeup.py KIND SOCKET iterations
"""

import multiprocessing
import statistics
import sys
import time

from lock_kinds import POLLING, opened

# As in programs/two_processes.h: the longer it is, the deeper the processors sleep.
PAUSE = 0.0015
GOLDEN = 0.6180339887


def waiter(kind: str, socket: str, iterations: int, pipe) -> None:
    with opened(kind, socket) as make:
        lock = make("python-wakeup")
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
    with opened(kind, socket) as make:
        lock = make("python-wakeup")
        lock.acquire()
        process.start()
        latencies = []
        for i in range(iterations):
            ours.send("held")
            ours.recv()
            # Where the other side looks now and then, it is released at moments spread evenly between two looks.
            time.sleep(PAUSE + POLLING.get(kind, 0) * (i * GOLDEN % 1))
            start = time.monotonic_ns()
            lock.release()
            latencies.append((ours.recv() - start) / 1000)
            lock.acquire()
        lock.release()
    process.join()
    print("p50", statistics.median(latencies))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
