"""Queues under lost messages, kills and restarts: keys, dependencies, batches, what is done to jobs from outside."""

import time

from harness import LOSSES, Failure, Ring, eventually, lose, lossy


def _counts(ring: Ring, **wanted: int) -> None:
    had = ring.watcher().ask("queue.counts target", "OK")
    if any(had[key] != str(value) for key, value in wanted.items()):
        raise Failure(f"wanted {wanted}: {had}")


def push_under_a_unique_key(ring: Ring) -> None:
    """The push whose reply is lost is not refused because of itself; one that replaces replaces once."""
    proxy, actor = lossy(ring)
    for how in LOSSES:
        first = lose(proxy, actor, "queue.push target payload=1 unique=k", how)
        refused = lose(proxy, actor, "queue.push target payload=2 unique=k", how, "EXISTS")
        if refused["id"] != first["id"]:
            raise Failure(f"refused for {refused}, the holder is {first}")
        _counts(ring, waiting=1)
        last = lose(proxy, actor, "queue.push target payload=3 unique=k mode=replace", how)
        _counts(ring, waiting=1)
        ring.watcher().ask("queue.claim target wait=0", "OK")
        ring.watcher().ask(f"job.complete {last['id']}", "OK")
    _counts(ring, waiting=0, completed=2, cancelled=2)


def push_into_a_batch(ring: Ring) -> None:
    """Counted once, sealed once."""
    proxy, actor = lossy(ring)
    for number, how in enumerate(LOSSES):
        batch = f"b{number}"
        lose(proxy, actor, f"queue.push target payload=1 batch={batch}", how)
        lose(proxy, actor, f"queue.push target payload=2 batch={batch}", how)
        lose(proxy, actor, f"queue.batch_seal target id={batch}", how)
        ring.watcher().ask(f"queue.push target payload=3 batch={batch}", "ERROR_CONFLICT")
        for _ in range(2):
            job = actor.ask("queue.claim target wait=0", "OK")
            lose(proxy, actor, f"job.complete {job['id']} result=target", how)
        counts = ring.watcher().ask(f"queue.batch_wait target id={batch} wait=0", "OK")
        if (counts["total"], counts["completed"]) != ("2", "2"):
            raise Failure(f"{counts}")


def a_batch_is_waited_for_over_a_lost_connection(ring: Ring) -> None:
    proxy, actor = lossy(ring)
    for number, is_back in enumerate((False, True)):
        id = ring.watcher().ask(f"queue.push target payload=1 batch=b{number}", "OK")["id"]
        ring.watcher().ask(f"queue.batch_seal target id=b{number}", "OK")
        actor.begin(f"queue.batch_wait target id=b{number} wait=30000")
        time.sleep(0.2)
        proxy.cut_all()
        if is_back:
            time.sleep(0.5)
        ring.watcher().ask("queue.claim target wait=0", "OK")
        ring.watcher().ask(f"job.complete {id}", "OK")
        counts = actor.expect("OK", seconds=20)
        if counts["completed"] != "1":
            raise Failure(f"{counts}")


def push_after_others(ring: Ring) -> None:
    """What is released is released once, whichever message is lost."""
    proxy, actor = lossy(ring)
    for how in LOSSES:
        first = lose(proxy, actor, "queue.push target payload=target", how)
        second = lose(proxy, actor, f"queue.push target payload=2 after={first['id']}", how)
        _counts(ring, waiting=1, blocked=1)
        actor.ask("queue.claim target wait=0", "OK")
        lose(proxy, actor, f"job.complete {first['id']} result=target", how)
        _counts(ring, waiting=1, blocked=0)
        ring.watcher().ask("queue.claim target wait=0", "OK")
        ring.watcher().ask(f"job.complete {second['id']}", "OK")
    _counts(ring, waiting=0, completed=4)


def settle_otherwise(ring: Ring) -> None:
    """Cancelled, given back for a while, failed with a delay: once each, though the reply is lost."""
    proxy, actor = lossy(ring)
    for number, how in enumerate(LOSSES):
        ids = [ring.watcher().ask("queue.push target payload=x", "OK")["id"] for _ in range(3)]
        for id in ids:
            actor.ask("queue.claim target wait=0", "OK")
        lose(proxy, actor, f"job.progress {ids[0]} percent=10 text=target", how)
        ring.watcher().ask(f"queue.cancel target id={ids[0]}", "OK")
        proxy.next("EVAL", how)
        actor.ask(f"job.cancelled {ids[0]}", "OK")
        proxy.next("EVAL", how)
        actor.ask(f"job.release {ids[1]} delay=60000", "OK")
        proxy.next("EVAL", how)
        actor.ask(f"job.fail {ids[2]} message=target delay=60000", "OK")
        _counts(ring, cancelled=number + 1, delayed=2 * (number + 1), failed=number + 1, active=0)
        shown = ring.watcher().ask(f"queue.inspect target id={ids[2]}", "OK")
        if shown["attempt"] != "2":
            raise Failure(f"a failure is counted twice: {shown}")


