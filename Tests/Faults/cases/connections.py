"""Connections cut before and after the reply, half-open ones, CLIENT KILL, SCRIPT FLUSH: nothing twice, nothing
stuck."""

import time

from harness import LOSSES, Actor, Failure, Ring, eventually, lose, lossy
from harness.proxy import SWALLOW


def _counts(ring: Ring, **wanted: int) -> None:
    had = ring.watcher().ask("queue.counts target", "OK")
    if any(had[key] != str(value) for key, value in wanted.items()):
        raise Failure(f"wanted {wanted}: {had}")


def lock(ring: Ring) -> None:
    proxy, actor = lossy(ring)
    for how in LOSSES:
        acquired = lose(proxy, actor, "lock.acquire target wait=0", how)
        shown = ring.watcher().ask("lock.show target", "OK")
        if shown["fence"] != acquired["fence"] or shown["waiting"] != "0":
            raise Failure(f"{acquired}, but the server says {shown}")
        lose(proxy, actor, "lock.extend target by=20000", how)
        lose(proxy, actor, "lock.release target", how)
        ring.watcher().ask("lock.show target", "EMPTY")
        actor.ask("lock.release target", "NOT_HELD")


def lock_busy(ring: Ring) -> None:
    """A lost answer that it is held; a lost place in line; a release that hands over and whose reply is lost."""
    proxy, actor = lossy(ring)
    other = ring.actor()
    for how in LOSSES:
        other.ask("lock.acquire target", "OK")
        lose(proxy, actor, "lock.acquire target wait=0", how, "TIMED_OUT")
        proxy.next("target", how)
        actor.begin("lock.acquire target wait=60000")
        ring.waiting("lock.show target", 1)
        other.ask("lock.release target", "OK")
        actor.expect("OK")
        other.begin("lock.acquire target wait=60000")
        ring.waiting("lock.show target", 1)
        lose(proxy, actor, "lock.release target", how)
        other.expect("OK")
        # Released once: the new holder has it for itself.
        actor.ask("lock.acquire target wait=50", "TIMED_OUT")
        other.ask("lock.release target", "OK")


def lock_given_up(ring: Ring) -> None:
    """Who gives up while its farewell is lost leaves no trace for long, and holds nothing."""
    proxy, actor = lossy(ring)
    other = ring.actor()
    other.ask("lock.acquire target", "OK")
    for how in LOSSES:
        actor.begin("lock.acquire target wait=700")
        ring.waiting("lock.show target", 1)
        proxy.next("target", how)
        actor.expect("TIMED_OUT", seconds=10)
        ring.waiting("lock.show target", 0)
    other.ask("lock.release target", "OK")
    ring.watcher().ask("lock.show target", "EMPTY")


def election(ring: Ring) -> None:
    proxy, actor = lossy(ring)
    for how in LOSSES:
        lose(proxy, actor, "election.campaign target wait=0", how)
        if ring.watcher().ask("election.leader target", "OK")["candidates"] != "0":
            raise Failure("somebody waits")
        lose(proxy, actor, "election.resign target", how)
        ring.watcher().ask("election.leader target", "EMPTY")
        actor.ask("election.resign target", "NOT_HELD")


def barrier(ring: Ring) -> None:
    """A lost arrival counts once, be it the first or the last."""
    proxy, actor = lossy(ring)
    other = ring.actor()
    generation = 0
    for how in LOSSES:
        for first, second in ((actor, other), (other, actor)):
            if first is actor:
                proxy.next("target", how)
            first.begin("barrier.wait target parties=2 wait=60000")
            ring.waiting("barrier.show target parties=2", 1)
            if second is actor:
                proxy.next("target", how)
            second.ask("barrier.wait target parties=2 wait=60000", "OK")
            first.expect("OK")
            generation += 1
            shown = ring.watcher().ask("barrier.show target parties=2", "OK")
            if (shown["waiting"], shown["generation"], shown["broken"]) != ("0", str(generation), "no"):
                raise Failure(f"{how}: {shown}")
        for verb in ("abort", "reset"):
            lose(proxy, actor, f"barrier.{verb} target parties=2", how)
        generation = int(ring.watcher().ask("barrier.show target parties=2", "OK")["generation"])


