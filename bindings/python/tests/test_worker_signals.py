"""The end of worker programs: SIGTERM, Ctrl-C, kills."""

from __future__ import annotations

import signal
import time

import pytest
from support import KEPT, Child, Server, eventually, promptly

import distcoord

WORKER = """
def handle(job):
    say(f"begins {job.payload.decode()}")
    if job.payload == b"long":
        os.read(0, 10)  # until the test tells it to go on; `input` would keep a lock that the end of Python wants
    return b"done"
worker = client.worker("q", grace=20, prefetch=5)
"""


@pytest.fixture
def queue(client: distcoord.Client) -> distcoord.Queue:
    return client.queue("q")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_first_signal_finishes_what_is_begun(
    number: signal.Signals, queue: distcoord.Queue, server: Server, namespace: str,
) -> None:
    program = WORKER + """
say(f"ended {worker.run(handle, signals=True)}")
assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
"""
    ids = queue.push_many(["long", "next", "next"])
    with Child(server, namespace, program) as child:
        child.expect("begins long")
        child.signal(number)
        eventually(lambda: queue.counts().waiting == 2, "what it had claimed ahead is back")
        assert queue.counts().active == 1
        child.tell()
        child.expect("ended True")
        assert child.finish() == 0, child.errors()
    assert queue.result(ids[0], timeout=0) == b"done"
    assert [job.attempt for job in queue.claim_many(5)] == [1, 1]


def test_the_second_signal_gives_back_at_once(queue: distcoord.Queue, server: Server, namespace: str) -> None:
    queue.push("long")
    with Child(server, namespace, WORKER + 'say(f"ended {worker.run(handle, signals=True)}")') as child:
        child.expect("begins long")
        child.signal(signal.SIGTERM)
        eventually(lambda: queue.counts().claimers == 0, "it claims no more")
        time.sleep(0.3)  # the first signal is at work now; it would wait for 20 seconds
        assert queue.counts().active == 1
        child.signal(signal.SIGTERM)
        child.expect("ended False")
        assert child.finish() == 0, child.errors()
    job = queue.claim(timeout=5)
    assert job is not None and job.attempt == 1


def test_the_grace_bounds_the_end(queue: distcoord.Queue, server: Server, namespace: str) -> None:
    queue.push("long")
    program = WORKER.replace("grace=20", "grace=0.3") + 'say(f"ended {worker.run(handle, signals=True)}")'
    with Child(server, namespace, program) as child:
        child.expect("begins long")
        child.signal(signal.SIGTERM)
        child.expect("ended False")
        assert child.finish() == 0, child.errors()
    job = queue.claim(timeout=5)
    assert job is not None and job.attempt == 1


def test_an_idle_worker_ends_promptly(queue: distcoord.Queue, server: Server, namespace: str) -> None:
    def end() -> float:
        with Child(server, namespace, WORKER + 'say(f"ended {worker.run(handle, signals=True)}")') as child:
            eventually(lambda: queue.counts().claimers == 1, "it waits")
            began = time.monotonic()
            child.signal(signal.SIGTERM)
            child.expect("ended True")
            took = time.monotonic() - began
            assert child.finish() == 0, child.errors()
        return took

    promptly(end)


@pytest.mark.parametrize("call", ["worker.run(handle)", "worker.next()", "next(iter(worker))"])
def test_ctrl_c_without_signal_handling(call: str, queue: distcoord.Queue, server: Server, namespace: str) -> None:
    program = WORKER + f"""
try:
    {call}
    say("went on")
except KeyboardInterrupt:
    say("interrupted")
"""
    def interrupt() -> float:
        with Child(server, namespace, program) as child:
            eventually(lambda: queue.counts().claimers == 1, "it waits")
            began = time.monotonic()
            child.signal(signal.SIGINT)
            child.expect("interrupted")
            took = time.monotonic() - began
            assert child.finish() == 0, child.errors()
        assert queue.counts().claimers == 0
        return took

    promptly(interrupt)


def test_ctrl_c_gives_back_what_a_handler_works_on(queue: distcoord.Queue, server: Server, namespace: str) -> None:
    queue.push("long")
    program = WORKER + """
try:
    worker.run(handle)
except KeyboardInterrupt:
    say("interrupted")
"""
    with Child(server, namespace, program) as child:
        child.expect("begins long")
        child.signal(signal.SIGINT)
        child.expect("interrupted")
        job = queue.claim(timeout=5)
        assert job is not None and job.attempt == 1
        assert child.finish() == 0, child.errors()


def test_ctrl_c_ends_a_shutdown_that_waits(queue: distcoord.Queue, server: Server, namespace: str) -> None:
    queue.push("x")
    program = """
worker = client.worker("q")
job = worker.next()
try:
    say("waits")
    worker.shutdown(60)
    say("went on")
except KeyboardInterrupt:
    say("interrupted")
"""
    def interrupt() -> float:
        with Child(server, namespace, program) as child:
            child.expect("waits")
            time.sleep(0.2)
            began = time.monotonic()
            child.signal(signal.SIGINT)
            child.expect("interrupted")
            took = time.monotonic() - began
            assert child.finish() == 0, child.errors()
        return took

    promptly(interrupt)
    job = queue.claim(timeout=5)
    assert job is not None and job.attempt == 1


def test_signals_need_the_main_thread(client: distcoord.Client) -> None:
    from support import in_thread

    waiting = in_thread(lambda: client.worker("q").run(lambda job: None, signals=True))
    with pytest.raises(distcoord.InvalidArgument, match="main thread"):
        waiting()


def test_jobs_of_a_killed_worker_go_to_another(queue: distcoord.Queue, server: Server, namespace: str) -> None:
    id = queue.push("long")
    with Child(server, namespace, WORKER.replace("grace=20", f"lease={KEPT}") + "worker.run(handle)") as child:
        child.expect("begins long")
        child.signal(signal.SIGKILL)
        job = queue.claim(timeout=10)
        assert job is not None and (job.id, job.attempt) == (id, 2)
        job.complete()


def test_a_handler_that_keeps_the_interpreter_lock_keeps_its_job(
    queue: distcoord.Queue, server: Server, namespace: str,
) -> None:
    """The library renews leases in a thread of its own that needs no interpreter lock."""
    program = f"""
import ctypes
def handle(job):
    say("begins")
    end = time.monotonic() + {KEPT * 4 / 3}
    while time.monotonic() < end:
        ctypes.PyDLL(None).usleep(200_000)  # called with the interpreter lock held
    return b"kept"
worker = client.worker("q", lease={KEPT})
worker.drain()
say(f"ended {{worker.run(handle)}}")
"""
    id = queue.push("x")
    with Child(server, namespace, program) as child:
        child.expect("begins")
        assert queue.claim(timeout=KEPT * 7 / 6) is None, "its lease is renewed"
        child.expect("ended True")
        assert child.finish() == 0, child.errors()
    assert queue.result(id, timeout=5) == b"kept" and queue.counts().failed == 0
