"""SIGSTOP past the lease, then SIGCONT, of who holds or waits for any kind of lock: what was lost is told and does no
harm."""

import time

from harness import LINGERING, Failure, Hold, Ring, each_hold

LEASE = 500


def _holder(ring: Ring, hold: Hold) -> None:
    ring.server()
    holder, other = ring.actor(), ring.actor()
    first = hold.take(holder, LEASE)
    holder.stop()
    second = other.ask(f"{hold.other} wait=20000", "OK").number("fence")
    holder.go_on()
    hold.expect_state(holder, "lost")
    holder.ask(hold.release, "LOST")
    if second <= first:
        raise Failure("the fence did not grow")
    # The late release has taken nothing from the new holder, who keeps others out.
    ring.actor().ask(f"{hold.acquire} wait=50", "TIMED_OUT")
    other.ask(hold.other_release, "OK")
    hold.expect_free(ring)


def holder(ring: Ring) -> None:
    each_hold(ring, _holder)


def holder_that_lingers(ring: Ring) -> None:
    """It wakes up and does not take again what others have had since."""
    ring.server()
    holder, other = ring.actor(), ring.actor()
    first = LINGERING.take(holder, LEASE)
    holder.ask(LINGERING.release, "OK")
    holder.stop()
    second = other.ask(f"{LINGERING.other} wait=20000", "OK").number("fence")
    holder.go_on()
    holder.ask(f"{LINGERING.acquire} wait=50", "TIMED_OUT")
    other.ask(LINGERING.other_release, "OK")
    third = holder.ask(f"{LINGERING.acquire} wait=5000", "OK").number("fence")
    if not first < second < third:
        raise Failure(f"fences {first}, {second}, {third}")


def _waiter(ring: Ring, hold: Hold) -> None:
    """A grant to a stopped process is passed on; the process goes on waiting when it wakes."""
    ring.server()
    holder, paused, waiter = ring.actor(), ring.actor(), ring.actor()
    holder.ask(f"{hold.other} wait=0", "OK")
    paused.begin(f"{hold.acquire} wait=60000")
    hold.in_line(ring, 1)
    waiter.begin(f"{hold.other} wait=60000")
    hold.in_line(ring, 2)
    paused.stop()
    holder.ask(hold.other_release, "OK")
    fence = waiter.expect("OK", seconds=8).number("fence")
    paused.go_on()
    time.sleep(0.5)
    if paused.has_answer():
        raise Failure(f"it answers while another one has it: {paused.answer()}")
    waiter.ask(hold.other_release, "OK")
    if paused.expect("OK", seconds=10).number("fence") <= fence:
        raise Failure("the fence did not grow")


def waiter_that_is_granted(ring: Ring) -> None:
    each_hold(ring, _waiter)
