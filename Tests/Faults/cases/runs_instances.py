"""Distributed runs whose instances die, the one that coordinates first, and whose server is killed."""

import time

from harness import Actor, Failure, Ring, eventually

JOIN = "instance.join run:ci id=ci workflow=ci total=3 lease=2500"
QUEUE = "run:ci"


def _process(ring: Ring) -> Actor:
    """One that knows the workflow, as any of them does: four steps, one after the other."""
    actor = ring.actor(timeout_ms=3000)
    for step in range(4):
        actor.ask(f"wf.task ci as=s{step} attempts=3 needs={f's{step - 1}' if step else ''}", "OK")
    return actor


def _instance(ring: Ring, index: int, wanted: str = "OK") -> Actor:
    """A process that has joined."""
    actor = _process(ring)
    actor.ask(f"{JOIN} index={index}", wanted)
    return actor


def _coordinates(actor: Actor) -> bool:
    return actor.ask(f"instance.show {QUEUE}", "OK")["coordinates"] == "yes"


def _work(actor: Actor, count: int) -> None:
    for _ in range(count):
        actor.ask(f"task.work {QUEUE} wait=15000 result=x", "OK", 20)


def _ended(actor: Actor, state: str = "succeeded") -> None:
    answer = actor.ask(f"instance.wait {QUEUE} wait=20000", "OK")
    if answer["state"] != state:
        raise Failure(f"{answer}")


def the_coordinator_dies(ring: Ring) -> None:
    """In the middle of a task of its own: another coordinates, and the run completes."""
    ring.server()
    first, second, third = (_instance(ring, index) for index in range(3))
    eventually("the first one coordinates", lambda: _coordinates(first))
    _work(second, 1)
    first.ask(f"task.claim {QUEUE} wait=5000", "OK")
    first.kill()
    start = time.monotonic()
    _work(third, 3)
    if (took := time.monotonic() - start) > 7:
        raise Failure(f"its task was done after {took:.1f} s, the lease is 2.5 s")
    eventually("another one coordinates", lambda: _coordinates(second) or _coordinates(third))
    _ended(second)
    _ended(third)


def all_die_and_late_ones_go_on(ring: Ring) -> None:
    """Nothing is done twice, whoever comes after the end is told so."""
    ring.server()
    early = [_instance(ring, index) for index in (0, 1)]
    _work(early[0], 2)
    early[1].ask(f"task.claim {QUEUE} wait=5000", "OK")
    for actor in early:
        actor.kill()
    late = _instance(ring, 2)
    _work(late, 2)
    _ended(late)
    after = _instance(ring, 0, "EXPIRED")
    _ended(after)
    after.ask(f"task.claim {QUEUE} wait=0", "NONE")


def an_index_is_free_again_when_its_instance_died(ring: Ring) -> None:
    ring.server()
    first = _instance(ring, 0)
    _instance(ring, 0, "EXISTS")
    first.kill()
    again = _process(ring)
    eventually("the place is free", lambda: again.ask(f"{JOIN} index=0").status == "OK")
    _work(again, 4)
    _ended(again)


def a_stopped_coordinator_comes_back(ring: Ring) -> None:
    """Past its lease: it no longer coordinates, and harms nothing."""
    ring.server()
    first, second = _instance(ring, 0), _instance(ring, 1)
    eventually("the first one coordinates", lambda: _coordinates(first))
    _work(second, 1)
    first.stop()
    eventually("the second one coordinates", lambda: _coordinates(second), 20)
    first.go_on()
    _work(second, 2)
    _work(first, 1)
    for actor in (first, second):
        _ended(actor)
    if _coordinates(first) and _coordinates(second):
        raise Failure("both coordinate")


def the_server_is_killed_and_has_all(ring: Ring) -> None:
    server = ring.server(durable=True)
    actors = [_instance(ring, index) for index in range(2)]
    for actor in actors:
        _work(actor, 1)
        server.restart(after=0.3)
    for actor in actors:
        _work(actor, 1)
    for actor in actors:
        _ended(actor)


def the_server_forgets_everything(ring: Ring) -> None:
    """The run was there and is gone: whoever waits is told, rather than that another one is begun in silence."""
    server = ring.server()
    actors = [_instance(ring, index) for index in range(2)]
    _work(actors[0], 1)
    actors[1].begin(f"instance.wait {QUEUE} wait=60000")
    time.sleep(0.1)
    server.restart(after=0.3)
    actors[1].expect("LOST", 30)
    actors[0].ask(f"instance.wait {QUEUE} wait=30000", "LOST", 40)
