"""Elections under faults: who leads hands over once, is told in time when it is lost, and all who look see it; the
callbacks of a run go on in their order whatever happens."""

from __future__ import annotations

import os
import re
import time

from harness import LOSSES, Actor, Failure, Proxy, Ring, Server, eventually, lose, soon

LEASE = 2700
SLACK = 1.5


def _candidate(ring: Ring, url: str | None = None, lease: int = LEASE, early: int = -1) -> Actor:
    actor = ring.actor(url, program="candidate")
    actor.ask(f"set {lease} {early}", "OK")
    return actor


def _behind_a_proxy(ring: Ring, lease: int = LEASE, early: int = -1) -> tuple[Proxy, Actor]:
    proxy = ring.proxy()
    actor = _candidate(ring, proxy.url, lease, early)
    actor.ask("observe 0 0", None)
    return proxy, actor


def _stands(onlooker: Actor, count: int = 1) -> None:
    eventually(f"{count} stand behind the leader",
               lambda: onlooker.ask("observe 0 0").keys.get("candidates") == str(count))


def _marks(actor: Actor) -> str:
    """What a run was told so far, without the terms; an end follows each beginning."""
    told = actor.ask("told", "OK")["told"]
    marks = "".join(character for character in told if not character.isdigit())
    if not re.fullmatch(r"(\+[-~])*\+?", marks):
        raise Failure(f"it is told {told}")
    return marks


def _is_told(actor: Actor, wanted: str, seconds: float = 10.0) -> int:
    """Waits until a run was told just that; answers when."""
    eventually(f"it is told {wanted}", lambda: _marks(actor) == wanted, seconds)
    return actor.ask("told", "OK").number("at")


def _quorum_of(*servers: Server | Proxy) -> str:
    return "quorum:" + ",".join(server.url for server in servers)


def _quorum(ring: Ring, size: int) -> str:
    """Makes so many servers."""
    return _quorum_of(*(ring.server(durable=True) for _ in range(size)))


# ---------------------------------------------------------------- lost requests and replies


def handed_over_with_losses(ring: Ring) -> None:
    """Who resigns hands over once, and who stands does so once, though the request or its reply is lost."""
    ring.server()
    proxy, actor = _behind_a_proxy(ring, lease=20000)
    other, onlooker = _candidate(ring, lease=20000), _candidate(ring)
    term = 0
    for how in LOSSES:
        term, before = lose(proxy, actor, "campaign 0", how).number("term"), term
        if term <= before:
            raise Failure("the term did not grow")
        other.begin("campaign 60000")
        _stands(onlooker)
        lose(proxy, actor, "resign", how)
        term, before = other.expect("OK", seconds=5).number("term"), term
        if term <= before:
            raise Failure("the term did not grow")
        proxy.next("target", how)
        actor.begin("campaign 60000")
        _stands(onlooker)
        other.ask("resign", "OK")
        actor.expect("OK", seconds=5)
        other.ask("campaign 50", "TIMED_OUT")
        actor.ask("resign", "OK")
        onlooker.ask("observe 1 0", "EMPTY")


def value_with_losses(ring: Ring) -> None:
    ring.server()
    proxy, actor = _behind_a_proxy(ring, lease=20000)
    onlooker = _candidate(ring)
    actor.ask("campaign 0", "OK")
    for number, how in enumerate(LOSSES):
        lose(proxy, actor, f"value v{number}", how)
        if onlooker.ask("observe 0 0", "OK")["value"] != f"v{number}":
            raise Failure("the value was not changed")


