"""Circuit breakers and rate limiters: killed trials, restarted servers, missed messages, lost replies, whole fleets."""

import re
import time

from harness import LOSSES, Actor, Failure, Ring, Server, eventually, lose, lossy

DOWN = 0.3
TERMS = "threshold=4 recovery=800 trials=2 flush=20"


def _shown(ring: Ring, **wanted: object) -> bool:
    had = ring.watcher().ask("breaker.show b", "OK")
    return all(had[key] == str(value) for key, value in wanted.items())


def _until_shown(ring: Ring, seconds: float = 10.0, **wanted: object) -> None:
    eventually(f"the breaker has {wanted}", lambda: _shown(ring, **wanted), seconds)


def _open(actor: Actor, terms: str = TERMS) -> None:
    """Fails until nobody is let through any more."""
    eventually("open", lambda: actor.ask(f"breaker.call b outcome=failure {terms}").status == "REJECTED")


def _published(server: Server) -> int:
    found = re.search(r"cmdstat_publish:calls=(\d+)", server.command("INFO", "commandstats"))
    return int(found.group(1)) if found else 0


def breaker_of_a_fleet(ring: Ring) -> None:
    """Failures spread over processes open it for all by one message, and all make no more trials than must succeed."""
    server = ring.server()
    fleet = [ring.actor() for _ in range(6)]
    for actor in fleet:
        actor.ask(f"breaker.allow b {TERMS}", "OK")
    before = _published(server)
    for actor in fleet[:4]:
        actor.ask("breaker.report b outcome=failure", "OK")
    for actor in fleet:
        eventually("everybody knows", lambda actor=actor: actor.ask("breaker.state b")["state"] != "closed")
    _until_shown(ring, opened=1, failed=4)
    if _published(server) != before + 1:
        raise Failure(f"{_published(server) - before} messages for one change")
    # All at once, until two have been let through; then nobody is.
    trials: list[Actor] = []
    until = time.monotonic() + 10
    while len(trials) < 2 and time.monotonic() < until:
        asking = [actor for actor in fleet if actor not in trials]
        for actor in asking:
            actor.begin("breaker.allow b")
        trials += [actor for actor in asking if actor.answer().status == "OK"]
    if len(trials) != 2:
        raise Failure(f"{len(trials)} trials, 2 are wanted")
    for actor in fleet:
        actor.ask("breaker.allow b", "REJECTED")
    for actor in trials:
        # The others' calls from before it opened are reported first: they count for nothing.
        while actor.ask("breaker.report b outcome=success").status == "OK":
            pass
    _until_shown(ring, state="closed", opened=1)
    for actor in fleet:
        eventually("everybody knows", lambda actor=actor: actor.ask("breaker.state b")["state"] == "closed")
    if _published(server) != before + 3:
        raise Failure(f"{_published(server) - before} messages for three changes")


def breaker_trial_of_a_killed_process(ring: Ring) -> None:
    """It counts as failed when its time is over; then there are others."""
    ring.server()
    victim, other = ring.actor(), ring.actor()
    terms = f"{TERMS} trial_timeout=1500"
    _open(victim, terms)
    eventually("a trial", lambda: victim.ask("breaker.allow b").status == "OK")
    victim.kill()
    eventually("the other trial", lambda: other.ask(f"breaker.allow b {terms}").status == "OK")
    other.ask("breaker.allow b", "REJECTED")
    _until_shown(ring, opened=2)
    other.ask("breaker.report b outcome=success", "OK")
    for _ in range(2):
        eventually("a trial", lambda: other.ask("breaker.call b outcome=success").status == "OK")
    _until_shown(ring, state="closed")


def breaker_process_killed_while_closed(ring: Ring) -> None:
    """What it has told stays; the breaker is not harmed."""
    ring.server()
    victim, other = ring.actor(), ring.actor()
    for _ in range(3):
        victim.ask(f"breaker.call b outcome=failure {TERMS}", "OK")
    _until_shown(ring, failures=3)
    victim.kill()
    other.ask(f"breaker.call b outcome=failure {TERMS}", "OK")
    other.ask("breaker.call b outcome=failure", "REJECTED")


