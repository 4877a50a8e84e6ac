"""Release in one process until acquired in another, median microseconds. Usage: wakeup.py URL iterations"""

import multiprocessing
import statistics
import sys
import time

import distcoord


def waiter(url: str, iterations: int, pipe) -> None:
    with distcoord.connect(url) as client:
        lock = client.lock("python-wakeup")
        for _ in range(iterations):
            pipe.recv()
            pipe.send("waiting")
            lock.acquire()
            woke = time.monotonic_ns()
            lock.release()
            pipe.send(woke)


def main(url: str, iterations: int) -> None:
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=waiter, args=(url, iterations, theirs))
    with distcoord.connect(url) as client:
        lock = client.lock("python-wakeup")
        lock.acquire()
        process.start()
        latencies = []
        for _ in range(iterations):
            ours.send("held")
            ours.recv()
            time.sleep(0.005)
            start = time.monotonic_ns()
            lock.release()
            latencies.append((ours.recv() - start) / 1000)
            lock.acquire()
        lock.release()
    process.join()
    print("p50", statistics.median(latencies))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
