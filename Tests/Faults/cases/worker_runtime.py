"""The worker runtime, which claims ahead and tells of many jobs at once: killed, stopped, cut off, with a server that
goes away. Every job is done, and each completion is accepted once."""

import signal
import time

from harness import Actor, Failure, Ring, eventually, soon
from harness.proxy import CUT_AFTER, CUT_BEFORE

LEASE = 3000
SLACK = 1.5


def _worker(ring: Ring, prefetch: int, url: str | None = None, concurrency: int = 1, lease: int = LEASE) -> Actor:
    worker = ring.actor(url, program="worker")
    worker.ask(f"set {concurrency} {prefetch} {lease}", "OK")
    return worker


def _push(ring: Ring, count: int) -> None:
    for number in range(count):
        ring.watcher().ask(f"queue.push q payload={number}", "OK")


def _all_done(ring: Ring, count: int, seconds: float = 10.0) -> None:
    """All jobs have been completed, and each once."""
    watcher = ring.watcher()
    eventually(
        f"{count} jobs are completed", lambda: watcher.ask("queue.counts q", "OK")["completed"] == str(count), seconds)
    counts = watcher.ask("queue.counts q", "OK")
    left = {key: counts[key] for key in ("waiting", "active", "delayed", "dead") if counts[key] != "0"}
    if left:
        raise Failure(f"when all is done there are still {left}")


def killed_with_jobs_ahead(ring: Ring) -> None:
    ring.server()
    _push(ring, 20)
    doomed, other = _worker(ring, prefetch=5), _worker(ring, prefetch=0)
    doomed.ask("next 5000", "OK")
    if doomed.ask("counts", "OK")["ahead"] != "5":
        raise Failure("nothing was claimed ahead")
    doomed.kill()
    start = time.monotonic()
    attempts: dict[str, str] = {}
    for _ in range(20):
        job = other.ask("next 20000", "OK")
        attempts[job["payload"]] = job["attempt"]
        other.ask("done", "OK")
    soon(start, 0.2, LEASE / 1000 + SLACK)
    if len(attempts) != 20:
        raise Failure(f"only {len(attempts)} different jobs came")
    if {number for number, attempt in attempts.items() if attempt != "1"} != {str(number) for number in range(6)}:
        raise Failure(f"attempts were counted of others than those that were held: {attempts}")
    _all_done(ring, 20)


def killed_with_completions_unsent(ring: Ring) -> None:
    """The server answers nobody just then, so what is done is still on its way."""
    server = ring.server()
    _push(ring, 4)
    doomed, other = _worker(ring, prefetch=3), _worker(ring, prefetch=0)
    doomed.ask("next 5000", "OK")
    assert server.process is not None
    server.process.send_signal(signal.SIGSTOP)
    doomed.ask("done", "OK")
    doomed.ask("next 5000", "OK")
    doomed.ask("done", "OK")
    doomed.kill()
    server.process.send_signal(signal.SIGCONT)
    # Those two may have been told or not; whatever is not comes again.
    eventually("nothing is held by the dead", lambda: _takes(other), 20)
    _all_done(ring, 4)


def _takes(worker: Actor) -> bool:
    """Works for as long as there is something; whether all four jobs have been completed."""
    if worker.ask("next 100").status == "OK":
        worker.ask("done", "OK")
        return False
    return worker.ask("counts", "OK").number("processed") >= 2


def stopped_beyond_its_lease(ring: Ring) -> None:
    ring.server()
    _push(ring, 10)
    stopped, other = _worker(ring, prefetch=4), _worker(ring, prefetch=0)
    held = stopped.ask("next 5000", "OK")["payload"]
    stopped.stop()
    start = time.monotonic()
    seen = set()
    for _ in range(10):
        seen.add(other.ask("next 20000", "OK")["payload"])
        other.ask("done", "OK")
    soon(start, 0.2, LEASE / 1000 + SLACK)
    if held not in seen:
        raise Failure("the job of the stopped worker did not come")
    stopped.go_on()
    # Neither what it works on nor what it had ahead is its own any more.
    eventually("the state is lost", lambda: stopped.ask("state", "OK")["state"] == "2", 5)
    stopped.ask("done", "LOST")
    _push(ring, 1)
    fresh = stopped.ask("next 10000", "OK")
    if (fresh["payload"], fresh["attempt"]) != ("0", "1"):
        raise Failure(f"a worker that was stopped gives out {fresh}")
    stopped.ask("done", "OK")
    _all_done(ring, 11)
    counts = stopped.ask("counts", "OK")
    if (counts["lost"], counts["running"], counts["ahead"]) != ("5", "0", "0"):
        raise Failure(f"it counts {counts}")