def from_outside(ring: Ring) -> None:
    """What is done to jobs from outside is done once, and whoever did it is told so."""
    proxy, actor = lossy(ring)
    for how in LOSSES:
        id = ring.watcher().ask("queue.push target payload=x delay=60000", "OK")["id"]
        lose(proxy, actor, f"queue.promote target id={id}", how)
        _counts(ring, waiting=1, delayed=0)
        ring.watcher().ask("queue.claim target wait=0", "OK")
        ring.watcher().ask(f"job.fail {id} retry=no message=x", "OK")
        lose(proxy, actor, f"queue.retry target id={id}", how)
        _counts(ring, waiting=1, dead=0)
        lose(proxy, actor, f"queue.cancel target id={id}", how)
        _counts(ring, waiting=0)
        lose(proxy, actor, "queue.pause target", how)
        ring.watcher().ask("queue.push target payload=y", "OK")
        ring.watcher().ask("queue.claim target wait=0", "NONE")
        lose(proxy, actor, "queue.resume target", how)
        last = ring.watcher().ask("queue.claim target wait=0", "OK")
        ring.watcher().ask(f"job.complete {last['id']}", "OK")


def all_of_it_outlives_the_server(ring: Ring) -> None:
    """Keys, batches, dependencies, delays, pauses and limits are on disk with the jobs."""
    server = ring.server(durable=True)
    actor = ring.actor(timeout_ms=3000)
    ids = {}
    for name, options in (
            ("first", "unique=u key=k batch=b"), ("second", "key=k batch=b"), ("needs", "needs=gpu"),
            ("own", "worker=ann"), ("late", "delay=60000")):
        ids[name] = actor.ask(f"queue.push target payload={name} {options}", "OK")["id"]
    ids["after"] = actor.ask(f"queue.push target payload=after after={ids['first']}", "OK")["id"]
    actor.ask("queue.batch_seal target id=b", "OK")
    actor.ask("queue.pause target", "OK")
    before = actor.ask("queue.counts target", "OK").line
    server.restart(after=0.1)
    fresh = ring.actor()
    after = fresh.ask("queue.counts target", "OK").line
    if before != after:
        raise Failure(f"before {before}, after {after}")
    fresh.ask("queue.claim target wait=0", "NONE")
    fresh.ask("queue.resume target", "OK")
    fresh.ask("queue.push target payload=x unique=u", "EXISTS")
    done = []
    while (job := fresh.ask("queue.claim target wait=0")).status == "OK":
        done.append(job["payload"])
        fresh.ask(f"job.complete {job['id']}", "OK")
    if sorted(done) != ["after", "first", "own", "second"]:
        raise Failure(f"given out: {done}")
    fresh.ask("queue.batch_wait target id=b wait=0", "OK")


def a_cancelled_job_of_a_dead_worker_ends(ring: Ring) -> None:
    """Nobody claims: whoever waits for its end finds out."""
    ring.server()
    worker, waiter = ring.actor(), ring.actor()
    id = ring.watcher().ask("queue.push target payload=x", "OK")["id"]
    worker.ask("queue.claim target wait=0 lease=1000", "OK")
    waiter.begin(f"queue.result target id={id} wait=20000")
    ring.watcher().ask(f"queue.cancel target id={id} reason=enough", "OK")
    worker.kill()
    ended = waiter.expect("OK", seconds=15)
    if ended["state"] != "cancelled":
        raise Failure(f"{ended}")


def a_stopped_worker_learns_of_its_time(ring: Ring) -> None:
    """Stopped past its time and its lease: the job has gone to another, and nothing that it says counts."""
    ring.server()
    worker, next_one = ring.actor(), ring.actor()
    id = ring.watcher().ask("queue.push target payload=x timeout=500 backoff=0", "OK")["id"]
    worker.ask("queue.claim target wait=0 lease=600", "OK")
    worker.stop()
    again = next_one.ask("queue.claim target wait=20000", "OK")
    worker.go_on()
    eventually("the stopped worker knows", lambda: worker.ask(f"job.state {id}")["state"] in ("lost", "expired"))
    late = worker.ask(f"job.complete {id} result=late")
    if late.status not in ("LOST", "NOT_HELD"):
        raise Failure(f"{late}")
    next_one.ask(f"job.complete {id} result=right", "OK")
    ended = ring.watcher().ask(f"queue.result target id={id} wait=0", "OK")
    if ended["result"] != "right" or again["attempt"] != "2":
        raise Failure(f"{again}, {ended}")
