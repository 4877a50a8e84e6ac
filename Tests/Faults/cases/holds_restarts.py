"""The server is killed and started again, with its data (AOF), while any kind of lock is held and waited for."""

import time

from harness import LINGERING, Failure, Hold, Ring, each_hold, eventually, soon

DOWN = 0.3


def _held(ring: Ring, hold: Hold) -> None:
    server = ring.server(durable=True)
    holder, waiter = ring.actor(), ring.actor()
    first = hold.take(holder, 5000)
    waiter.begin(f"{hold.other} wait=60000")
    hold.in_line(ring, 1)
    server.restart(after=DOWN)
    hold.expect_state(holder, "held")
    if waiter.has_answer():
        raise Failure(f"the waiter has it, too: {waiter.answer()}")
    hold.let_go(holder)
    if waiter.expect("OK", seconds=15).number("fence") <= first:
        raise Failure("the fence did not grow")
    waiter.ask(hold.other_release, "OK")
    hold.expect_free(ring)


def held(ring: Ring) -> None:
    each_hold(ring, _held)


def lingering(ring: Ring) -> None:
    """The client keeps what it does not use, and gives it back when somebody wants it afterwards."""
    server = ring.server(durable=True)
    holder, other = ring.actor(), ring.actor()
    first = LINGERING.take(holder, 5000)
    holder.ask(LINGERING.release, "OK")
    server.restart(after=DOWN)
    if holder.ask(f"{LINGERING.acquire} wait=0", "OK").number("fence") != first:
        raise Failure("it was not kept")
    holder.ask(LINGERING.release, "OK")
    eventually("the holder can be told again", lambda: bool(server.command("PUBSUB", "CHANNELS")))
    start = time.monotonic()
    if other.ask(f"{LINGERING.other} wait=20000", "OK").number("fence") <= first:
        raise Failure("the fence did not grow")
    soon(start, 0, 2)


def _outage(ring: Ring, hold: Hold) -> None:
    """Told while the server is still away, by the holder's own clock."""
    server = ring.server(durable=True)
    holder = ring.actor()
    hold.take(holder, 1000)
    server.kill()
    start = time.monotonic()
    eventually("lost", lambda: holder.ask(hold.state)["state"] == "lost", 3)
    soon(start, 0, 1.2)
    server.start()
    holder.ask(hold.release, "LOST")
    other = ring.actor()
    other.ask(f"{hold.other} wait=5000", "OK")


def outage_longer_than_the_lease(ring: Ring) -> None:
    each_hold(ring, _outage)


def _line(ring: Ring, hold: Hold) -> None:
    """Those who wait keep their order."""
    server = ring.server(durable=True)
    holder, waiters = ring.actor(), [ring.actor() for _ in range(3)]
    hold.take(holder, 3000)
    for count, actor in enumerate(waiters, 1):
        actor.begin(f"{hold.acquire if count == 2 else hold.other} wait=60000")
        hold.in_line(ring, count)
    listening = len(server.command("PUBSUB", "CHANNELS").split())
    server.restart(after=DOWN)
    # A release before they listen again would find nobody, and it would go to the first who comes back.
    eventually("all listen again", lambda: len(server.command("PUBSUB", "CHANNELS").split()) == listening)
    hold.let_go(holder)
    for count, actor in enumerate(waiters, 1):
        actor.expect("OK", seconds=20)
        if any(later.has_answer() for later in waiters[count:]):
            raise Failure(f"number {count} has it, and so has one behind it")
        actor.ask(hold.release if count == 2 else hold.other_release, "OK")


def waiters_keep_their_order(ring: Ring) -> None:
    each_hold(ring, _line)
