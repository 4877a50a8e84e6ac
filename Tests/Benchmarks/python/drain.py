"""One process drains no-op jobs, one call per job for each payload. Usage: drain.py URL jobs batch"""

import sys
import time

import distcoord


def no_op(payload: bytes) -> None:
    pass


def main(url: str, jobs: int, batch: int) -> None:
    with distcoord.connect(url) as client:
        queue = client.queue("python-drain")
        queue.push_many([b"x" * 20] * jobs)
        done, start = 0, time.perf_counter()
        while claimed := queue.claim_many(batch, timeout=0):
            for job in claimed:
                no_op(job.payload)
            queue.complete_many(claimed)
            done += len(claimed)
        elapsed = time.perf_counter() - start
        if done != jobs:
            sys.exit(f"{done} jobs came of {jobs}")
        print("jobs", done / elapsed)


main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
