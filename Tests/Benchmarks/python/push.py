"""Jobs pushed one at a time, per second. Usage: push.py URL milliseconds payload-bytes"""

import sys
import time

import distcoord


def main(url: str, milliseconds: int, length: int) -> None:
    with distcoord.connect(url) as client:
        push, payload = client.queue("python-push").push, b"x" * length
        for _ in range(200):
            push(payload)
        jobs, start = 0, time.perf_counter()
        end = start + milliseconds / 1000
        while (now := time.perf_counter()) < end:
            for _ in range(50):
                push(payload)
            jobs += 50
        print("jobs", jobs / (now - start))


main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