def breaker_over_a_restart(ring: Ring) -> None:
    """With its data it stays open, half-open with its trials, forced; without, it is closed for all, and soon."""
    terms = "threshold=2 recovery=60000 trials=1 flush=20"
    for durable in (True, False):
        server = ring.server(durable)
        fleet = [ring.actor(), ring.actor()]
        for actor in fleet:
            actor.ask(f"breaker.call b outcome=success {terms}", "OK")
        _open(fleet[0], terms)
        eventually("both know", lambda: fleet[1].ask("breaker.state b")["state"] == "open")
        server.restart(after=DOWN)
        if durable:
            time.sleep(0.5)
            for actor in fleet:
                actor.ask("breaker.call b outcome=success", "REJECTED")
            fleet[0].ask("breaker.force b to=closed", "OK")
            server.restart()
            _until_shown(ring, state="forced_closed")
        for actor in fleet:
            eventually("let through", lambda actor=actor: actor.ask("breaker.call b outcome=success").status == "OK")


def breaker_while_the_server_is_away(ring: Ring) -> None:
    """Half-open when it goes away: each process makes trials of its own, and takes up the common state again."""
    for fallback, wanted in (("local", "OK"), ("closed", "OK"), ("open", "REJECTED")):
        server = ring.server(durable=True)
        terms = f"threshold=2 recovery=100 trials=1 flush=20 fallback={fallback}"
        actor, other = ring.actor(timeout_ms=500), ring.actor(timeout_ms=500)
        other.ask(f"breaker.call b outcome=success {terms}", "OK")
        _open(actor, terms)
        eventually("a trial", lambda: actor.ask("breaker.allow b").status == "OK")
        server.kill()
        start = time.monotonic()
        eventually(f"{fallback}: {wanted}", lambda: other.ask("breaker.call b outcome=success").status == wanted)
        actor.ask("breaker.report b outcome=success", "OK")
        for _ in range(100):
            other.ask("breaker.call b outcome=success", wanted)
        if time.monotonic() - start > 12:
            raise Failure("calls wait for a server that is away")
        server.start()
        # The trial from before is told in the background, and it was the only one that had to succeed.
        _until_shown(ring, state="closed")
        for each in (actor, other):
            eventually("closed", lambda each=each: each.ask("breaker.call b outcome=success").status == "OK")
            eventually("closed", lambda each=each: each.ask("breaker.state b")["state"] == "closed")


def breaker_missed_messages(ring: Ring) -> None:
    """A change while its connections are cut is found when they are there again."""
    ring.server()
    proxy = ring.proxy()
    actor = ring.actor(proxy.url)
    actor.ask(f"breaker.call b outcome=success {TERMS}", "OK")
    for state in ("forced_open", "forced_closed"):
        proxy.cut_all()
        ring.watcher().ask(f"breaker.force b to={state.removeprefix('forced_')}", "OK")
        # Nobody calls meanwhile: it finds out by itself.
        eventually(state, lambda: actor.ask("breaker.state b")["state"] == state)


def breaker_lost_replies(ring: Ring) -> None:
    """Counted once, whichever message is lost."""
    proxy, actor = lossy(ring)
    terms = "threshold=1000 flush=60000"
    for number, how in enumerate(LOSSES, 1):
        for _ in range(3):
            actor.ask(f"breaker.call target outcome=failure {terms}", "OK")
            actor.ask("breaker.call target outcome=success", "OK")
        lose(proxy, actor, "breaker.flush target", how)
        had = ring.watcher().ask("breaker.show target", "OK")
        if any(had[key] != str(3 * number) for key in ("failed", "succeeded")) or had["failures"] != "3":
            raise Failure(f"{had}")
        lose(proxy, actor, "breaker.force target to=closed", how)
        # A reset would forget what is counted above.
        lose(proxy, actor, "breaker.show target", how)
        ring.watcher().ask("breaker.reset target", "OK")
        eventually("it knows", lambda: actor.ask("breaker.state target")["state"] == "closed")
        ring.watcher().ask(f"breaker.call target outcome=success {terms}", "OK")


