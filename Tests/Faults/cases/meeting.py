"""Barriers, latches, events, double barriers and groups under faults."""

import random
import time

from harness import LOSSES, Actor, Failure, Ring, eventually, lose, lossy, soon

LEASE = 3000


# ---------------------------------------------------------------- lost requests and replies

def latch_counts_once(ring: Ring) -> None:
    proxy, actor = lossy(ring)
    left = 20
    ring.watcher().ask(f"latch.reset target to={left}", "OK")
    for how in LOSSES * 3:
        if lose(proxy, actor, "latch.count_down target", how).number("left") != left - 1:
            raise Failure(f"{how}: not counted once")
        left -= 1
    for how in LOSSES:
        lose(proxy, actor, "latch.reset target to=7", how)
    if ring.watcher().ask("latch.count target", "OK")["left"] != "7":
        raise Failure("reset to something else")


def event_is_set_once(ring: Ring) -> None:
    proxy, actor = lossy(ring)
    for how in LOSSES:
        lose(proxy, actor, "event.set target", how)
        ring.watcher().ask("event.wait target wait=0", "OK")
        lose(proxy, actor, "event.clear target", how)
        ring.watcher().ask("event.wait target wait=0", "TIMED_OUT")


def double_barrier_with_losses(ring: Ring) -> None:
    """Entering and leaving count once, be it the first party or the last."""
    proxy, actor = lossy(ring)
    other = ring.actor()
    for round, how in enumerate(LOSSES * 2):
        first, second = (actor, other) if round % 2 else (other, actor)
        for verb, key in (("enter", "inside"), ("leave", "left")):
            if first is actor:
                proxy.next("target", how)
            first.begin(f"double.{verb} target parties=2 wait=30000")
            ring.waiting("double.show target parties=2", 1, key)
            if second is actor:
                proxy.next("target", how)
            second.ask(f"double.{verb} target parties=2 wait=30000", "OK")
            first.expect("OK")
        shown = ring.watcher().ask("double.show target parties=2", "OK")
        if (shown["inside"], shown["left"], shown["round"]) != ("0", "0", str(round + 1)):
            raise Failure(f"{how}: {shown}")


def arrival_whose_answer_came_late(ring: Ring) -> None:
    """The answer of an arrival is lost, and others complete two generations before it is sent again."""
    proxy, late = lossy(ring)
    first, second = ring.actor(), ring.actor()
    # Its mailbox is open, and the server has the script.
    late.ask("barrier.wait warm-up parties=1", "OK")
    proxy.next("target", LOSSES[1])
    proxy.hold()
    late.begin("barrier.wait target parties=2 wait=30000")
    ring.waiting("barrier.show target parties=2", 1)
    first.ask("barrier.wait target parties=2 wait=30000", "OK")
    for _ in range(2):
        first.begin("barrier.wait target parties=2 wait=30000")
        second.ask("barrier.wait target parties=2 wait=30000", "OK")
        first.expect("OK")
    proxy.let_in()
    if late.expect("OK")["generation"] != "0":
        raise Failure("it came out in another generation")
    if ring.watcher().ask("barrier.show target parties=2", "OK")["waiting"] != "0":
        raise Failure("it is counted twice")


# ---------------------------------------------------------------- connections and servers

def _begin_all(ring: Ring) -> list[Actor]:
    """One that waits at each of them."""
    actors = [ring.actor() for _ in range(4)]
    actors[0].begin("latch.wait l count=1 wait=60000")
    actors[1].begin("event.wait e wait=60000")
    server = ring.servers[-1]
    eventually("it waits for the event", lambda: server.command("ZCARD", "dc:{faults:event:e}:w") == "1")
    actors[2].begin("double.enter d parties=2 wait=60000")
    ring.waiting("double.show d parties=2", 1, "inside")
    actors[3].begin("barrier.wait b parties=2 wait=60000")
    ring.waiting("barrier.show b parties=2", 1)
    eventually("the latch is there", lambda: ring.watcher().ask("latch.count l").status == "OK")
    return actors


