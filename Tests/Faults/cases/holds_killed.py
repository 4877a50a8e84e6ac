"""kill -9 of who holds or waits for any kind of lock: the dead one's hold ends with its lease, its place in line at
once."""

import time

from harness import LINGERING, SEVERAL, Failure, Hold, Ring, each_hold, soon

LEASE = 3000
# How long the next one may take to notice and get it; generous for a loaded machine.
SLACK = 1.5


def _holder(ring: Ring, hold: Hold) -> None:
    ring.server()
    holder, waiter = ring.actor(), ring.actor()
    first = hold.take(holder, LEASE)
    waiter.begin(f"{hold.other} wait=60000")
    hold.in_line(ring, 1)
    holder.kill()
    start = time.monotonic()
    if waiter.expect("OK").number("fence") <= first:
        raise Failure("the fence did not grow")
    soon(start, 0.2, LEASE / 1000 + SLACK)


def holder(ring: Ring) -> None:
    each_hold(ring, _holder)


def holder_that_lingers(ring: Ring) -> None:
    """Nobody uses what it keeps, and nobody can give it back any more."""
    ring.server()
    dead, waiter = ring.actor(), ring.actor()
    first = LINGERING.take(dead, LEASE)
    dead.ask(LINGERING.release, "OK")
    if ring.watcher().ask("lock.show target", "OK").number("fence") != first:
        raise Failure("it does not linger")
    dead.kill()
    start = time.monotonic()
    if waiter.ask(f"{LINGERING.other} wait=60000", "OK").number("fence") <= first:
        raise Failure("the fence did not grow")
    soon(start, 0, LEASE / 1000 + SLACK)


def _waiter(ring: Ring, hold: Hold) -> None:
    """A dead waiter at the head of the line is skipped at the hand-over."""
    ring.server()
    holder, doomed, waiter = ring.actor(), ring.actor(), ring.actor()
    holder.ask(f"{hold.other} wait=0", "OK")
    doomed.begin(f"{hold.acquire} wait=60000")
    hold.in_line(ring, 1)
    waiter.begin(f"{hold.other} wait=60000")
    hold.in_line(ring, 2)
    doomed.kill()
    start = time.monotonic()
    holder.ask(hold.other_release, "OK")
    waiter.expect("OK")
    soon(start, 0, SLACK)
    waiter.ask(hold.other_release, "OK")
    hold.expect_free(ring)


def waiter(ring: Ring) -> None:
    each_hold(ring, _waiter)


def waiter_for_several_of_which_one_is_held_on(ring: Ring) -> None:
    """A dead waiter for two locks does not keep others from the one that is free, however long the other one is
    held."""
    ring.server()
    holder, holder_of_other, doomed, waiter = (ring.actor() for _ in range(4))
    holder.ask("lock.acquire target", "OK")
    holder_of_other.ask("lock.acquire target-2", "OK")
    doomed.begin(f"{SEVERAL.acquire} wait=60000")
    ring.waiting("lock.show target", 1)
    waiter.begin("lock.acquire target wait=60000")
    ring.waiting("lock.show target", 2)
    doomed.kill()
    start = time.monotonic()
    holder.ask("lock.release target", "OK")
    waiter.expect("OK", seconds=10)
    soon(start, 0, SLACK)
    if holder_of_other.ask("lock.state target-2", "OK")["state"] != "held":
        raise Failure("the other lock was lost")


def waiters_for_several_at_the_head_of_each_line(ring: Ring) -> None:
    """All who wait are dead but one, who waits for a lock that is free: nobody alive asks for the others."""
    ring.server()
    holder, first, second, waiter = (ring.actor() for _ in range(4))
    holder.ask("lock.acquire target lease=3000", "OK")
    holder.ask("lock.acquire target-2 lease=3000", "OK")
    first.begin("lock.acquire target-2 wait=60000")
    ring.waiting("lock.show target-2", 1)
    second.begin(f"{SEVERAL.acquire} wait=60000")
    ring.waiting("lock.show target-2", 2)
    waiter.begin("lock.acquire target wait=60000")
    ring.waiting("lock.show target", 2)
    for dead in (first, second, holder):
        dead.kill()
    start = time.monotonic()
    waiter.expect("OK", seconds=10)
    soon(start, 0, LEASE / 1000 + SLACK)


def _all(ring: Ring, hold: Hold) -> None:
    """The holder and all who wait: one who comes later has it within a lease."""
    ring.server()
    holder = ring.actor()
    hold.take(holder, LEASE)
    dead = [holder]
    for count in (1, 2, 3):
        dead.append(ring.actor())
        dead[-1].begin(f"{hold.other} wait=60000 lease={LEASE}")
        hold.in_line(ring, count)
    for actor in dead:
        actor.kill()
    start = time.monotonic()
    ring.actor().ask(f"{hold.acquire} wait=60000", "OK")
    soon(start, 0, LEASE / 1000 + SLACK)


def holder_and_all_waiters(ring: Ring) -> None:
    each_hold(ring, _all)