def push(ring: Ring) -> None:
    proxy, actor = lossy(ring)
    for round, how in enumerate(LOSSES):
        lose(proxy, actor, "queue.push target payload=x", how)
        _counts(ring, waiting=1)
        lose(proxy, actor, f"queue.push target payload=y id=mine-{round}", how)
        _counts(ring, waiting=2)
        lose(proxy, actor, f"queue.push target payload=z id=mine-{round}", how, "EXISTS")
        lose(proxy, actor, "queue.push_many target prefix=m count=100", how)
        _counts(ring, waiting=102)
        lose(proxy, actor, "queue.push target payload=x delay=60000", how)
        _counts(ring, waiting=102, delayed=1 + round)
        ring.watcher().ask("queue.claim_many target count=64 wait=0", "OK")
        drained = ring.actor()
        while drained.ask("queue.claim_many target count=64 wait=0").status == "OK":
            pass
        _counts(ring, waiting=0)


def push_to_a_waiting_claimer(ring: Ring) -> None:
    proxy, actor = lossy(ring)
    worker = ring.actor()
    for round, how in enumerate(LOSSES):
        worker.begin("queue.claim target wait=60000")
        ring.waiting("queue.counts target", 1, "claimers")
        lose(proxy, actor, "queue.push target payload=x", how)
        job = worker.expect("OK")
        _counts(ring, waiting=0, active=1)
        worker.ask(f"job.complete {job['id']}", "OK")
        _counts(ring, active=0, completed=round + 1)


def claim(ring: Ring) -> None:
    """A lost claim takes one job, not two, and loses none."""
    proxy, actor = lossy(ring)
    for number in range(20):
        ring.watcher().ask(f"queue.push target payload={number}", "OK")
    taken = 0
    for how in LOSSES:
        lose(proxy, actor, "queue.claim target wait=0", how)
        taken += 1
        _counts(ring, active=taken, waiting=20 - taken)
        lose(proxy, actor, "queue.claim_many target count=3 wait=0", how)
        taken += 3
        _counts(ring, active=taken, waiting=20 - taken)


def claim_blocked(ring: Ring) -> None:
    """All connections of a blocked claimer are cut: it comes back and gets the next job."""
    proxy, actor = lossy(ring)
    for round in range(1, 4):
        actor.begin("queue.claim target wait=60000")
        ring.waiting("queue.counts target", 1, "claimers")
        proxy.cut_all()
        if round == 3:
            time.sleep(0.5)
        ring.watcher().ask("queue.push target payload=x", "OK")
        job = actor.expect("OK", seconds=15)
        actor.ask(f"job.complete {job['id']}", "OK")
        _counts(ring, completed=round, waiting=0, active=0)


def settle(ring: Ring) -> None:
    """Complete, fail and release, each lost and each counted once."""
    proxy, actor = lossy(ring)
    completed = failed = 0
    for how in LOSSES:
        for request, wanted in (("complete {} result=done", "completed"), ("fail {} message=no retry=no", "failed")):
            id = ring.watcher().ask("queue.push target payload=x backoff=0", "OK")["id"]
            actor.ask("queue.claim target wait=0", "OK")
            # The queue's name need not be in the request; its keys are.
            lose(proxy, actor, "job." + request.format(id), how)
            completed += wanted == "completed"
            failed += wanted == "failed"
            _counts(ring, completed=completed, failed=failed, active=0, waiting=0)
            result = ring.watcher().ask(f"queue.result target id={id} wait=0", "OK")
            if result["state"] != ("completed" if wanted == "completed" else "dead"):
                raise Failure(f"{request}: {result}")
        id = ring.watcher().ask("queue.push target payload=x", "OK")["id"]
        actor.ask("queue.claim target wait=0", "OK")
        lose(proxy, actor, f"job.release {id}", how)
        _counts(ring, waiting=1, active=0)
        actor.ask("queue.claim target wait=0", "OK")
        lose(proxy, actor, f"job.complete {id}", how)
        completed += 1


