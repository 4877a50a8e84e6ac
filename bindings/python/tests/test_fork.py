"""Forked children: a client works again, what the parent holds stays the parent's."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import traceback
from collections.abc import Callable

import pytest
from support import KEPT, Server, in_thread

import distcoord


def in_child(function: Callable[[], None]) -> None:
    """Runs the function in a forked child and fails with its traceback when it fails there."""
    reading, writing = os.pipe()
    process = os.fork()
    if process == 0:
        status = 1
        try:
            os.close(reading)
            function()
            status = 0
        except BaseException:
            os.write(writing, traceback.format_exc().encode())
        finally:
            os._exit(status)
    os.close(writing)
    with open(reading, "rb") as pipe:
        text = pipe.read().decode()
    _, status = os.waitpid(process, 0)
    assert status == 0, text or f"the child ended with wait status {status}"


def test_the_client_works_in_the_child_with_another_identity(client: distcoord.Client) -> None:
    client.ping()
    parent = client.id

    def child() -> None:
        with client.lock("child") as lock:
            assert lock.owned()
        client.queue("q").push("from the child")
        assert client.id != parent

    in_child(child)
    assert client.id == parent
    job = client.queue("q").claim(timeout=0)
    assert job is not None and job.payload == b"from the child"


def test_a_held_lock_stays_the_parents(client: distcoord.Client) -> None:
    lock = client.lock("x", lease=60)
    assert lock.acquire()

    def child() -> None:
        for call in (lock.release, lock.extend):
            with pytest.raises(distcoord.Forked) as caught:
                call()
            assert isinstance(caught.value, RuntimeError)
        assert client.lock("x").acquire(timeout=0.2) is False

    in_child(child)
    assert lock.owned()
    lock.release()


def test_holds_of_all_kinds_stay_the_parents(client: distcoord.Client) -> None:
    several, reentrant = client.multilock(["a", "b"], lease=60), client.rlock("r", lease=60)
    writing, semaphore = client.rwlock("w", lease=60).write(), client.semaphore("s", 1, lease=60)
    held = [several, reentrant, writing, semaphore]
    for handle in held:
        assert handle.acquire()

    def child() -> None:
        for handle in held:
            with pytest.raises(distcoord.Forked):
                handle.release()
        for handle in (
            client.lock("a"), client.rlock("r"), client.rwlock("w").read(), client.semaphore("s", 1),
        ):
            assert handle.acquire(timeout=0.1) is False, handle
        with client.rwlock("own").write() as hold, client.semaphore("own", 2) as permit:
            assert hold.owned() and permit.owned() and not permit.lost.wait(0)

    in_child(child)
    for handle in held:
        handle.release()


def test_a_leadership_stays_the_parents(client: distcoord.Client) -> None:
    election = client.election("e", lease=60)
    assert election.campaign()

    def child() -> None:
        with pytest.raises(distcoord.Forked):
            election.resign()
        assert client.election("e").campaign(timeout=0.2) is False

    in_child(child)
    assert election.is_leader
    election.resign()


def test_what_is_followed_stays_the_parents(client: distcoord.Client) -> None:
    watch, messages = client.state().watch("k"), client.subscribe("c")
    consumer = client.topic("t").consumer("g", lease=60)
    client.topic("t").publish(1)
    held = consumer.next(timeout=20)
    assert held is not None

    def child() -> None:
        for call in (watch.next, messages.next, consumer.next, lambda: consumer.ack(held)):
            with pytest.raises(distcoord.Forked):
                call()
        for each in (watch, messages):
            each.close()
        client.state().set("k", 1)
        client.publish("c", 2)
        with client.topic("t").consumer("g") as own:
            assert own.next(timeout=0.1) is None, "the parent holds it"
            client.topic("t").publish(3)
            message = own.next(timeout=20)
            assert message is not None and message.value == 3
            message.ack()

    in_child(child)
    assert watch.next(timeout=20).value == 1
    message = messages.next(timeout=20)
    assert message is not None and message.value == 2
    held.ack()
    consumer.close()


def test_a_breaker_and_a_limiter_go_on_in_a_child(client: distcoord.Client) -> None:
    breaker, limiter = client.breaker("b", failures=2), client.limiter("l", 2, per=60)
    assert breaker.call(lambda: 1) == 1 and limiter.acquire()

    def child() -> None:
        assert limiter.acquire(timeout=0) and not limiter.acquire(timeout=0)
        for _ in range(2):
            with pytest.raises(ZeroDivisionError):
                breaker.call(lambda: 1 // 0)
        with pytest.raises(distcoord.BreakerOpen):
            while True:
                breaker.call(lambda: 1)

    in_child(child)
    with pytest.raises(distcoord.BreakerOpen):
        end = time.monotonic() + 20
        while time.monotonic() < end:
            breaker.call(lambda: 1)


def test_a_claimed_job_stays_the_parents(client: distcoord.Client) -> None:
    queue = client.queue("q", lease=60)
    id = queue.push("x")
    job = queue.claim()
    assert job is not None

    def child() -> None:
        for call in (job.complete, job.release, lambda: job.fail("x")):
            with pytest.raises(distcoord.Forked):
                call()
        assert job.payload == b"x"

    in_child(child)
    job.complete(b"by the parent")
    assert queue.result(id) == b"by the parent"


def test_batches_and_queues_of_the_parent_work_in_a_child(client: distcoord.Client) -> None:
    queue, batch = client.queue("q"), client.queue("q").batch()
    queue.push("parent", batch=batch)

    def child() -> None:
        queue.push("child", batch=batch, headers={"a": "b"})
        batch.seal()
        assert batch.counts() == (2, 0, 0, 0, True)
        queue.set_key_limit(3)
        queue.cancel_job(queue.jobs()[0].id)

    in_child(child)
    assert batch.counts() == (2, 0, 0, 1, True) and queue.settings().key_limit == 3
    job = queue.claim(timeout=5)
    assert job is not None and (job.payload, job.headers) == (b"child", {"a": "b"})
    job.complete()
    assert batch.wait(timeout=5).done


def test_a_child_that_drops_handles_gives_nothing_back(client: distcoord.Client, other: distcoord.Client) -> None:
    handles = [client.lock("x", lease=60), client.election("e", lease=60)]
    handles[0].acquire()
    handles[1].campaign()
    client.queue("q").push("x")
    jobs = client.queue("q", lease=60).claim_many(1)

    def child() -> None:
        handles.clear()
        jobs.clear()

    in_child(child)
    assert other.lock("x").acquire(timeout=0.2) is False
    assert other.election("e").campaign(timeout=0) is False
    assert other.queue("q").claim(timeout=0) is None
    jobs[0].complete()


def test_closing_in_the_child_leaves_the_parents_things_alone(
    client: distcoord.Client, other: distcoord.Client,
) -> None:
    lock = client.lock("x", lease=60)
    assert lock.acquire()
    in_child(client.close)
    assert other.lock("x").acquire(timeout=0.2) is False
    lock.release()
    assert client.ping() >= 0


def test_a_child_that_ends_as_a_program_does(server: Server, namespace: str) -> None:
    """Exit functions run in a child that leaves by sys.exit; they must not close what is the parent's."""
    program = """
import distcoord, os, sys
client = distcoord.connect(sys.argv[1], sys.argv[2])
lock = client.lock("x", lease=60)
lock.acquire()
process = os.fork()
if process == 0:
    client.lock("y").acquire()
    sys.exit(7)
_, status = os.waitpid(process, 0)
assert os.waitstatus_to_exitcode(status) == 7, status
assert lock.owned() and client.lock("x").acquire(timeout=0.1) is False
assert client.lock("y").acquire(timeout=0) is True, "the child's own lock was given back at its end"
lock.release()
"""
    run = subprocess.run(
        [sys.executable, "-c", program, server.url, namespace], stderr=subprocess.PIPE, text=True, timeout=30)
    assert run.returncode == 0, run.stderr


def test_threads_of_a_child(client: distcoord.Client) -> None:
    client.ping()

    def child() -> None:
        lock, queue = client.lock("x", lease=KEPT), client.queue("q")
        end = time.monotonic() + 0.7

        def work() -> None:
            while time.monotonic() < end:
                for _ in range(50):
                    lock.owned()
                try:
                    with lock:
                        queue.push("x")
                except distcoord.LockLost:  # a hand-over lasts a second at first, and the machine may stand still
                    pass

        waits = [in_thread(work) for _ in range(4)]
        work()
        for wait in waits:
            wait()

    for _ in range(3):
        in_child(child)


def test_many_children_at_once(client: distcoord.Client) -> None:
    client.ping()
    processes = []
    for number in range(8):
        process = os.fork()
        if process == 0:
            try:
                for _ in range(60):
                    client.queue("q").push(str(number))
                    with client.lock("x"):
                        pass
                os._exit(0)
            finally:
                os._exit(1)
        processes.append(process)
    for process in processes:
        assert os.waitpid(process, 0)[1] == 0
    assert client.queue("q").counts().waiting == 480