def _end_all(actors: list[Actor], other: Actor) -> None:
    """What they wait for happens."""
    other.ask("latch.count_down l count=1", "OK")
    other.ask("event.set e", "OK")
    other.ask("event.clear e", "OK")
    other.ask("double.enter d parties=2 wait=30000", "OK")
    other.ask("barrier.wait b parties=2 wait=30000", "OK")
    for actor in actors:
        actor.expect("OK", seconds=20)


def client_kill(ring: Ring) -> None:
    """All connections of one kind are cut while all wait."""
    server = ring.server()
    other = ring.actor()
    for round, type in enumerate(("normal", "pubsub")):
        actors = _begin_all(ring)
        server.command("CLIENT", "KILL", "TYPE", type, "SKIPME", "yes")
        _end_all(actors, other)
        actors[2].begin("double.leave d parties=2 wait=30000")
        other.ask("double.leave d parties=2 wait=30000", "OK")
        actors[2].expect("OK")
        other.ask(f"latch.reset l to={round + 1}", "OK")
        for actor in actors:
            actor.ask("client.close", "OK")


def server_restarted(ring: Ring) -> None:
    """The server is killed and started with what it had written, while all wait."""
    server = ring.server(durable=True)
    actors, other = _begin_all(ring), ring.actor()
    server.kill()
    time.sleep(0.3)
    server.start()
    _end_all(actors, other)


def group_across_connections(ring: Ring) -> None:
    """A watch tells what happened while its connection was away, and a member stays one."""
    server = ring.server()
    member, watcher, other = ring.actor(), ring.actor(), ring.actor()
    member.ask("group.join g id=a value=1", "OK")
    if watcher.ask("group.next g wait=10000", "OK")["id"] != "a":
        raise Failure("the first is not the one who is there")
    for round in range(3):
        server.command("CLIENT", "KILL", "TYPE", "pubsub", "SKIPME", "yes")
        other.ask(f"group.join g id=b value={round}", "OK")
        told = watcher.ask("group.next g wait=10000", "OK")
        if (told["kind"], told["id"]) != ("came", "b"):
            raise Failure(f"{told}")
        server.command("CLIENT", "KILL", "TYPE", "pubsub", "SKIPME", "yes")
        other.ask("group.leave g", "OK")
        told = watcher.ask("group.next g wait=10000", "OK")
        if (told["kind"], told["id"]) != ("went", "b"):
            raise Failure(f"{told}")
    server.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
    if member.ask("group.state g", "OK")["state"] != "joined":
        raise Failure("lost with the connection")
    watcher.ask("group.next g wait=50", "TIMED_OUT")


# ---------------------------------------------------------------- deaths

def dead_party(ring: Ring) -> None:
    """A party of a double barrier that is killed is noticed when its lease ends, and by all at once."""
    ring.server()
    doomed, *others = (ring.actor() for _ in range(4))
    for verb, key in (("enter", "inside"), ("leave", "left")):
        if verb == "leave":
            doomed = ring.actor()
            for actor in (doomed, *others):
                actor.begin(f"double.enter d parties=4 lease={LEASE} wait=30000")
            for actor in (doomed, *others):
                actor.expect("OK")
        else:
            doomed.begin(f"double.enter d parties=5 lease={LEASE} wait=30000")
            ring.waiting("double.show d parties=5", 1, key)
        parties = 5 if verb == "enter" else 4
        for actor in others:
            actor.begin(f"double.{verb} d parties={parties} lease={LEASE} wait=30000")
        ring.waiting(f"double.show d parties={parties}", 4 if verb == "enter" else 3, key)
        doomed.kill()
        start = time.monotonic()
        for actor in others:
            actor.expect("BROKEN")
        soon(start, 0, LEASE / 1000 + 1)


def dead_actor(ring: Ring) -> None:
    """A party that is killed while it runs the action: the others are told within some seconds."""
    server = ring.server()
    waiting, doomed = ring.actor(), ring.actor()
    waiting.begin("barrier.wait b parties=2 wait=60000")
    ring.waiting("barrier.show b parties=2", 1)
    doomed.begin("barrier.wait b parties=2 action=stall")
    eventually("the action runs", lambda: server.command("HEXISTS", "dc:{faults:barrier:b}:s", "a") == "1")
    doomed.kill()
    start = time.monotonic()
    waiting.expect("BROKEN")
    soon(start, 2, 10)


