"""One process drains no-op jobs, claiming and completing each by itself. Usage: drain_single.py URL jobs"""

import sys
import time

import distcoord


def main(url: str, jobs: int) -> None:
    with distcoord.connect(url) as client:
        queue = client.queue("python-drain-single")
        queue.push_many([b"x" * 20] * jobs)
        done, start = 0, time.perf_counter()
        while job := queue.claim(timeout=0):
            job.complete()
            done += 1
        elapsed = time.perf_counter() - start
        if done != jobs:
            sys.exit(f"{done} jobs came of {jobs}")
        print("jobs", done / elapsed)


main(sys.argv[1], int(sys.argv[2]))