def evicted_once_with_losses(ring: Ring) -> None:
    """The one who leads is put out, and not also the one who leads then, though the request comes twice."""
    ring.server()
    proxy, actor = _behind_a_proxy(ring)
    first, second, third, onlooker = _candidate(ring), *(_candidate(ring, lease=20000) for _ in range(3))
    for how in LOSSES:
        for by_term in (True, False):
            term = first.ask("campaign 0", "OK").number("term")
            for count, other in enumerate((second, third), 1):
                other.begin("campaign 60000")
                _stands(onlooker, count)
            lose(proxy, actor, f"evict {term if by_term else 0}", how)
            second.expect("OK", seconds=5)
            time.sleep(0.1)
            if third.has_answer():
                raise Failure(f"{how}, {'by term' if by_term else 'any'}: two leaders were put out by one call")
            first.ask("lost 20000", "LOST")
            second.ask("resign", "OK")
            third.expect("OK", seconds=5)
            third.ask("resign", "OK")


# ---------------------------------------------------------------- those who lead


def put_out(ring: Ring) -> None:
    """The next one leads at once; the old one hears of it at its next renewal, and harms nobody."""
    ring.server()
    leader, other, onlooker = (_candidate(ring, lease=1500) for _ in range(3))
    term = leader.ask("campaign 0", "OK").number("term")
    onlooker.ask(f"evict {term - 1}", "NOT_HELD")
    other.begin("campaign 60000")
    _stands(onlooker)
    start = time.monotonic()
    onlooker.ask(f"evict {term}", "OK")
    if other.expect("OK", seconds=5).number("term") <= term:
        raise Failure("the term did not grow")
    soon(start, 0, 0.5)
    leader.ask("lost 10000", "LOST")
    soon(start, 0, 0.5 + SLACK)
    leader.ask("value mine", "LOST")
    leader.ask("resign", "LOST")
    onlooker.ask(f"evict {term}", "NOT_HELD")
    if other.ask("state", "OK")["state"] != "leader":
        raise Failure("the next leader was harmed")


def put_out_of_a_quorum(ring: Ring) -> None:
    """Who is put out by two of three servers, one after the other, does not come back with the votes of those that
    others have let go of meanwhile, under a term that others have followed."""
    servers, proxies = [], []
    for _ in range(3):
        servers.append(ring.server(durable=True))
        proxies.append(ring.proxy())
    # The leader's way to the first server breaks for a moment, so that it is renewed there at other times than at the
    # others; who puts it out does not reach the last one.
    leader = _candidate(ring, _quorum_of(proxies[0], *servers[1:]), lease=3000)
    direct = _quorum_of(*servers)
    other, onlooker = _candidate(ring, direct), _candidate(ring, direct)
    evicting = _candidate(ring, _quorum_of(*servers[:2], proxies[2]))
    term = leader.ask("campaign 5000", "OK").number("term")
    started = time.monotonic()
    other.begin("campaign 60000")
    _stands(onlooker)
    _wait_until(started + 0.7)
    os.rename(proxies[0].path, proxies[0].path + ".away")
    proxies[0].cut_all()
    os.unlink(proxies[2].path)
    proxies[2].cut_all()
    _wait_until(started + 1.5)
    os.rename(proxies[0].path + ".away", proxies[0].path)
    _wait_until(started + 2.2)
    evicting.ask("evict 0", "OK")
    second = other.expect("OK", seconds=5).number("term")
    other.ask("resign", "OK")
    deadline = time.monotonic() + 3.0
    while time.monotonic() < deadline:
        seen = onlooker.ask("observe 1 0")
        if seen.status == "OK" and seen.number("term") < second:
            raise Failure(f"term {term} is back after term {second}")
    leader.ask("lost 0", "LOST")
    if leader.ask("campaign 5000", "OK").number("term") <= second:
        raise Failure("the term did not grow")


def _wait_until(moment: float) -> None:
    time.sleep(max(0.0, moment - time.monotonic()))


def steps_down_before_others_win(ring: Ring) -> None:
    """Who reaches the server no more gives up first, by the time that its program needs to stop."""
    ring.server()
    proxy, leader = _behind_a_proxy(ring, lease=2400, early=1200)
    other, onlooker = _candidate(ring), _candidate(ring)
    leader.ask("campaign 0", "OK")
    other.begin("campaign 60000")
    _stands(onlooker)
    leader.begin("lost 60000")
    time.sleep(0.5)
    if leader.has_answer():
        raise Failure("it lost its lease without a reason")
    os.unlink(proxy.path)
    proxy.cut_all()
    lost, won = leader.expect("LOST").number("at"), other.expect("OK").number("at")
    # The rest of the 1.2 s is for a busy machine.
    if won - lost < 500_000:
        raise Failure(f"the other led {(won - lost) / 1000:.0f} ms after the first was told")


