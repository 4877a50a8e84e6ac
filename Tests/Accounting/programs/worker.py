"""A worker in Python, until SIGTERM. worker.c says what jobs ask for, record.h what is written down.

    worker.py URL LABEL FOLDER MODE THREADS SEED QUEUE...

MODE is `claim`: threads that claim some jobs at a time; or `runtime`: the package's worker with a handler in threads.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import threading
import time
from typing import Optional

import distcoord

LEASE = 1.0


class Worker:
    """What the threads share."""

    def __init__(self, url: str, label: str, folder: str, seed: int, queues: list[str]) -> None:
        self.label, self.seed, self.queues = label, seed, queues
        self.file = os.open(f"{folder}/{label}.log", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self.client = distcoord.connect(url, "accounting", label=label, connect_timeout=1, timeout=2)
        self.is_ending = threading.Event()

    def record(self, *words: object) -> None:
        os.write(self.file, (" ".join(map(str, words)) + "\n").encode())

    # ------------------------------------------------------------ the package's worker

    def serve(self, threads: int) -> None:
        worker = self.client.worker(self.queues, concurrency=threads, lease=LEASE)
        dice = random.Random(self.seed)

        def handle(job: distcoord.Job) -> Optional[str]:
            self.note_claim(job)
            return self.attend(job, dice, can_return=True)

        worker.run(handle, signals=True)

    # ------------------------------------------------------------ claiming by hand

    def claim_on(self, number: int) -> None:
        dice = random.Random(self.seed * 16 + number)
        handles = [self.client.queue(name, lease=LEASE) for name in self.queues]
        while not self.is_ending.is_set():
            dice.shuffle(handles)
            had = sum(self.claim(queue, 0, dice) for queue in handles)
            if not had:
                self.claim(handles[0], dice.uniform(0.005, 0.06), dice)

    def claim(self, queue: distcoord.Queue, timeout: float, dice: random.Random) -> int:
        try:
            jobs = queue.claim_many(dice.randint(1, 6), timeout=timeout)
        except distcoord.Cancelled:
            return 0
        except distcoord.DistcoordError:
            time.sleep(0.005)
            return 0
        for job in jobs:
            self.note_claim(job)
        for job in jobs:
            self.attend(job, dice)
        return len(jobs)

    # ------------------------------------------------------------ one job

    def note_claim(self, job: distcoord.Job) -> None:
        name = job.payload.decode().split()[0]
        self.record("c", time.time_ns(), name, job.id, job.fence, job.attempt, job.max_attempts)

    def attend(self, job: distcoord.Job, dice: random.Random, can_return: bool = False) -> Optional[str]:
        """Does a job and says how it ended; or returns the result, if that is what completes it."""
        name, script, us = job.payload.decode().split()
        letter = script[min(job.attempt, len(script)) - 1]
        time.sleep(int(us) / 1e6)
        if letter == "k":
            os.kill(os.getpid(), signal.SIGKILL)
        if letter in "wt":
            time.sleep(1.3 * LEASE if letter == "w" else 0.4)
        result = f"{self.label} {job.fence} {job.attempt}"
        if letter == "d" and can_return:
            self.record("s", time.time_ns(), time.time_ns(), name, job.fence, "done", "OK")
            return result
        how, settle = "complete", lambda: job.complete(result)
        if letter in "fx":
            how = "fail" if letter == "f" else "fail_for_good"
            words = "asked to fail" if letter == "f" else "asked to die"
            settle = lambda: job.fail(words, retry=letter == "f")  # noqa: E731
        elif letter == "r" and dice.random() < 0.5:
            how, settle = "release", job.release
        before, status = time.time_ns(), "OK"
        try:
            settle()
        except distcoord.DistcoordError as error:
            status = type(error).__name__.upper()
        self.record("s", before, time.time_ns(), name, job.fence, how, status)
        return None


def main() -> None:
    url, label, folder, mode, threads, seed, *queues = sys.argv[1:]
    if mode == "claim":
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    worker = Worker(url, label, folder, int(seed), queues)
    if mode == "runtime":
        worker.serve(int(threads))
    else:
        crew = [threading.Thread(target=worker.claim_on, args=(number,)) for number in range(int(threads))]
        for thread in crew:
            thread.start()
        signal.sigwait([signal.SIGTERM])
        worker.is_ending.set()
        for thread in crew:
            thread.join()
    worker.client.close()


main()
