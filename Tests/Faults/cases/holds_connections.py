"""Lost requests and replies, and cut connections, around each kind of lock: had once, given back once, waited for to
the end."""

import time

from harness import LINGERING, LOSSES, REENTRANT, Failure, Hold, Ring, each_hold, lose, lossy, soon


def _alone(ring: Ring, hold: Hold) -> None:
    proxy, actor = lossy(ring)
    other = ring.actor()
    for how in LOSSES:
        for _ in range(hold.levels):
            lose(proxy, actor, f"{hold.acquire} wait=0", how)
        other.ask(f"{hold.other} wait=50", "TIMED_OUT")
        for _ in range(hold.levels):
            lose(proxy, actor, hold.release, how)
        other.ask(f"{hold.other} wait=0", "OK")
        other.ask(hold.other_release, "OK")
        actor.ask(hold.release, "NOT_HELD")


def acquire_and_release(ring: Ring) -> None:
    each_hold(ring, _alone)


def _busy(ring: Ring, hold: Hold) -> None:
    """A lost answer that it is held; a lost place in line; a release that hands over and whose reply is lost."""
    proxy, actor = lossy(ring)
    other = ring.actor()
    for how in LOSSES:
        other.ask(f"{hold.other} wait=0", "OK")
        lose(proxy, actor, f"{hold.acquire} wait=0", how, "TIMED_OUT")
        proxy.next("target", how)
        actor.begin(f"{hold.acquire} wait=60000")
        hold.in_line(ring, 1)
        other.ask(hold.other_release, "OK")
        actor.expect("OK")
        other.begin(f"{hold.other} wait=60000")
        hold.in_line(ring, 1)
        lose(proxy, actor, hold.release, how)
        other.expect("OK")
        # Released once: the new holder has it for itself.
        actor.ask(f"{hold.acquire} wait=50", "TIMED_OUT")
        other.ask(hold.other_release, "OK")
        hold.expect_free(ring)


def hand_over(ring: Ring) -> None:
    each_hold(ring, _busy)


def _given_up(ring: Ring, hold: Hold) -> None:
    """Who gives up while its farewell is lost leaves no trace for long, and holds nothing."""
    proxy, actor = lossy(ring)
    other = ring.actor()
    other.ask(f"{hold.other} wait=0", "OK")
    for how in LOSSES:
        actor.begin(f"{hold.acquire} wait=700")
        hold.in_line(ring, 1)
        proxy.next("target", how)
        actor.expect("TIMED_OUT", seconds=10)
        hold.in_line(ring, 0)
    other.ask(hold.other_release, "OK")
    hold.expect_free(ring)


def wait_that_is_given_up(ring: Ring) -> None:
    each_hold(ring, _given_up)


def _cut_off(ring: Ring, hold: Hold) -> None:
    """All connections of a waiter are cut in the moment of the release, again and again."""
    proxy, actor = lossy(ring)
    holder = ring.actor()
    for round in range(4):
        holder.ask(f"{hold.other} wait=20000", "OK")
        actor.begin(f"{hold.acquire} wait=60000")
        hold.in_line(ring, 1)
        if round % 2:
            proxy.cut_all()
        holder.begin(hold.other_release)
        proxy.cut_all()
        holder.expect("OK")
        actor.expect("OK", seconds=15)
        actor.ask(hold.release, "OK")


def waiter_cut_off(ring: Ring) -> None:
    each_hold(ring, _cut_off)


def levels_are_counted_once(ring: Ring) -> None:
    """A level whose acquire is sent twice is one level; so is one whose release is."""
    proxy, actor = lossy(ring)
    for how in LOSSES:
        for depth in (1, 2, 3):
            lose(proxy, actor, f"{REENTRANT.acquire} wait=0", how)
            if actor.ask("lock.depth target", "OK").number("depth") != depth:
                raise Failure(f"not {depth} levels")
        for _ in range(3):
            ring.actor().ask("lock.acquire target wait=0", "TIMED_OUT")
            lose(proxy, actor, REENTRANT.release, how)
        REENTRANT.expect_free(ring)


def answer_to_a_recall(ring: Ring) -> None:
    """What is given back because somebody wants it is given back though that is lost."""
    proxy, actor = lossy(ring)
    other = ring.actor()
    for how in LOSSES:
        LINGERING.take(actor)
        actor.ask(LINGERING.release, "OK")
        proxy.next("target", how)
        start = time.monotonic()
        other.ask(f"{LINGERING.other} wait=20000", "OK")
        soon(start, 0, 3)
        other.ask(LINGERING.other_release, "OK")


def recall_that_is_lost(ring: Ring) -> None:
    """The mailbox of a lingering holder is cut just before somebody wants the lock: asking again recalls it."""
    proxy, actor = lossy(ring)
    other = ring.actor()
    for _ in range(3):
        LINGERING.take(actor)
        actor.ask(LINGERING.release, "OK")
        proxy.cut_all()
        start = time.monotonic()
        other.ask(f"{LINGERING.other} wait=20000", "OK")
        soon(start, 0, 3)
        other.ask(LINGERING.other_release, "OK")


def downgrade(ring: Ring) -> None:
    """A lost downgrade happens once: readers come in, writers do not."""
    proxy, actor = lossy(ring)
    reader, writer = ring.actor(), ring.actor()
    for how in LOSSES:
        actor.ask("rw.write target wait=0", "OK")
        lose(proxy, actor, "rw.downgrade target", how)
        reader.ask("rw.read target wait=0", "OK")
        writer.ask("rw.write target wait=0", "TIMED_OUT")
        reader.ask("rw.release target", "OK")
        lose(proxy, actor, "rw.release target", how)
        writer.ask("rw.write target wait=0", "OK")
        writer.ask("rw.release target", "OK")