def late_but_not_too_late(ring: Ring) -> None:
    """Who did not run for so long that it has to step down is told so, and nobody else leads until its lease has ended:
    what it does as a leader takes its time to stop. On one server, and on a quorum."""
    urls = [ring.server().url, _quorum(ring, 3)]
    pairs = [(_candidate(ring, url, lease=3000, early=1500), _candidate(ring, url)) for url in urls]
    for leader, other in pairs:
        leader.ask("campaign 5000", "OK")
        other.begin("campaign 60000")
        leader.begin("lost 60000")
    # It was renewed a second ago at most, and then held for a second and a half for certain, for three at the server.
    time.sleep(1.0)
    for leader, _ in pairs:
        leader.stop()
    time.sleep(1.6)
    for leader, _ in pairs:
        leader.go_on()
    for leader, other in pairs:
        lost, won = leader.expect("LOST").number("at"), other.expect("OK", seconds=10).number("at")
        if won - lost < 200_000:
            raise Failure(f"the other led {(won - lost) / 1000:.0f} ms after the first was told")


def stopped_beyond_its_lease(ring: Ring) -> None:
    """Who wakes after its lease does not think for a moment that it leads, and its run is told of the end first."""
    ring.server()
    leader, other = _candidate(ring), _candidate(ring)
    leader.ask("run", "OK")
    _is_told(leader, "+")
    leader.stop()
    term = other.ask("campaign 60000", "OK", seconds=10).number("term")
    leader.go_on()
    if leader.ask("state", "OK")["state"] == "leader":
        raise Failure("two leaders")
    _is_told(leader, "+~")
    other.ask("resign", "OK")
    _is_told(leader, "+~+")
    if leader.ask("state", "OK").number("term") <= term:
        raise Failure("the term did not grow")
    leader.ask("stop", "CANCELLED")


# ---------------------------------------------------------------- runs


def run_while_the_server_is_away(ring: Ring) -> None:
    """The end is told when the lease ends, and the run goes on by itself when the server is back."""
    for durable in (True, False):
        server = ring.server(durable)
        actor = _candidate(ring)
        actor.ask("run", "OK")
        _is_told(actor, "+")
        start = time.monotonic()
        server.kill()
        _is_told(actor, "+~", LEASE / 1000 + SLACK)
        soon(start, 0.2, LEASE / 1000 + SLACK)
        server.start()
        # A busy machine may have it lose its lease again.
        eventually("it leads again", lambda: _marks(actor).endswith("+"), 20)
        actor.ask("stop", "CANCELLED")
        if _marks(actor).endswith("+"):
            raise Failure("the run has ended before its leadership")


def run_hands_over_after_the_end(ring: Ring) -> None:
    """By standing down, by the end of the run, and by an eviction; each end is told once, before the next begins."""
    ring.server()
    first, second, onlooker = (_candidate(ring, lease=1500) for _ in range(3))
    first.ask("run", "OK")
    began = _is_told(first, "+")
    second.ask("run", "OK")
    _stands(onlooker)
    first.ask("resign", "OK")
    ended, began = _is_told(first, "+-"), _is_told(second, "+")
    if began < ended:
        raise Failure("the second began before the first had ended")
    _stands(onlooker)
    second.ask("stop", "CANCELLED")
    ended, began = _is_told(second, "+-"), _is_told(first, "+-+")
    if began < ended:
        raise Failure("the first began before the second had ended")
    onlooker.ask("evict 0", "OK")
    _is_told(first, "+-+~+")
    first.ask("stop", "CANCELLED")
    onlooker.ask("observe 1 0", "EMPTY")


