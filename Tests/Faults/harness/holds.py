"""The kinds of holds, as requests to processes under test: one list for all faults."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable

from .actors import Actor, Answer, Failure, Ring


@dataclass(frozen=True)
class Hold:
    """How something named `target` is held, and how somebody else is kept out by that."""

    what: str
    acquire: str
    release: str
    state: str
    # What another one asks for that cannot be had at the same time, and how it is shown who waits for that.
    other: str
    other_release: str
    show: str
    levels: int = 1

    def take(self, actor: Actor, lease: int = 10_000) -> int:
        """Holds it; the fence of the last level."""
        return [actor.ask(f"{self.acquire} lease={lease} wait=0", "OK") for _ in range(self.levels)][-1].number("fence")

    def let_go(self, actor: Actor) -> None:
        for _ in range(self.levels):
            actor.ask(self.release, "OK")

    def in_line(self, ring: Ring, count: int) -> None:
        ring.waiting(self.show, count)

    def expect_state(self, actor: Actor, wanted: str) -> None:
        had = actor.ask(self.state, "OK")["state"]
        if had != wanted:
            raise Failure(f"the state is {had}, wanted {wanted}")

    def expect_free(self, ring: Ring) -> Answer:
        """Another one can have it at once."""
        other = ring.actor()
        answer = other.ask(f"{self.other} wait=0", "OK")
        other.ask(self.other_release, "OK")
        return answer


LOCK = ("lock.acquire target", "lock.release target", "lock.show target")
RW = ("rw.release target", "rw.state target")
REENTRANT = Hold(
    "a reentrant lock", "lock.acquire target reentrant=yes", "lock.release target", "lock.state target", *LOCK,
    levels=2)
READ = Hold("a read lock", "rw.read target", *RW, "rw.write target", "rw.release target", "rw.show target")
WRITE = Hold("a write lock", "rw.write target", *RW, "rw.read target", "rw.release target", "rw.show target")
PERMITS = Hold(
    "permits", "sem.acquire target permits=3 count=2", "sem.release target", "sem.state target",
    "sem.acquire target permits=3 count=2", "sem.release target", "sem.show target permits=3")
SEVERAL = Hold(
    "several locks", "many.acquire target,target-2", "many.release target,target-2", "many.state target,target-2",
    "lock.acquire target-2", "lock.release target-2", "lock.show target-2")
LINGERING = Hold(
    "a lingering lock", "lock.acquire target linger=60000", "lock.release target", "lock.state target", *LOCK)
HOLDS = (REENTRANT, READ, WRITE, PERMITS, SEVERAL, LINGERING)


def each_hold(ring: Ring, run: Callable[[Ring, Hold], None], holds: tuple[Hold, ...] = HOLDS) -> None:
    """Plays the same with each kind, and says which one it failed with. They share a name: `run` makes a server for
    each."""
    for hold in holds:
        try:
            run(ring, hold)
        except Failure as failure:
            raise Failure(f"{hold.what}: {failure}") from failure
