"""Threads in several processes compete for one lock, each with a lock object of its own, with nothing to do under it.

Usage: lock_contended.py KIND SOCKET processes threads milliseconds
Prints what programs/contended.c does: acquisitions per second ("rate"), Jain's fairness index over the threads
("jain"), percentiles of how long an acquire took in microseconds ("p50", "p99", "longest"). Does not count the first
tenth of the time.
"""

import multiprocessing
import sys
import threading
import time

from lock_kinds import opened


def compete(lock, begin: int, end: int, waits: list, counts: list) -> None:
    acquire, release, now = lock.acquire, lock.release, time.monotonic_ns
    counted = begin + (end - begin) // 10
    count = 0
    time.sleep(max(0, begin - now()) / 1e9)
    start = now()
    while start < end:
        acquire()
        acquired = now()
        release()
        if acquired >= counted:
            count += acquired < end
            waits.append(acquired - start)
        start = now()
    counts.append(count)


def process(kind: str, socket: str, threads: int, pipe) -> None:
    with opened(kind, socket) as make:
        locks = [make("contended") for _ in range(threads)]
        for lock in locks:
            lock.acquire()
            lock.release()
        pipe.send("ready")
        begin, end = pipe.recv()
        waits, counts = [], []
        contenders = [threading.Thread(target=compete, args=(lock, begin, end, waits, counts)) for lock in locks]
        for contender in contenders:
            contender.start()
        for contender in contenders:
            contender.join()
        pipe.send((waits, counts))


def main(kind: str, socket: str, processes: int, threads: int, milliseconds: int) -> None:
    spawn = multiprocessing.get_context("spawn")
    pipes = []
    for _ in range(processes):
        ours, theirs = spawn.Pipe()
        spawn.Process(target=process, args=(kind, socket, threads, theirs)).start()
        pipes.append(ours)
    for pipe in pipes:
        pipe.recv()
    begin = time.monotonic_ns() + 50_000_000
    for pipe in pipes:
        pipe.send((begin, begin + milliseconds * 1_000_000))
    waits, counts = [], []
    for pipe in pipes:
        its_waits, its_counts = pipe.recv()
        waits += its_waits
        counts += its_counts
    if not any(counts):
        sys.exit("nobody had the lock")
    waits.sort()
    print("rate", sum(counts) / (milliseconds * 0.9 / 1000))
    print("jain", sum(counts) ** 2 / (len(counts) * sum(count * count for count in counts)))
    print("p50", waits[len(waits) // 2] / 1000)
    print("p99", waits[len(waits) * 99 // 100] / 1000)
    print("longest", waits[-1] / 1000)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], *map(int, sys.argv[3:6]))