# ---------------------------------------------------------------- those who look on


def watched_without_connections(ring: Ring) -> None:
    """Changes that happen while the connections are killed are seen, the last one for certain, none after a newer."""
    server = ring.server()
    leader, watcher = _candidate(ring, lease=5000), _candidate(ring)
    watcher.ask("watch", "OK")
    watcher.ask("next 0", "EMPTY")
    highest = 0
    for round in range(8):
        server.command("CLIENT", "KILL", "TYPE", ("normal", "pubsub")[round % 2], "SKIPME", "yes")
        term = leader.ask("campaign 0", "OK").number("term")
        leader.ask(f"value round-{round}", "OK")
        deadline = time.monotonic() + 10
        while True:
            change = watcher.ask("next 1000")
            if change.status == "OK":
                if change.number("term") < highest:
                    raise Failure(f"term {change['term']} after term {highest}")
                highest = change.number("term")
                if highest == term and change["value"] == f"round-{round}":
                    break
            if time.monotonic() > deadline:
                raise Failure(f"round {round} was not seen: {change}")
        server.command("CLIENT", "KILL", "TYPE", ("pubsub", "normal")[round % 2], "SKIPME", "yes")
        leader.ask("resign", "OK")
        if watcher.ask("next 10000").status != "EMPTY":
            raise Failure("the end was not seen")


def observed_over_a_restart(ring: Ring) -> None:
    """A restart that keeps the leadership is no change; one that loses it is one."""
    for durable in (True, False):
        server = ring.server(durable)
        # One that is kept may have to wait for a busy machine.
        lease = 10_000 if durable else 1500
        leader, other, observer, watcher = (_candidate(ring, lease=lease) for _ in range(4))
        term = leader.ask("campaign 0", "OK").number("term")
        watcher.ask("watch", "OK")
        watcher.ask("next 0", "OK")
        observer.begin(f"observe {term} 60000")
        watcher.begin("next 60000")
        time.sleep(0.1)
        server.restart(after=0.3)
        if durable:
            time.sleep(0.5)
            if observer.has_answer() or watcher.has_answer():
                raise Failure("a change is told of that was none")
            leader.ask("resign", "OK")
            observer.expect("EMPTY", seconds=10)
            watcher.expect("EMPTY", seconds=10)
            continue
        second = other.ask("campaign 20000", "OK", seconds=20).number("term")
        # Whether it is seen that nobody led for a while is chance.
        seen = observer.expect(None, seconds=10)
        if seen.status != "OK":
            seen = observer.ask("observe 0 10000", "OK")
        if seen.number("term") != second or second <= term:
            raise Failure(f"term {second} after {term}, seen: {seen}")
        seen = watcher.expect(None, seconds=10)
        if seen.status != "OK":
            seen = watcher.ask("next 10000", "OK")
        if seen.number("term") != second:
            raise Failure(f"the watch saw {seen}")
        leader.ask("lost 10000", "LOST")


def quorum_without_a_minority(ring: Ring) -> None:
    """A leader stays that while one of three servers is away, and is told in time when two are."""
    url = _quorum(ring, 3)
    servers = ring.servers
    leader, other, onlooker = (_candidate(ring, url, early=300) for _ in range(3))
    term = leader.ask("campaign 5000", "OK").number("term")
    other.begin("campaign 60000")
    servers[0].kill()
    leader.ask(f"lost {2 * LEASE}", "TIMED_OUT")
    if onlooker.ask("observe 0 0", "OK").number("term") != term or other.has_answer():
        raise Failure("the leadership did not survive the loss of a minority")
    servers[1].kill()
    start = time.monotonic()
    leader.ask("lost 60000", "LOST")
    soon(start, 0, LEASE / 1000 + SLACK)
    servers[0].start()
    if other.expect("OK", seconds=20).number("term") <= term:
        raise Failure("the term did not grow")
    leader.ask("resign", "LOST")
