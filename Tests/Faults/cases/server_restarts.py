"""The server is killed and started again in the middle of each primitive, with its data (AOF) and without."""

import time

from harness import Actor, Failure, Ring, eventually, soon

DOWN = 0.3


def lock_held_durable(ring: Ring) -> None:
    server = ring.server(durable=True)
    holder, waiter = ring.actor(), ring.actor()
    first = holder.ask("lock.acquire x lease=5000", "OK").number("fence")
    waiter.begin("lock.acquire x wait=60000")
    ring.waiting("lock.show x", 1)
    server.restart(after=DOWN)
    if holder.ask("lock.state x", "OK")["state"] != "held":
        raise Failure("an outage shorter than the lease lost the lock")
    if waiter.has_answer():
        raise Failure(f"the waiter has it, too: {waiter.answer()}")
    holder.ask("lock.release x", "OK")
    if waiter.expect("OK", seconds=15).number("fence") <= first:
        raise Failure("the fence did not grow")
    waiter.ask("lock.release x", "OK")


def lock_held_volatile(ring: Ring) -> None:
    """All data is gone. The lock is free for others, with a higher fence; the old holder is told."""
    server = ring.server()
    holder, other = ring.actor(), ring.actor()
    first = holder.ask("lock.acquire x lease=3000", "OK").number("fence")
    server.restart(after=DOWN)
    if other.ask("lock.acquire x wait=10000", "OK").number("fence") <= first:
        raise Failure("the fence did not grow over a server that forgot everything")
    eventually("the old holder is told", lambda: holder.ask("lock.state x")["state"] == "lost", 5)
    holder.ask("lock.release x", "LOST")
    if other.ask("lock.state x", "OK")["state"] != "held":
        raise Failure("the new holder was harmed")
    other.ask("lock.release x", "OK")


def lock_outage_longer_than_the_lease(ring: Ring) -> None:
    """Told while the server is still away, by the holder's own clock."""
    server = ring.server(durable=True)
    holder = ring.actor()
    holder.ask("lock.acquire x lease=1000", "OK")
    server.kill()
    start = time.monotonic()
    eventually("lost", lambda: holder.ask("lock.state x")["state"] == "lost", 3)
    soon(start, 0, 1.2)
    server.start()
    holder.ask("lock.release x", "LOST")
    # With the lease over it is free again for anybody.
    holder.ask("lock.acquire x wait=5000", "OK")
    holder.ask("lock.release x", "OK")


def lock_waiters_keep_their_order(ring: Ring) -> None:
    server = ring.server(durable=True)
    holder, waiters = _line(ring)
    server.restart(after=DOWN)
    # A release before they listen again would find nobody, and the lock would go to the first who comes back.
    eventually("all listen again", lambda: len(server.command("PUBSUB", "CHANNELS").split()) >= len(waiters))
    holder.ask("lock.release x", "OK")
    for actor in waiters:
        actor.expect("OK", seconds=20)
        actor.ask("lock.release x", "OK")


def lock_waiters_of_a_forgetful_server(ring: Ring) -> None:
    """The server has forgotten lock and line: the lock goes to whoever comes back first, and to one at a time."""
    server = ring.server()
    holder, waiters = _line(ring)
    server.restart(after=DOWN)
    holder.ask("lock.release x")
    fence = 0
    while waiters:
        eventually("one of them has it", lambda: any(actor.has_answer() for actor in waiters), 20)
        time.sleep(0.1)
        holders = [actor for actor in waiters if actor.has_answer()]
        if len(holders) != 1:
            raise Failure(f"{len(holders)} hold the lock")
        before, fence = fence, holders[0].expect("OK").number("fence")
        if fence <= before:
            raise Failure("the fence did not grow")
        holders[0].ask("lock.release x", "OK")
        waiters.remove(holders[0])


def _line(ring: Ring) -> tuple[Actor, list[Actor]]:
    """A holder and three who wait."""
    holder, waiters = ring.actor(), [ring.actor() for _ in range(3)]
    holder.ask("lock.acquire x lease=2000", "OK")
    for count, actor in enumerate(waiters, 1):
        actor.begin("lock.acquire x wait=60000")
        ring.waiting("lock.show x", count)
    return holder, waiters


def leadership(ring: Ring) -> None:
    for durable in (True, False):
        server = ring.server(durable)
        leader, candidate, observer = (ring.actor() for _ in range(3))
        term = leader.ask("election.campaign e value=a lease=2000", "OK").number("term")
        candidate.begin("election.campaign e value=b lease=2000 wait=60000")
        eventually("a candidate", lambda: observer.ask("election.leader e").keys.get("candidates") == "1")
        server.restart(after=DOWN)
        if durable:
            if leader.ask("election.leads e", "OK")["leads"] != "yes" or candidate.has_answer():
                raise Failure("the leadership did not survive an outage shorter than its lease")
            leader.ask("election.resign e", "OK")
        if candidate.expect("OK", seconds=20).number("term") <= term:
            raise Failure(f"durable={durable}: the term did not grow")
        if not durable:
            eventually("the old leader is told", lambda: leader.ask("election.leads e")["leads"] == "no", 5)
        if observer.ask("election.leader e", "OK")["value"] != "b":
            raise Failure("another leads")


def election_watched(ring: Ring) -> None:
    server = ring.server()
    observer, leader = ring.actor(), ring.actor()
    observer.begin("election.watch e")
    time.sleep(0.2)
    server.restart(after=DOWN)
    leader.ask("election.campaign e value=a", "OK")
    if observer.expect("OK", seconds=20)["value"] != "a":
        raise Failure("it saw another leader")


