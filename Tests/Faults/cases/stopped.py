"""SIGSTOP past the lease, then SIGCONT: what was lost is told, and never does harm."""

import signal
import time

from harness import Failure, Ring

LEASE = 500


def lock_holder(ring: Ring) -> None:
    ring.server()
    holder, next_one = ring.actor(), ring.actor()
    first = holder.ask(f"lock.acquire x lease={LEASE}", "OK").number("fence")
    holder.stop()
    second = next_one.ask("lock.acquire x wait=20000", "OK").number("fence")
    holder.go_on()
    if holder.ask("lock.state x", "OK")["state"] != "lost":
        raise Failure("the holder does not know that it lost the lock")
    holder.ask("lock.release x", "LOST")
    if second <= first:
        raise Failure("the fence did not grow")
    if next_one.ask("lock.state x", "OK")["state"] != "held":
        raise Failure("the next holder was harmed")
    if ring.watcher().ask("lock.show x", "OK").number("fence") != second:
        raise Failure("the server says otherwise")


def leader(ring: Ring) -> None:
    ring.server()
    leading, next_one = ring.actor(), ring.actor()
    first = leading.ask(f"election.campaign e lease={LEASE}", "OK").number("term")
    leading.stop()
    second = next_one.ask("election.campaign e wait=20000", "OK").number("term")
    leading.go_on()
    if leading.ask("election.leads e", "OK")["leads"] != "no":
        raise Failure("two leaders")
    leading.ask("election.resign e", "LOST")
    if second <= first:
        raise Failure("the term did not grow")
    if next_one.ask("election.leads e", "OK")["leads"] != "yes":
        raise Failure("the next leader was harmed")


def worker_with_a_job(ring: Ring) -> None:
    ring.server()
    worker, next_one = ring.actor(), ring.actor()
    ring.watcher().ask("queue.push q payload=x backoff=0", "OK")
    first = worker.ask(f"queue.claim q wait=0 lease={LEASE}", "OK")
    worker.stop()
    second = next_one.ask("queue.claim q wait=20000", "OK")
    worker.go_on()
    if worker.ask(f"job.lost {first['id']}", "OK")["lost"] != "yes":
        raise Failure("the worker does not know that it lost the job")
    worker.ask(f"job.complete {first['id']} result=late", "LOST")
    if second.number("fence") <= first.number("fence") or second["attempt"] != "2":
        raise Failure(f"first {first}, second {second}")
    next_one.ask(f"job.complete {second['id']} result=right", "OK")
    if ring.watcher().ask(f"queue.result q id={first['id']} wait=0", "OK")["result"] != "right":
        raise Failure("the wrong result")


def lock_waiter_that_is_granted(ring: Ring) -> None:
    """A grant to a stopped process is passed on; the process goes on waiting when it wakes."""
    ring.server()
    holder, paused, waiter = ring.actor(), ring.actor(), ring.actor()
    holder.ask("lock.acquire x", "OK")
    paused.begin("lock.acquire x wait=60000")
    ring.waiting("lock.show x", 1)
    waiter.begin("lock.acquire x wait=60000")
    ring.waiting("lock.show x", 2)
    paused.stop()
    holder.ask("lock.release x", "OK")
    fence = waiter.expect("OK", seconds=8).number("fence")
    paused.go_on()
    time.sleep(0.5)
    if paused.has_answer():
        raise Failure(f"it answers while another holds the lock: {paused.answer()}")
    waiter.ask("lock.release x", "OK")
    if paused.expect("OK", seconds=10).number("fence") <= fence:
        raise Failure("the fence did not grow")


def claimer_that_is_handed_a_job(ring: Ring) -> None:
    """A job handed to a stopped claimer is run by another one, and completed once."""
    ring.server()
    paused, worker = ring.actor(), ring.actor()
    paused.begin("queue.claim q wait=60000 lease=1000")
    ring.waiting("queue.counts q", 1, "claimers")
    paused.stop()
    id = ring.watcher().ask("queue.push q payload=x backoff=0", "OK")["id"]
    job = worker.ask("queue.claim q wait=60000", "OK", seconds=10)
    if job["id"] != id:
        raise Failure(f"another job: {job}")
    paused.go_on()
    worker.ask(f"job.complete {id} result=right", "OK")
    ring.watcher().ask("queue.push q payload=second", "OK")
    # It was told of the first job, or not; in no case may it complete it.
    late = paused.expect("OK", seconds=10)
    if late["id"] == id:
        paused.ask(f"job.complete {id} result=late", "LOST")
    counts = ring.watcher().ask("queue.counts q", "OK")
    if counts["completed"] != "1":
        raise Failure(f"afterwards: {counts}")
    if ring.watcher().ask(f"queue.result q id={id} wait=0", "OK")["result"] != "right":
        raise Failure("the wrong result")


def server_for_a_while(ring: Ring) -> None:
    """The server itself stops and goes on within the lease: nothing is lost."""
    server = ring.server()
    holder = ring.actor()
    holder.ask("lock.acquire x lease=6000", "OK")
    assert server.process is not None
    server.process.send_signal(signal.SIGSTOP)
    time.sleep(1.0)
    server.process.send_signal(signal.SIGCONT)
    time.sleep(2.5)
    if holder.ask("lock.state x", "OK")["state"] != "held":
        raise Failure("the lock was lost")
    holder.ask("lock.release x", "OK")