def retry_once(ring: Ring) -> None:
    """A lost failure counts one attempt."""
    proxy, actor = lossy(ring)
    for how in LOSSES:
        id = ring.watcher().ask("queue.push target payload=x attempts=3 backoff=0", "OK")["id"]
        actor.ask("queue.claim target wait=0", "OK")
        lose(proxy, actor, f"job.fail {id} message=no", how)
        if actor.ask("queue.claim target wait=5000", "OK")["attempt"] != "2":
            raise Failure("not the second attempt")
        actor.ask(f"job.complete {id}", "OK")


def result(ring: Ring) -> None:
    proxy, actor = lossy(ring)
    for how in LOSSES:
        id = ring.watcher().ask("queue.push target payload=x", "OK")["id"]
        ring.watcher().ask("queue.claim target wait=0", "OK")
        proxy.next("target", how)
        actor.begin(f"queue.result target id={id} wait=60000")
        time.sleep(0.3)
        proxy.cut_all()
        ring.watcher().ask(f"job.complete {id} result=done", "OK")
        if actor.expect("OK", seconds=15)["result"] != "done":
            raise Failure("another result")


def lock_waiter_cut_off(ring: Ring) -> None:
    """All connections of a waiter are cut in the moment of the release, again and again."""
    proxy, actor = lossy(ring)
    holder = ring.actor()
    for round in range(6):
        holder.ask("lock.acquire target wait=20000", "OK")
        actor.begin("lock.acquire target wait=60000")
        ring.waiting("lock.show target", 1)
        if round % 2:
            proxy.cut_all()
        holder.begin("lock.release target")
        proxy.cut_all()
        holder.expect("OK")
        actor.expect("OK", seconds=15)
        actor.ask("lock.release target", "OK")


def half_open(ring: Ring) -> None:
    """Connections that stay open and are deaf: calls end in time, then go on over new ones."""
    ring.server()
    proxy = ring.proxy()
    actor = ring.actor(proxy.url, timeout_ms=1000)
    actor.ask("queue.push target payload=x", "OK")
    proxy.next("target", SWALLOW)
    start = time.monotonic()
    answer = actor.ask("queue.push target payload=y", seconds=10)
    took = time.monotonic() - start
    if answer.status not in ("OK", "ERROR_NO_REPLY") or took > 5:
        raise Failure(f"{answer} after {took:.1f} s")
    actor.ask("queue.push target payload=z", "OK", seconds=10)
    _counts(ring, waiting=3)


def half_open_waiter(ring: Ring) -> None:
    """A grant into a deaf connection: the waiter notices, or the next one gets it; neither waits for ever."""
    ring.server()
    proxy = ring.proxy()
    deaf, other, holder = ring.actor(proxy.url), ring.actor(), ring.actor()
    holder.ask("lock.acquire target", "OK")
    deaf.begin("lock.acquire target wait=60000")
    ring.waiting("lock.show target", 1)
    other.begin("lock.acquire target wait=60000")
    ring.waiting("lock.show target", 2)
    proxy.stall_all()
    holder.ask("lock.release target", "OK")
    other.expect("OK", seconds=8)
    other.ask("lock.release target", "OK")
    deaf.expect("OK", seconds=30)
    deaf.ask("lock.release target", "OK")


def client_kill(ring: Ring) -> None:
    """CLIENT KILL of all connections, of either kind, while everything waits."""
    server = ring.server()
    holder, waiter, claimer, party, other = (ring.actor() for _ in range(5))
    for type in ("normal", "pubsub"):
        holder.ask("lock.acquire x", "OK")
        waiter.begin("lock.acquire x wait=60000")
        ring.waiting("lock.show x", 1)
        claimer.begin("queue.claim q wait=60000")
        ring.waiting("queue.counts q", 1, "claimers")
        party.begin("barrier.wait b parties=2 wait=60000")
        ring.waiting("barrier.show b parties=2", 1)
        server.command("CLIENT", "KILL", "TYPE", type, "SKIPME", "yes")
        holder.ask("lock.release x", "OK")
        waiter.expect("OK", seconds=15)
        waiter.ask("lock.release x", "OK")
        id = holder.ask("queue.push q payload=x", "OK")["id"]
        claimer.expect("OK", seconds=15)
        claimer.ask(f"job.complete {id}", "OK")
        other.ask("barrier.wait b parties=2 wait=60000", "OK", seconds=20)
        party.expect("OK", seconds=15)