def stopped_member(ring: Ring) -> None:
    """SIGSTOP past the lease: the others see it go, and it knows that it is none."""
    ring.server()
    member, watcher = ring.actor(), ring.actor()
    member.ask(f"group.join g id=a value=1 lease={LEASE}", "OK")
    watcher.ask("group.next g wait=10000", "OK")
    member.stop()
    start = time.monotonic()
    if watcher.ask("group.next g wait=20000", "OK")["kind"] != "went":
        raise Failure("it did not go")
    soon(start, 0.3, LEASE / 1000 + 1)
    member.go_on()
    if member.ask("group.state g", "OK")["state"] != "lost":
        raise Failure("it does not know")
    member.ask("group.leave g", "LOST")
    member.ask("group.join g", "OK")
    if watcher.ask("group.next g wait=20000", "OK")["kind"] != "came":
        raise Failure("it did not come again")


# ---------------------------------------------------------------- histories

class _History:
    """Processes that meet again and again, some of them killed meanwhile, and what was told them."""

    def __init__(self, ring: Ring, parties: int, seed: int) -> None:
        self.ring, self.parties, self.dice = ring, parties, random.Random(seed)
        self.begun: dict[Actor, float] = {}
        self.came: dict[int, list[tuple[int, float, float]]] = {}
        self.unknown = 0

    def begin(self, actor: Actor) -> None:
        self.begun[actor] = time.monotonic()
        actor.begin(f"barrier.wait b parties={self.parties} wait=60000")

    def hear(self, actor: Actor) -> None:
        answer = actor.answer()
        began, ended = self.begun.pop(actor), time.monotonic()
        if answer.status == "OK":
            places = self.came.setdefault(answer.number("generation"), [])
            places.append((answer.number("index"), began, ended))
        elif answer.status != "BROKEN":
            raise Failure(f"{answer}")

    def check(self) -> None:
        missing = 0
        for generation, places in self.came.items():
            indices = [index for index, _, _ in places]
            if len(set(indices)) != len(indices) or not set(indices) <= set(range(self.parties)):
                raise Failure(f"generation {generation} came out as {sorted(indices)}")
            if max(began for _, began, _ in places) > min(ended for _, _, ended in places):
                raise Failure(f"generation {generation} was released before all were there")
            missing += self.parties - len(places)
        # Only who was killed may have come out without having told.
        if missing > self.unknown:
            raise Failure(f"{missing} parties never came out, {self.unknown} were killed")


def barrier_history(ring: Ring) -> None:
    """No barrier releases early, twice or never: kill -9, cut connections, resets."""
    server = ring.server()
    history = _History(ring, 3, random.randrange(1 << 30))
    actors = [ring.actor() for _ in range(7)]
    until = time.monotonic() + 3
    while time.monotonic() < until:
        idle = [actor for actor in actors if actor not in history.begun]
        if idle:
            history.begin(history.dice.choice(idle))
        for actor in list(history.begun):
            if actor.has_answer():
                history.hear(actor)
        chance = history.dice.random()
        if chance < 0.01:
            doomed = history.dice.choice(actors)
            history.unknown += doomed in history.begun
            history.begun.pop(doomed, None)
            doomed.kill()
            actors[actors.index(doomed)] = ring.actor()
        elif chance < 0.02:
            server.command("CLIENT", "KILL", "TYPE", history.dice.choice(("normal", "pubsub")), "SKIPME", "yes")
        elif chance < 0.03:
            ring.watcher().ask("barrier.reset b parties=3", "OK")
    # Nobody waits for ever.
    ring.watcher().ask("barrier.abort b parties=3", "OK")
    for actor in list(history.begun):
        history.hear(actor)
    history.check()
    if len(history.came) < 20:
        raise Failure(f"only {len(history.came)} generations")
