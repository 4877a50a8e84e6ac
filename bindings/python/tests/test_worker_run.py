"""Workers that run a handler in threads."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from support import KEPT, Server, eventually, in_thread

import distcoord


@pytest.fixture
def queue(client: distcoord.Client) -> distcoord.Queue:
    return client.queue("q")


def running(worker: distcoord.Worker, handler: Callable[[distcoord.Job], Any]) -> Callable[[], Any]:
    """Runs a worker beside the test; what is returned stops it and waits for its end."""
    waiting = in_thread(lambda: worker.run(handler))

    def end() -> Any:
        worker.stop()
        return waiting()

    return end


def test_a_handlers_values_are_the_results(client: distcoord.Client, queue: distcoord.Queue) -> None:
    ids = [queue.push(text) for text in "abc"]
    values: dict[bytes, Any] = {b"a": b"bytes", b"b": "text é", b"c": None}
    end = running(client.worker("q"), lambda job: values[job.payload])
    assert [queue.result(id, timeout=10) for id in ids] == [b"bytes", "text é".encode(), b""]
    assert end() is True


def test_a_handlers_exception_fails_the_job(
    client: distcoord.Client, queue: distcoord.Queue, caplog: pytest.LogCaptureFixture,
) -> None:
    def handle(job: distcoord.Job) -> str:
        if job.attempt < 3:
            raise LookupError(f"attempt {job.attempt}")
        return "at last"

    worker = client.worker("q", name="w-7")
    with caplog.at_level(logging.WARNING, "distcoord.worker"):
        end = running(worker, handle)
        assert queue.result(queue.push("x", backoff=0), timeout=10) == b"at last"
        with pytest.raises(distcoord.JobFailed) as caught:
            queue.result(queue.push("x", retries=0, task="t"), timeout=10)
        end()
    failed = caught.value
    assert (failed.error_type, failed.message, failed.worker) == ("LookupError", "attempt 1", "w-7")
    assert 'raise LookupError(f"attempt' in str(failed), "the waiter sees where"
    assert "(t) failed" in caplog.text and "LookupError: attempt 1" in caplog.text
    assert worker.counts()[:2] == (1, 3)


def test_a_handlers_value_of_another_type_fails_the_job(
    client: distcoord.Client, queue: distcoord.Queue, server: Server, namespace: str,
) -> None:
    end = running(client.worker("q"), lambda job: {"not": "bytes"})
    with pytest.raises(distcoord.JobFailed, match="TypeError: a payload must be bytes"):
        queue.result(queue.push("x", retries=0), timeout=10)
    end()
    with distcoord.connect(server.url, namespace, max_payload=100) as small:
        end = running(small.worker("small"), lambda job: "x" * 101)
        with pytest.raises(distcoord.JobFailed, match="TooLarge"):
            small.queue("small").result(small.queue("small").push("x", retries=0), timeout=10)
        end()


def test_a_handler_may_settle_the_job_itself(client: distcoord.Client, queue: distcoord.Queue) -> None:
    def handle(job: distcoord.Job) -> str:
        if job.payload == b"complete":
            job.complete("own")
        elif job.payload == b"fail":
            job.fail("own", retry=False)
        elif job.attempt == 1 and not released:
            released.append(job.id)
            job.release()
        return "of no interest"

    released: list[str] = []
    end = running(client.worker("q"), handle)
    complete, fail, release = (queue.push(text) for text in ("complete", "fail", "release"))
    assert queue.result(complete, timeout=10) == b"own"
    with pytest.raises(distcoord.JobFailed, match="own"):
        queue.result(fail, timeout=10)
    assert queue.result(release, timeout=10) == b"of no interest"
    assert end() is True


def test_handlers_run_in_as_many_threads_as_the_concurrency(client: distcoord.Client, queue: distcoord.Queue) -> None:
    together = threading.Barrier(4)
    threads = set()

    def handle(job: distcoord.Job) -> None:
        threads.add(threading.current_thread().name)
        together.wait(20)

    ids = queue.push_many(["x"] * 8)
    end = running(client.worker("q", name="four", concurrency=4), handle)
    for id in ids:
        queue.result(id, timeout=20)
    end()
    assert len(threads) == 4 and all(name.startswith("distcoord-worker-four-") for name in threads)


def test_a_handler_sees_that_it_should_stop(client: distcoord.Client, queue: distcoord.Queue) -> None:
    seen: list[tuple[bool, bool]] = []

    def handle(job: distcoord.Job) -> None:
        begun.set()
        eventually(lambda: job.stop_requested, "it is told to stop")
        seen.append((job.cancelling, job.expired))
        if job.cancelling:
            job.cancelled()

    begun = threading.Event()
    worker = client.worker("q", lease=KEPT)  # told by a renewal at the latest
    end = running(worker, handle)
    id = queue.push("x")
    assert begun.wait(20)
    queue.cancel_job(id, "enough")
    with pytest.raises(distcoord.JobCancelled, match="enough"):
        queue.result(id, timeout=10)
    with pytest.raises(distcoord.JobFailed) as caught:
        queue.result(queue.push("x", timeout=2, retries=0), timeout=10)
    assert caught.value.error_type == "timeout"
    end()
    assert seen == [(True, False), (False, True)]
    assert worker.counts().cancelled == 1


def test_draining_ends_a_run(client: distcoord.Client, queue: distcoord.Queue) -> None:
    ids = queue.push_many([str(number) for number in range(1_000)])
    worker = client.worker("q", concurrency=3)
    worker.drain()
    assert worker.run(lambda job: job.payload) is True
    assert queue.counts()[:5] == (0, 0, 0, 0, 1_000)
    assert queue.result(ids[-1]) == b"999"
    assert worker.counts().processed == 1_000


def test_a_shutdown_finishes_what_is_begun_and_gives_back_the_rest(
    client: distcoord.Client, queue: distcoord.Queue,
) -> None:
    begun, finish = threading.Event(), threading.Event()

    def handle(job: distcoord.Job) -> str:
        begun.set()
        finish.wait(20)
        return "done"

    ids = queue.push_many(["x"] * 30)
    worker = client.worker("q", prefetch=10)
    waiting = in_thread(lambda: worker.run(handle))
    assert begun.wait(20)
    ending = in_thread(lambda: worker.shutdown(20))
    eventually(lambda: worker.counts().ahead == 0 and queue.counts().waiting == 29, "what was claimed ahead is back")
    finish.set()
    assert ending() is True and waiting() is True
    assert queue.result(ids[0]) == b"done"
    assert queue.counts()[:5] == (29, 0, 0, 0, 1)
    assert [job.attempt for job in queue.claim_many(30)] == [1] * 29
    assert client.workers() == []


def test_when_the_grace_is_over_jobs_are_given_back_and_the_run_ends(
    client: distcoord.Client, queue: distcoord.Queue,
) -> None:
    begun, finish = threading.Event(), threading.Event()
    late: list[distcoord.Job] = []

    def handle(job: distcoord.Job) -> str:
        late.append(job)
        begun.set()
        finish.wait(30)
        return "too late"

    id = queue.push("x")
    worker = client.worker("q")
    waiting = in_thread(lambda: worker.run(handle))
    assert begun.wait(20)
    assert worker.shutdown(0.1) is False
    assert waiting() is False, "the run ends although the handler is not done"
    assert late[0].stop_requested
    again = queue.claim(timeout=10)
    assert again is not None and (again.id, again.attempt) == (id, 1)
    finish.set()
    again.complete("mine")
    assert queue.result(id) == b"mine"


def test_a_run_outlives_a_restart_of_the_server(own_server: Server, namespace: str) -> None:
    with distcoord.connect(own_server.url, namespace, timeout=1) as client:
        queue = client.queue("q")
        end = running(client.worker("q", concurrency=2), lambda job: b"r" + job.payload)
        assert queue.result(queue.push("1"), timeout=10) == b"r1"
        own_server.kill()
        time.sleep(0.5)
        own_server.start()
        assert queue.result(queue.push("2"), timeout=20) == b"r2"
        end()


def test_cancelling_ends_a_run(client: distcoord.Client, queue: distcoord.Queue) -> None:
    worker = client.worker("q")
    waiting = in_thread(lambda: worker.run(lambda job: None))
    eventually(lambda: queue.counts().claimers == 1, "it waits")
    worker.cancel()
    with pytest.raises(distcoord.Cancelled):
        waiting()
    pulled = client.worker("q")
    waiting = in_thread(pulled.next)
    eventually(lambda: queue.counts().claimers == 1, "it waits")
    pulled.cancel()
    with pytest.raises(distcoord.Cancelled):
        waiting()


def test_closing_the_client_ends_a_run(server: Server, namespace: str, queue: distcoord.Queue) -> None:
    begun, finish = threading.Event(), threading.Event()

    def handle(job: distcoord.Job) -> None:
        begun.set()
        finish.wait(30)

    queue.push("x")
    own = distcoord.connect(server.url, namespace)
    waiting = in_thread(lambda: own.worker("q").run(handle))
    assert begun.wait(20)
    own.close()
    assert waiting() is False, "what was begun is given back"
    finish.set()
    job = queue.claim(timeout=10)
    assert job is not None and job.attempt == 1


def test_a_system_exit_of_a_handler_ends_the_run_and_gives_the_job_back(
    client: distcoord.Client, queue: distcoord.Queue,
) -> None:
    def handle(job: distcoord.Job) -> None:
        raise SystemExit(3)

    queue.push("x")
    with pytest.raises(SystemExit):
        client.worker("q").run(handle)
    job = queue.claim(timeout=10)
    assert job is not None and job.attempt == 1