def script_flush(ring: Ring) -> None:
    """The server forgets all scripts before each step."""
    server = ring.server()
    actor, other = ring.actor(), ring.actor()

    def step(who: Actor, request: str, wanted: str = "OK") -> None:
        server.command("SCRIPT", "FLUSH")
        who.ask(request, wanted)

    step(actor, "lock.acquire x")
    step(other, "lock.acquire x wait=50", "TIMED_OUT")
    step(actor, "lock.extend x")
    other.begin("lock.acquire x wait=60000")
    ring.waiting("lock.show x", 1)
    step(actor, "lock.release x")
    other.expect("OK")
    step(actor, "election.campaign e")
    step(other, "election.leader e")
    step(actor, "election.resign e")
    actor.begin("barrier.wait b parties=2")
    ring.waiting("barrier.show b parties=2", 1)
    step(other, "barrier.wait b parties=2")
    actor.expect("OK")
    step(actor, "barrier.abort b parties=2")
    step(actor, "barrier.reset b parties=2")
    step(actor, "queue.push q payload=x id=one")
    step(actor, "queue.push_many q prefix=m count=5")
    step(other, "queue.claim q wait=0")
    step(other, "job.complete one result=done")
    step(actor, "queue.result q id=one wait=0")
    step(other, "queue.claim_many q count=64 wait=0")
    step(actor, "queue.counts q")
    # Leases are kept as well, though every renewal finds its script gone.
    actor.ask("lock.acquire short lease=300", "OK")
    for _ in range(30):
        server.command("SCRIPT", "FLUSH")
        time.sleep(0.03)
    if actor.ask("lock.state short", "OK")["state"] != "held":
        raise Failure("the lease was not renewed")


def chaos_locks(ring: Ring) -> None:
    """One call in ten is lost, or its reply: never two holders, fences grow, and in the end nobody holds it."""
    ring.server()
    proxies = [ring.proxy() for _ in range(3)]
    actors = [ring.actor(proxy.url) for proxy in proxies]
    for number, proxy in enumerate(proxies):
        proxy.start_chaos(number, 0.1)
    rounds, fence = 0, 0
    for actor in actors:
        actor.begin("lock.acquire x wait=60000")
    deadline = time.monotonic() + 40
    while rounds < 120:
        if time.monotonic() > deadline:
            raise Failure(f"{rounds} of 120 rounds")
        for actor in actors:
            if not actor.has_answer():
                continue
            before, fence = fence, actor.expect("OK").number("fence")
            if fence <= before:
                raise Failure("the fence did not grow")
            time.sleep(0.001)
            if any(other.has_answer() for other in actors if other is not actor):
                raise Failure("two holders")
            actor.ask("lock.release x", "OK")
            rounds += 1
            actor.begin("lock.acquire x wait=60000")
        time.sleep(0.0005)
    for proxy in proxies:
        proxy.stop_chaos()
    for actor in actors:
        actor.kill()
    eventually("it is free", lambda: ring.watcher().ask("lock.acquire x wait=20000").status == "OK", 25)


def chaos_jobs(ring: Ring) -> None:
    """One call in ten is lost, or its reply: each push happens once, each job is completed once."""
    ring.server()
    proxies = [ring.proxy() for _ in range(4)]
    producer, *workers = [ring.actor(proxy.url) for proxy in proxies]
    for number, proxy in enumerate(proxies):
        proxy.start_chaos(number, 0.1)
    for number in range(150):
        producer.ask(f"queue.push target payload={number} backoff=0", "OK")
        if number % 10 == 0:
            producer.ask(f"queue.push_many target prefix={number}- count=5", "OK")
    _counts(ring, waiting=225, delayed=0, active=0)
    seen: set[str] = set()
    for turn in range(10_000):
        worker = workers[turn % len(workers)]
        job = worker.ask("queue.claim target wait=0 lease=20000")
        if job.status == "NONE":
            break
        if job.status != "OK" or job["id"] in seen:
            raise Failure(f"{job}")
        seen.add(job["id"])
        worker.ask(f"job.complete {job['id']}", "OK")
    _counts(ring, waiting=0, active=0, completed=225, failed=0)
    if sum(proxy.applied for proxy in proxies) < 20:
        raise Failure("too little chaos to prove anything")