def barrier(ring: Ring) -> None:
    for durable in (True, False):
        server = ring.server(durable)
        first, second, third, watcher = (ring.actor() for _ in range(4))
        first.begin("barrier.wait b parties=3 wait=60000")
        eventually("one waits", lambda: watcher.ask("barrier.show b parties=3")["waiting"] == "1")
        server.restart(after=DOWN)
        second.begin("barrier.wait b parties=3 wait=60000")
        third.begin("barrier.wait b parties=3 wait=60000")
        indexes = {actor.expect("OK", seconds=25)["index"] for actor in (first, second, third)}
        if indexes != {"0", "1", "2"}:
            raise Failure(f"durable={durable}: indexes {sorted(indexes)}")


def claimer(ring: Ring) -> None:
    for durable in (True, False):
        server = ring.server(durable)
        worker, producer = ring.actor(), ring.actor()
        worker.begin("queue.claim q wait=60000")
        eventually("it waits", lambda: producer.ask("queue.counts q")["claimers"] == "1")
        server.restart(after=DOWN)
        id = producer.ask("queue.push q payload=x", "OK")["id"]
        if worker.expect("OK", seconds=20)["id"] != id:
            raise Failure("another job")
        worker.ask(f"job.complete {id}", "OK")


def job_durable(ring: Ring) -> None:
    """What was pushed and claimed is still so; the worker completes; who waits for the result is told."""
    server = ring.server(durable=True)
    producer, worker, asker = ring.actor(), ring.actor(), ring.actor()
    for number in range(20):
        producer.ask(f"queue.push q payload={number} id=job-{number}", "OK")
    worker.ask("queue.claim q wait=0 lease=5000", "OK")
    asker.begin("queue.result q id=job-0 wait=60000")
    time.sleep(0.2)
    server.restart(after=DOWN)
    counts = producer.ask("queue.counts q", "OK")
    if (counts["waiting"], counts["active"]) != ("19", "1"):
        raise Failure(f"after the restart: {counts}")
    worker.ask("job.complete job-0 result=done", "OK")
    if asker.expect("OK", seconds=20)["result"] != "done":
        raise Failure("another result")
    producer.ask("queue.push q payload=x id=job-7", "EXISTS")


def job_volatile(ring: Ring) -> None:
    server = ring.server()
    producer, worker = ring.actor(), ring.actor()
    producer.ask("queue.push q payload=x id=mine", "OK")
    worker.ask("queue.claim q wait=0 lease=2000", "OK")
    server.restart(after=DOWN)
    # The server knows nothing of it: nothing is accepted, and the id is free again.
    worker.ask("job.complete mine", "LOST")
    producer.ask("queue.result q id=mine wait=0", "NOT_FOUND")
    producer.ask("queue.push q payload=x id=mine", "OK")


def push_during_an_outage(ring: Ring) -> None:
    """A push rides the outage out, within the command timeout, and happens once."""
    server = ring.server(durable=True)
    producer = ring.actor()
    producer.ask("queue.push q payload=before", "OK")
    server.kill()
    producer.begin("queue.push q payload=during")
    time.sleep(0.8)
    if producer.has_answer():
        raise Failure(f"it did not wait: {producer.answer()}")
    server.start()
    producer.expect("OK", seconds=10)
    if producer.ask("queue.counts q", "OK")["waiting"] != "2":
        raise Failure("not exactly one more job")


def outage_longer_than_the_timeout(ring: Ring) -> None:
    """A call ends with an error within its timeout; a wait goes on; both work again afterwards."""
    server = ring.server(durable=True)
    caller, waiter = ring.actor(timeout_ms=800), ring.actor(timeout_ms=800)
    caller.ask("lock.acquire x lease=20000", "OK")
    waiter.begin("lock.acquire x wait=60000")
    ring.waiting("lock.show x", 1)
    server.kill()
    start = time.monotonic()
    answer = caller.ask("queue.push q payload=x", seconds=5)
    took = time.monotonic() - start
    if answer.status not in ("ERROR_UNREACHABLE", "ERROR_NO_REPLY") or took > 4:
        raise Failure(f"{answer} after {took:.1f} s")
    time.sleep(1)
    if waiter.has_answer():
        raise Failure(f"the wait ended: {waiter.answer()}")
    server.start()
    caller.ask("queue.push q payload=x", "OK")
    caller.ask("lock.release x", "OK")
    waiter.expect("OK", seconds=15)


def again_and_again(ring: Ring) -> None:
    """Ten restarts under load: every job is completed exactly once."""
    server = ring.server(durable=True)
    producer = ring.actor()
    workers = [ring.actor() for _ in range(3)]
    total, done = 200, set()
    pushed = 0
    for worker in workers:
        worker.begin("queue.claim q wait=60000 lease=3000")
    restarts = 0
    deadline = time.monotonic() + 60
    while len(done) < total:
        if time.monotonic() > deadline:
            raise Failure(f"{len(done)} of {total} after 60 s: {ring.watcher().ask('queue.counts q')}")
        if pushed < total:
            producer.ask(f"queue.push q payload=x id=job-{pushed} backoff=0", "OK")
            pushed += 1
        if pushed * 10 // total > restarts:
            restarts += 1
            server.restart()
        for worker in workers:
            if not worker.has_answer():
                continue
            job = worker.expect("OK")
            if worker.ask(f"job.complete {job['id']}").status == "OK":
                if job["id"] in done:
                    raise Failure(f"{job['id']} was completed twice")
                done.add(job["id"])
            worker.begin("queue.claim q wait=60000")
        time.sleep(0.001)
    counts = ring.watcher().ask("queue.counts q", "OK")
    if (counts["completed"], counts["waiting"], counts["active"], counts["dead"]) != (str(total), "0", "0", "0"):
        raise Failure(f"at the end: {counts}")
