"""One kind of queue, one measurement. With the interpreter of the peers.

Usage: queue_run.py KIND push SOCKET milliseconds      prints "single" and "bulk": jobs pushed per second
       queue_run.py KIND fill SOCKET jobs              pushes so many and leaves them there
       queue_run.py KIND drain SOCKET jobs             pushes so many, then drains them in this process: "jobs" a second
       queue_run.py KIND pickup SOCKET iterations      push here, run by an idle worker in another process: "us" each
       queue_run.py KIND held SOCKET lease keeps       one job of three leases that keeps the interpreter's lock (1) or
                                                       releases it (0), and two workers in processes of their own: how
                                                       many "runs" there were
       queue_run.py KIND work SOCKET report lease keeps
                                                       such a worker; `report` is a FIFO; lease 0: a job that does
                                                       nothing, under the kind's own lease
KIND is a module queue_KIND of this folder, or module.maker.
"""

import contextlib
import importlib
import os
import select
import subprocess
import sys
import tempfile
import time

import queue_job

PAYLOAD = "x" * 200
BULK = 1000
# So many runs before the first that counts.
WARM_UP = 5
# Between a run and the next push, as in programs/two_processes.h: the longer, the deeper the processors sleep. Spread,
# so that a worker that looks now and then is met at all moments.
PAUSE, SPREAD = 0.0015, 0.002
GOLDEN = 0.6180339887


def opened(kind: str, socket: str):
    module, _, maker = kind.partition(".")
    return getattr(importlib.import_module(f"queue_{module}"), maker or "Kind")(socket, PAYLOAD)


def rate(push, count: int, milliseconds: int) -> float:
    """Jobs per second, when `push(count)` is called for so long."""
    push(count)
    pushed, start = 0, time.perf_counter()
    end = start + milliseconds / 1000
    while (now := time.perf_counter()) < end:
        push(count)
        pushed += count
    return pushed / (now - start)


def push(kind: str, socket: str, milliseconds: str) -> None:
    queue = opened(kind, socket)
    print("single", rate(queue.push_each, 20, int(milliseconds)))
    print("bulk", rate(queue.push_all, BULK, int(milliseconds)))
    if hasattr(queue, "push_buffered"):
        print("buffered", rate(queue.push_buffered, 50 * BULK, int(milliseconds)))


def fill(kind: str, socket: str, jobs: str) -> None:
    queue = opened(kind, socket)
    for begin in range(0, int(jobs), BULK):
        queue.push_all(min(BULK, int(jobs) - begin))


def drain(kind: str, socket: str, jobs: str) -> None:
    fill(kind, socket, jobs)
    queue_job.expect(int(jobs))
    opened(kind, socket).work()


def work(kind: str, socket: str, report: str, lease: str, keeps: str) -> None:
    queue = opened(kind, socket)
    queue_job.report_to(report)
    if seconds := float(lease):
        queue.set_lease(seconds)
        queue_job.last(3 * seconds, keeps == "1")
    queue.work()


@contextlib.contextmanager
def workers(kind: str, socket: str, count: int, lease: str = "0", keeps: str = "0"):
    """Workers in processes of their own; yields a descriptor on which each run of a job reports its beginning."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "report")
        os.mkfifo(path)
        # Open for writing as well, so that nobody waits for the other at the opening.
        reports = os.open(path, os.O_RDWR)
        line = [sys.executable, __file__, kind, "work", socket, path, lease, keeps]
        processes = [subprocess.Popen(line) for _ in range(count)]
        try:
            yield reports
        finally:
            for process in processes:
                process.kill()
                process.wait()
            os.close(reports)


def moment(reports: int) -> int:
    return queue_job.MOMENT.unpack(os.read(reports, queue_job.MOMENT.size))[0]


def pickup(kind: str, socket: str, iterations: str) -> None:
    queue = opened(kind, socket)
    with workers(kind, socket, 1) as reports:
        for i in range(-WARM_UP, int(iterations)):
            if i > -WARM_UP:
                time.sleep(PAUSE + SPREAD * (i * GOLDEN % 1))
            start = time.monotonic_ns()
            queue.push_each(1)
            began = moment(reports)
            if i >= 0:
                print("us", (began - start) / 1000)


def held(kind: str, socket: str, lease: str, keeps: str) -> None:
    queue, seconds = opened(kind, socket), float(lease)
    queue.set_lease(seconds)
    with workers(kind, socket, 2, lease, keeps) as reports:
        queue.push_each(1)
        moment(reports)
        runs, end = 1, time.monotonic() + 3 * seconds + 2
        # A second run begins while the first one holds on; with more than that nothing would be gained.
        while (left := end - time.monotonic()) > 0:
            if select.select([reports], [], [], left)[0]:
                moment(reports)
                runs += 1
        print("runs", runs)


if __name__ == "__main__":
    name, what, *rest = sys.argv[1:]
    measures = {"push": push, "fill": fill, "drain": drain, "work": work, "pickup": pickup, "held": held}
    measures[what](name, *rest)
