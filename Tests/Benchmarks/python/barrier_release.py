"""From the moment when the last of some processes arrives at a barrier until all are released, median microseconds; as
programs/barrier.c.

Usage: barrier_release.py KIND SERVER PROCESSES ROUNDS

KIND is distcoord (its barrier), distcoord.double, with the path of Redis' socket, or kazoo (its DoubleBarrier), with
ZooKeeper's address.
"""

from __future__ import annotations

import multiprocessing
import statistics
import sys
import time
from typing import Callable, NamedTuple

PAUSE = 0.0015


class Barrier(NamedTuple):
    """How a party takes part in a round, and how one looks on."""

    prepare: Callable[[int], object]
    arrive: Callable[[], object]
    leave: Callable[[], object]
    waiting: Callable[[], int]


def nothing(*_: object) -> None:
    """What needs no preparation, or is left by being released."""


def distcoord(server: str, parties: int, is_double: bool) -> Barrier:
    import distcoord as library

    client = library.connect(f"unix://{server}")
    client.ping()
    if is_double:
        double = client.double_barrier("release", parties)
        return Barrier(nothing, double.enter, double.leave, lambda: double.inspect().inside)
    barrier = client.barrier("release", parties)
    return Barrier(nothing, barrier.wait, nothing, lambda: barrier.n_waiting)


def kazoo(server: str, parties: int) -> Barrier:
    """One for each round: with one for all of them its processes now and then wait for each other for ever."""
    from kazoo.client import KazooClient

    client = KazooClient(hosts=server)
    client.start()
    made = []

    def prepare(round: int) -> None:
        made.append(client.DoubleBarrier(f"/barrier-{round}", parties))
        client.ensure_path(made[-1].path)
        # So that it does not ask for it again.
        made[-1].assured_path = True

    return Barrier(prepare, lambda: made[-1].enter(), nothing,
                   lambda: sum(child != "ready" for child in client.get_children(made[-1].path)))


def opened(kind: str, server: str, parties: int) -> Barrier:
    if kind == "kazoo":
        return kazoo(server, parties)
    return distcoord(server, parties, kind == "distcoord.double")


def party(kind: str, server: str, parties: int, rounds: int, pipe) -> None:
    barrier = opened(kind, server, parties)
    for round in range(rounds):
        barrier.prepare(round)
        pipe.send(None)
        pipe.recv()
        arrived = time.monotonic_ns()
        barrier.arrive()
        released = time.monotonic_ns()
        barrier.leave()
        pipe.send((arrived, released))


def main(kind: str, server: str, parties: int, rounds: int) -> None:
    context = multiprocessing.get_context("spawn")
    pipes, processes = [], []
    for _ in range(parties):
        ours, theirs = context.Pipe()
        processes.append(context.Process(target=party, args=(kind, server, parties, rounds, theirs), daemon=True))
        processes[-1].start()
        pipes.append(ours)
    looking_on = opened(kind, server, parties)
    latencies = []
    for round in range(rounds):
        looking_on.prepare(round)
        for pipe in pipes:
            pipe.recv()
        last = pipes[round % parties]
        for pipe in pipes:
            if pipe is not last:
                pipe.send("arrive")
        while looking_on.waiting() < parties - 1:
            time.sleep(0.0005)
        time.sleep(PAUSE)
        last.send("arrive")
        moments = [pipe.recv() for pipe in pipes]
        latencies.append((max(moment[1] for moment in moments) - max(moment[0] for moment in moments)) / 1000)
    for process in processes:
        process.join(10)
    print("p50", statistics.median(latencies))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
