"""kill -9 of each kind of holder and waiter: what it held comes back within its lease, and who waits goes on."""

import time

from harness import Failure, Ring, soon

LEASE = 3000
# Above the lease: how long the next one may take to notice and get it. Generous for a loaded machine; jobs are promised
# within lease + 1 s.
SLACK = 1.5


def lock_holder(ring: Ring) -> None:
    ring.server()
    holder, waiter = ring.actor(), ring.actor()
    first = holder.ask(f"lock.acquire x lease={LEASE}", "OK").number("fence")
    waiter.begin("lock.acquire x wait=60000")
    ring.waiting("lock.show x", 1)
    holder.kill()
    start = time.monotonic()
    if waiter.expect("OK").number("fence") <= first:
        raise Failure("the fence did not grow")
    soon(start, 0.2, LEASE / 1000 + SLACK)


def lock_waiter_at_the_head(ring: Ring) -> None:
    ring.server()
    holder, doomed, waiter = ring.actor(), ring.actor(), ring.actor()
    holder.ask("lock.acquire x", "OK")
    doomed.begin("lock.acquire x wait=60000")
    ring.waiting("lock.show x", 1)
    waiter.begin("lock.acquire x wait=60000")
    ring.waiting("lock.show x", 2)
    doomed.kill()
    start = time.monotonic()
    holder.ask("lock.release x", "OK")
    waiter.expect("OK")
    soon(start, 0, SLACK)
    waiter.ask("lock.release x", "OK")
    ring.watcher().ask("lock.show x", "EMPTY")


def lock_holder_and_all_waiters(ring: Ring) -> None:
    ring.server()
    holder = ring.actor()
    holder.ask(f"lock.acquire x lease={LEASE}", "OK")
    doomed = [ring.actor() for _ in range(5)]
    for count, actor in enumerate(doomed, 1):
        actor.begin(f"lock.acquire x wait=60000 lease={LEASE}")
        ring.waiting("lock.show x", count)
    for actor in [holder, *doomed]:
        actor.kill()
    start = time.monotonic()
    ring.actor().ask("lock.acquire x wait=60000", "OK")
    soon(start, 0, LEASE / 1000 + SLACK)


def leader(ring: Ring) -> None:
    ring.server()
    leading, candidate = ring.actor(), ring.actor()
    first = leading.ask(f"election.campaign e lease={LEASE}", "OK").number("term")
    candidate.begin(f"election.campaign e lease={LEASE} wait=60000")
    ring.waiting("election.leader e", 1, "candidates")
    leading.kill()
    start = time.monotonic()
    if candidate.expect("OK").number("term") <= first:
        raise Failure("the term did not grow")
    soon(start, 0.2, LEASE / 1000 + SLACK)


def candidate(ring: Ring) -> None:
    ring.server()
    leading, doomed, next_one = ring.actor(), ring.actor(), ring.actor()
    leading.ask("election.campaign e", "OK")
    doomed.begin("election.campaign e wait=60000")
    ring.waiting("election.leader e", 1, "candidates")
    next_one.begin("election.campaign e wait=60000")
    ring.waiting("election.leader e", 2, "candidates")
    doomed.kill()
    start = time.monotonic()
    leading.ask("election.resign e", "OK")
    next_one.expect("OK")
    soon(start, 0, SLACK)


def barrier_party(ring: Ring) -> None:
    ring.server()
    doomed, first, second, third = (ring.actor() for _ in range(4))
    doomed.begin("barrier.wait b parties=3 wait=60000")
    ring.waiting("barrier.show b parties=3", 1)
    first.begin("barrier.wait b parties=3 wait=60000")
    ring.waiting("barrier.show b parties=3", 2)
    doomed.kill()
    second.begin("barrier.wait b parties=3 wait=60000")
    # It looks full, but one of the three is dead: nobody goes on until a third living party comes.
    time.sleep(0.5)
    if first.has_answer() or second.has_answer():
        raise Failure("the barrier opened for two living parties")
    third.ask("barrier.wait b parties=3 wait=60000", "OK")
    first.expect("OK")
    second.expect("OK")
    shown = ring.watcher().ask("barrier.show b parties=3", "OK")
    if (shown["generation"], shown["waiting"], shown["broken"]) != ("1", "0", "no"):
        raise Failure(f"afterwards: {shown}")


def claimer(ring: Ring) -> None:
    ring.server()
    doomed, next_one = ring.actor(), ring.actor()
    doomed.begin("queue.claim q wait=60000")
    ring.waiting("queue.counts q", 1, "claimers")
    next_one.begin("queue.claim q wait=60000")
    ring.waiting("queue.counts q", 2, "claimers")
    doomed.kill()
    start = time.monotonic()
    ring.watcher().ask("queue.push q payload=x", "OK")
    job = next_one.expect("OK")
    soon(start, 0, SLACK)
    if job["attempt"] != "1":
        raise Failure(f"the dead claimer cost an attempt: {job}")


def worker_with_a_job(ring: Ring) -> None:
    ring.server()
    worker, next_one = ring.actor(), ring.actor()
    ring.watcher().ask("queue.push q payload=x backoff=0", "OK")
    first = worker.ask(f"queue.claim q wait=0 lease={LEASE}", "OK").number("fence")
    next_one.begin("queue.claim q wait=60000")
    ring.waiting("queue.counts q", 1, "claimers")
    worker.kill()
    start = time.monotonic()
    job = next_one.expect("OK")
    soon(start, 0.2, LEASE / 1000 + SLACK)
    if job["attempt"] != "2" or job.number("fence") <= first:
        raise Failure(f"the second attempt is {job}, the first had fence {first}")
    next_one.ask(f"job.complete {job['id']} result=done", "OK")
    counts = ring.watcher().ask("queue.counts q", "OK")
    if (counts["completed"], counts["active"], counts["waiting"]) != ("1", "0", "0"):
        raise Failure(f"afterwards: {counts}")


def job_that_kills_its_workers(ring: Ring) -> None:
    ring.server()
    pushed = ring.watcher().ask("queue.push q payload=poison attempts=2 backoff=0", "OK")
    for attempt in ("1", "2"):
        worker = ring.actor()
        job = worker.ask("queue.claim q wait=20000 lease=300", "OK")
        if job["attempt"] != attempt:
            raise Failure(f"wanted attempt {attempt}: {job}")
        worker.kill()
    # It ends dead, also when nobody claims any more: whoever asks for the result is told.
    ended = ring.watcher().ask(f"queue.result q id={pushed['id']} wait=20000", "OK")
    if ended["state"] != "dead":
        raise Failure(f"it ended {ended}")
    ring.watcher().ask("queue.claim q wait=0", "NONE")


def waiter_for_a_result(ring: Ring) -> None:
    ring.server()
    worker, doomed, asker = ring.actor(), ring.actor(), ring.actor()
    id = worker.ask("queue.push q payload=x", "OK")["id"]
    worker.ask("queue.claim q wait=0", "OK")
    doomed.begin(f"queue.result q id={id} wait=60000")
    asker.begin(f"queue.result q id={id} wait=60000")
    time.sleep(0.2)
    doomed.kill()
    worker.ask(f"job.complete {id} result=done", "OK")
    asker.expect("OK", seconds=5)