def waits_over_a_restart(ring: Ring) -> None:
    for durable in (True, False):
        server = ring.server(durable=durable)
        worker = _worker(ring, prefetch=-1)
        worker.begin("next 60000")
        ring.waiting("queue.counts q", 1, "claimers")
        server.restart(after=0.3)
        eventually("the server is reached again", lambda: ring.watcher().ask("queue.push q payload=x").status == "OK")
        if worker.expect("OK", 30)["payload"] != "x":
            raise Failure("another job came")
        worker.ask("done", "OK")
        _all_done(ring, 1)


def done_while_the_server_is_away(ring: Ring) -> None:
    """Nothing of it is lost when the server comes back within the lease, with its data."""
    server = ring.server(durable=True)
    _push(ring, 3)
    worker = _worker(ring, prefetch=2, lease=20000)
    for _ in range(3):
        worker.ask("next 5000", "OK")
        if server.process is not None:
            server.kill()
        worker.ask("done", "OK")
    time.sleep(0.3)
    server.start()
    _all_done(ring, 3, 20)
    eventually("counted", lambda: worker.ask("counts", "OK")["processed"] == "3")


def away_for_longer_than_the_lease(ring: Ring) -> None:
    """What could not be told in time is counted as lost, and is done again."""
    server = ring.server(durable=True)
    _push(ring, 2)
    worker, other = _worker(ring, prefetch=1), _worker(ring, prefetch=0)
    worker.ask("next 5000", "OK")
    server.kill()
    worker.ask("done", "OK")
    eventually("lost", lambda: worker.ask("counts", "OK")["lost"] == "2", LEASE / 1000 + SLACK + 10)
    server.start()
    other.ask("work 2", "OK", 30)
    _all_done(ring, 2)


def lost_requests_and_replies(ring: Ring) -> None:
    ring.server()
    _push(ring, 30)
    proxy = ring.proxy()
    worker = _worker(ring, prefetch=3, url=proxy.url, lease=5000)
    worker.ask("work 4", "OK")
    for round_number in range(20):
        # Each request carries what is done and asks for more.
        before = proxy.applied
        proxy.next("EVALSHA", (CUT_BEFORE, CUT_AFTER)[round_number % 2])
        worker.ask("next 20000", "OK", 40)
        worker.ask("done", "OK")
        eventually("something is lost", lambda: proxy.applied != before)
    worker.ask("work 6", "OK", 60)
    _all_done(ring, 30, 20)
    eventually("counted", lambda: worker.ask("counts", "OK")["processed"] == "30")
    if worker.ask("counts", "OK")["lost"] != "0":
        raise Failure("jobs were taken for lost")


def chaos(ring: Ring) -> None:
    """A fifth of all calls, or their answers, are lost."""
    ring.server()
    _push(ring, 200)
    proxy = ring.proxy()
    workers = [_worker(ring, prefetch=prefetch, url=proxy.url, lease=5000) for prefetch in (0, 5, -1)]
    proxy.start_chaos(seed=7, chance=0.2)
    for worker in workers:
        worker.begin("work 60")
    for worker in workers:
        worker.expect("OK", 120)
    proxy.stop_chaos()
    # Whatever is left, or came back after its lease.
    last = _worker(ring, prefetch=0)
    last.begin("work 1000")
    eventually("all are completed", lambda: ring.watcher().ask("queue.counts q", "OK")["completed"] == "200", 40)
    _all_done(ring, 200)