def breaker_in_chaos(ring: Ring) -> None:
    """A third of all calls or replies is lost: it opens and closes all the same, and every count is told once."""
    ring.server()
    proxy = ring.proxy()
    actor = ring.actor(proxy.url)
    actor.ask(f"breaker.call b outcome=success {TERMS}", "OK")
    proxy.start_chaos(7, 0.33)
    calls = 1
    for round in range(1, 4):
        while True:
            if actor.ask("breaker.call b outcome=failure").status == "REJECTED":
                break
            calls += 1
        eventually("a trial", lambda: actor.ask("breaker.call b outcome=success").status == "OK", 20)
        eventually("a trial", lambda: actor.ask("breaker.call b outcome=success").status == "OK", 20)
        calls += 2
        _until_shown(ring, state="closed", opened=round)
        eventually("closed", lambda: actor.ask("breaker.state b")["state"] == "closed")
    proxy.stop_chaos()
    eventually("told", lambda: actor.ask("breaker.flush b").status == "OK")
    had = ring.watcher().ask("breaker.show b", "OK")
    if had.number("succeeded") + had.number("failed") != calls:
        raise Failure(f"{calls} calls: {had}")


def limiter_lost_replies(ring: Ring) -> None:
    """Taken once, whichever message is lost, also by who waits."""
    proxy, actor = lossy(ring)
    for algorithm in ("bucket", "window"):
        name = f"target-{algorithm}"
        terms = f"algorithm={algorithm} limit=10 per=600000"
        for how in LOSSES:
            lose(proxy, actor, f"limit.acquire {name} permits=4 wait=0 {terms}", how)
        shown = ring.watcher().ask(f"limit.show {name} {terms}", "OK")
        if shown["available"] != "2":
            raise Failure(f"{shown}")
        lose(proxy, actor, f"limit.acquire {name} permits=3 wait=0", LOSSES[1], "TIMED_OUT")
        lose(proxy, actor, f"limit.reset {name}", LOSSES[1])


def limiter_over_a_restart(ring: Ring) -> None:
    """Who waits has its moment already, and comes through although the server has forgotten everything."""
    server = ring.server()
    actor, waiter = ring.actor(), ring.actor()
    terms = "limit=1 per=1500"
    actor.ask(f"limit.acquire x wait=0 {terms}", "OK")
    start = time.monotonic()
    waiter.begin(f"limit.acquire x {terms}")
    eventually("it waits", lambda: ring.watcher().ask(f"limit.show x {terms}").number("wait") > 1500)
    server.restart(after=DOWN)
    waiter.expect("OK")
    if time.monotonic() - start < 1.4:
        raise Failure("it came too early")
    actor.ask("limit.acquire x wait=0", "OK")


def limiter_waiter_killed(ring: Ring) -> None:
    """Its place passes unused; those behind it come when they are due."""
    ring.server()
    actor, victim, waiter = (ring.actor() for _ in range(3))
    terms = "limit=1 per=500"
    actor.ask(f"limit.acquire x wait=0 {terms}", "OK")
    start = time.monotonic()
    victim.begin(f"limit.acquire x {terms}")
    eventually("it waits", lambda: ring.watcher().ask(f"limit.show x {terms}").number("wait") > 500)
    waiter.begin(f"limit.acquire x {terms}")
    eventually("it waits, too", lambda: ring.watcher().ask("limit.show x").number("wait") > 1000)
    victim.kill()
    waiter.expect("OK")
    if not 0.95 <= time.monotonic() - start < 3:
        raise Failure(f"after {time.monotonic() - start:.2f} s")
