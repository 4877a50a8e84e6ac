"""One client and its handles used by many threads at once."""

from __future__ import annotations

import threading

from support import in_thread

import distcoord

THREADS = 16
ROUNDS = 25


def test_a_lock_excludes_threads_of_one_process(client: distcoord.Client) -> None:
    inside = 0
    fences: list[int] = []

    def work() -> None:
        nonlocal inside
        lock = client.lock("x")
        for _ in range(ROUNDS):
            with lock:
                inside += 1
                assert inside == 1
                fences.append(lock.fence)
                inside -= 1

    for wait in [in_thread(work) for _ in range(THREADS)]:
        wait()
    assert len(fences) == THREADS * ROUNDS
    assert fences == sorted(set(fences))


def test_one_lock_handle_shared_by_threads(client: distcoord.Client) -> None:
    lock = client.lock("x")
    total = 0

    def work() -> None:
        nonlocal total
        for _ in range(ROUNDS):
            assert lock.acquire()
            before = total
            total = before + 1
            lock.release()

    for wait in [in_thread(work) for _ in range(THREADS)]:
        wait()
    assert total == THREADS * ROUNDS


def test_each_job_goes_to_one_thread(client: distcoord.Client, other: distcoord.Client) -> None:
    queue = client.queue("q")
    done: list[str] = []

    def work(worker: distcoord.Queue) -> None:
        while True:
            job = worker.claim()
            assert job is not None
            if job.task == "stop":
                job.complete()
                return
            done.append(job.id)
            job.complete(job.payload)

    workers = [in_thread(lambda each=each: work(each)) for each in (queue, other.queue("q")) * (THREADS // 2)]
    pushed: list[str] = []
    lock = threading.Lock()

    def produce() -> None:
        ids = [queue.push(b"x") for _ in range(ROUNDS)] + queue.push_many([b"y"] * ROUNDS)
        with lock:
            pushed.extend(ids)

    for wait in [in_thread(produce) for _ in range(4)]:
        wait()
    queue.push_many([distcoord.Push("", task="stop", priority=-1)] * THREADS)
    for wait in workers:
        wait()
    assert sorted(done) == sorted(pushed)
    counts = queue.counts()
    assert (counts.waiting, counts.active, counts.completed) == (0, 0, len(pushed) + THREADS)


def test_many_threads_share_a_barrier(client: distcoord.Client) -> None:
    barrier = client.barrier("b", THREADS)

    def work() -> list[int]:
        return [barrier.wait() for _ in range(5)]

    results = [wait() for wait in [in_thread(work) for _ in range(THREADS)]]
    for generation in zip(*results):
        assert sorted(generation) == list(range(THREADS))


def test_calls_let_other_threads_run(client: distcoord.Client) -> None:
    waiting = in_thread(lambda: client.queue("q").claim(timeout=5))
    ran = in_thread(lambda: sum(range(100_000)))
    assert ran() == 4_999_950_000
    client.queue("q").push("x")
    assert waiting() is not None
