"""Workers of all styles that are killed, and a server that is: each job is completed, once."""

from __future__ import annotations

import random
import time

from support import Child, Server, eventually

import distcoord

COMMON = """
import asyncio, random
def work():
    time.sleep(random.random() * 0.01)
"""
STYLES = {
    "threads": """
def handle(job):
    work()
    return job.payload
client.worker("q", lease=0.5, concurrency=3).run(handle, signals=True)
""",
    "next and done": """
worker = client.worker("q", lease=0.5, prefetch=5)
signal.signal(signal.SIGTERM, lambda *_: worker.stop())
for job in worker:
    work()
    try:
        worker.done(job, job.payload)
    except distcoord.JobError:  # its lease has ended: another one does it
        pass
worker.shutdown()
""",
    "tasks": """
async def handle(job):
    await asyncio.sleep(random.random() * 0.01)
    return job.payload
asyncio.run(client.aio.worker("q", lease=0.5, concurrency=5).run(handle, signals=True))
""",
    "claim and complete": """
queue, stop = client.queue("q", lease=0.5), []
signal.signal(signal.SIGTERM, lambda *_: stop.append(True))
while not stop:
    job = queue.claim(timeout=0.2)
    if job is not None:
        work()
        try:
            job.complete(job.payload)
        except distcoord.JobError:
            pass
""",
}


def test_no_job_is_lost_when_workers_and_the_server_are_killed(own_server: Server, namespace: str) -> None:
    chance = random.Random(3)
    with distcoord.connect(own_server.url, namespace) as client:
        queue = client.queue("q")
        ids = queue.push_many([distcoord.Push(str(number), retries=200, backoff=0) for number in range(6_000)])
        children: dict[str, Child] = {}

        def start(style: str) -> None:
            children[style] = Child(own_server, namespace, COMMON + STYLES[style])

        try:
            for style in STYLES:
                start(style)
            for round in range(12):
                time.sleep(0.1 + chance.random() * 0.2)
                if round == 6:
                    own_server.kill()
                    own_server.start()
                style = chance.choice(list(STYLES))
                children[style].process.kill()
                children[style].__exit__()
                start(style)
            eventually(lambda: queue.counts().completed == len(ids), "all are completed", timeout=90)
            for child in children.values():
                child.process.terminate()
            for style, child in children.items():
                assert child.finish() == 0, f"{style}: {child.errors()}"
        finally:
            for child in children.values():
                child.__exit__()
        counts = queue.counts()
        assert (counts.waiting, counts.delayed, counts.active, counts.dead, counts.completed) == (
            0, 0, 0, 0, len(ids))
        for number, id in enumerate(ids):
            assert queue.result(id, timeout=0) == str(number).encode()
