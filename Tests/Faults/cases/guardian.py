"""A guardian gives back at once what its process held when it was killed, though the leases are a minute long."""

from __future__ import annotations

import os
import time
from pathlib import Path

from harness import Actor, Failure, Ring, eventually, soon

# The promise is milliseconds; a second allows for a loaded machine.
PROMISE = 1.0
# What guarded.c holds, as requests that cannot be had meanwhile.
HELD = [
    "lock.acquire plain", "lock.acquire reentrant", "lock.acquire first", "lock.acquire second", "rw.write read",
    "rw.read written", "sem.acquire permits permits=3 count=2",
]
SHOWS = [
    "lock.show plain", "lock.show reentrant", "lock.show first", "lock.show second", "rw.show read", "rw.show written",
    "sem.show permits permits=3",
]


def _guarded(ring: Ring) -> Actor:
    actor = ring.actor(program="guarded")
    actor.expect("HOLDS", request="to hold one of each")
    # It is started in the background, so a process may hold something for a moment without one.
    eventually("its guardian is there", lambda: len(_guardians(actor.process.pid)) == 1, 5)
    return actor


def _guardians(pid: int) -> list[int]:
    """Processes that guard that one."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().split(b"\0")
        except OSError:
            continue
        if b"guard" in words and b"--pid" in words and words[words.index(b"--pid") + 1] == str(pid).encode():
            found.append(int(path.parent.name))
    return found


def killed(ring: Ring) -> None:
    ring.server()
    holder = _guarded(ring)
    waiters = [ring.actor() for _ in HELD]
    for request, actor in zip(HELD, waiters):
        actor.ask(f"{request} wait=0", "TIMED_OUT")
        actor.begin(f"{request} wait=60000")
    for show in SHOWS:
        ring.waiting(show, 1)
    start = time.monotonic()
    holder.kill()
    for request, actor in zip(HELD, waiters):
        actor.expect("OK", seconds=10, request=request)
    soon(start, 0, PROMISE)


def killed_while_nobody_waits(ring: Ring) -> None:
    """What lingers is given back as well, and the guardian ends when it has done its work."""
    ring.server()
    holder = _guarded(ring)
    pid = holder.process.pid
    holder.kill()
    other = ring.actor()
    for request in [*HELD, "lock.acquire lingering"]:
        eventually(f"{request} is free", lambda: other.ask(f"{request} wait=0").status == "OK", PROMISE)
    eventually("the guardian has ended", lambda: not _guardians(pid), 5)


def killed_together(ring: Ring) -> None:
    """Without its guardian leases do it, in their time: nobody else is let in before."""
    ring.server()
    holder = _guarded(ring)
    for pid in [*_guardians(holder.process.pid), holder.process.pid]:
        os.kill(pid, 9)
    other = ring.actor()
    for request in HELD:
        other.ask(f"{request} wait=100", "TIMED_OUT")


def stopped(ring: Ring) -> None:
    """A process that sleeps is not dead."""
    ring.server()
    holder = _guarded(ring)
    holder.stop()
    other = ring.actor()
    for request in HELD:
        other.ask(f"{request} wait=200", "TIMED_OUT")
    holder.go_on()


def ended(ring: Ring) -> None:
    """A process that ends properly takes its guardian along, and leaves nothing held."""
    ring.server()
    holder = _guarded(ring)
    pid = holder.process.pid
    assert holder.process.stdin is not None
    holder.process.stdin.close()
    if holder.process.wait(10) != 0:
        raise Failure("it did not end properly")
    other = ring.actor()
    for request in [*HELD, "lock.acquire lingering"]:
        other.ask(f"{request} wait=0", "OK")
    eventually("the guardian has ended", lambda: not _guardians(pid), 5)
