"""Runs of workflows whose workers die or are stopped, and whose server is killed, forgets everything, or is full."""

import time

from harness import CHAIN, Failure, Ring, Server, define_chain, eventually, expect_end, expect_states, states_of

DOWN = 0.3


def _it_waits(server: Server) -> None:
    """Waits until somebody waits for the end of the run: who has never reached a server is told so at once."""
    eventually("it waits", lambda: bool(server.command("HGET", "dc:{faults:queue:target}:R:r", "w")))


def a_dead_worker_is_replaced(ring: Ring) -> None:
    """Within its lease and a second."""
    ring.server()
    worker, other = ring.actor(), ring.actor()
    define_chain(other)
    other.ask("run.start target workflow=chain id=r", "OK")
    worker.ask("task.claim target wait=0 lease=500", "OK")
    worker.kill()
    start = time.monotonic()
    task = other.ask("task.claim target wait=10000", "OK")
    took = time.monotonic() - start
    if (task["name"], task["attempt"]) != ("a", "2") or took > 5:
        raise Failure(f"after {took:.1f} s: {task}")


def deaths_beyond_the_last_attempt_are_forgiven_three_times(ring: Ring) -> None:
    ring.server()
    starter = ring.watcher()
    starter.ask("wf.task one as=a", "OK")
    starter.ask("run.start target workflow=one id=r", "OK")
    for _ in range(4):
        worker = ring.actor()
        worker.ask("task.claim target wait=10000 lease=200", "OK")
        worker.kill()
    last = ring.actor()
    last.ask("task.claim target wait=2000", "NONE")
    answer = expect_end(ring, "failed")
    if "worker" not in answer["reason"]:
        raise Failure(f"{answer}")


def a_stopped_worker_is_not_listened_to(ring: Ring) -> None:
    """Stopped past its lease: the task has gone to another, and whatever it says when it goes on does not count."""
    ring.server()
    for number, late in enumerate((
            "job.complete {} result=late", "task.skip {}", "task.repeat {} result=late",
            "job.fail {} retry=no message=late", "task.add {} workflow=more")):
        worker, other = ring.actor(), ring.actor()
        define_chain(worker, other)
        worker.ask("wf.task more as=x", "OK")
        other.ask(f"run.start target workflow=chain id=r{number}", "OK")
        task = worker.ask("task.claim target wait=0 lease=300", "OK")
        worker.stop()
        again = other.ask("task.claim target wait=10000", "OK")
        worker.go_on()
        answer = worker.ask(late.format(task["id"]))
        if answer.status not in ("LOST", "NOT_HELD"):
            raise Failure(f"{late}: {answer}")
        other.ask(f"job.complete {again['id']} result=right", "OK")
        result = other.ask(f"run.result target id=r{number} task=a wait=0", "OK")
        if (again["attempt"], result["result"]) != ("2", "right"):
            raise Failure(f"{again}, {result}")
        other.ask(f"run.stop target id=r{number} at_once=yes", "OK")


def stopped_while_all_die(ring: Ring) -> None:
    """Nobody is left that could end anything but who waits for the end."""
    ring.server()
    workers = [ring.actor() for _ in range(3)]
    starter = ring.actor()
    for number in range(5):
        starter.ask(f"wf.task wide as=t{number} attempts=3", "OK")
    starter.ask("wf.task wide as=last needs=t0,t1,t2,t3,t4", "OK")
    starter.ask("run.start target workflow=wide id=r", "OK")
    for worker in workers:
        worker.ask("task.claim target wait=0 lease=500", "OK")
    starter.ask("run.stop target id=r reason=enough", "OK")
    for actor in (*workers, starter):
        actor.kill()
    answer = expect_end(ring, "cancelled")
    if answer["reason"] != "enough" or set(states_of(ring).values()) != {"cancelled"}:
        raise Failure(f"{answer}, {states_of(ring)}")


def the_end_is_seen_without_workers(ring: Ring) -> None:
    """The last worker dies with its last attempt: who waits learns of that, though nobody claims."""
    ring.server()
    worker = ring.actor()
    ring.watcher().ask("wf.task one as=a", "OK")
    ring.watcher().ask("run.start target workflow=one id=r", "OK")
    for _ in range(4):
        worker.ask("task.claim target wait=10000 lease=200", "OK")
        worker.kill()
        worker = ring.actor()
    worker.kill()
    expect_end(ring, "failed")


def pauses_outlive_everybody(ring: Ring) -> None:
    """Paused, everybody killed, the server killed: taken up by somebody who has never heard of it."""
    server = ring.server(durable=True)
    worker = ring.actor()
    define_chain(worker)
    worker.ask("run.start target workflow=chain id=r", "OK")
    worker.ask("task.work target wait=0 result=1", "OK")
    worker.ask("run.pause target id=r", "OK")
    worker.kill()
    server.restart(after=DOWN)
    fresh = ring.actor()
    fresh.ask("task.claim target wait=0", "NONE")
    fresh.ask("run.resume target id=r", "OK")
    for name in CHAIN[1:]:
        if (task := fresh.ask("task.work target wait=5000 result=2", "OK"))["name"] != name:
            raise Failure(f"wanted {name}: {task}")
    fresh.ask("run.wait target id=r wait=5000", "OK")


def the_server_is_killed_and_has_all(ring: Ring) -> None:
    """Everything was on disk: what was claimed can be completed, who waits goes on waiting and is told."""
    server = ring.server(durable=True)
    worker, waiter = ring.actor(timeout_ms=3000), ring.actor(timeout_ms=3000)
    define_chain(worker)
    worker.ask("run.start target workflow=chain id=r", "OK")
    waiter.begin("run.wait target id=r wait=60000")
    _it_waits(server)
    for name in CHAIN:
        task = worker.ask("task.claim target wait=5000 lease=20000", "OK")
        server.restart(after=DOWN)
        worker.ask(f"job.complete {task['id']} result={name}", "OK")
    if waiter.expect("OK", 20)["state"] != "succeeded":
        raise Failure("it ended otherwise")


def the_server_forgets_everything(ring: Ring) -> None:
    """The run is gone: nobody waits for ever, and nobody is told that something counts."""
    server = ring.server()
    worker, waiter = ring.actor(timeout_ms=3000), ring.actor(timeout_ms=3000)
    define_chain(worker)
    worker.ask("run.start target workflow=chain id=r", "OK")
    task = worker.ask("task.claim target wait=0 lease=20000", "OK")
    waiter.begin("run.wait target id=r wait=60000")
    _it_waits(server)
    server.restart(after=DOWN)
    answer = worker.ask(f"job.complete {task['id']} result=x")
    if answer.status not in ("LOST", "NOT_HELD"):
        raise Failure(f"{answer}")
    waiter.expect("NOT_FOUND", 20)
    for request in ("run.tasks target id=r", "run.pause target id=r", "run.resume target id=r", "run.stop target id=r",
                    "run.result target id=r task=a wait=0", "run.next target id=r wait=0"):
        fresh = ring.watcher().ask(request)
        if fresh.status != "NOT_FOUND":
            raise Failure(f"{request}: {fresh}")
    ring.watcher().ask("run.delete target id=r", "OK")
    worker.ask("run.start target workflow=chain id=r", "OK")


def the_server_is_full(ring: Ring) -> None:
    """Nothing is started by halves, and what was refused can be done again when there is room."""
    server = ring.server()
    actor = ring.actor()
    define_chain(actor)
    actor.ask("run.start target workflow=chain id=r", "OK")
    task = actor.ask("task.claim target wait=0 lease=20000", "OK")
    for number in range(1000):
        actor.ask(f"wf.task large as=t{number} needs={f't{number - 1}' if number else ''}", "OK")
    server.command("CONFIG", "SET", "maxmemory-policy", "noeviction")
    server.command("CONFIG", "SET", "maxmemory", "1")
    actor.ask("run.start target workflow=large id=big", "ERROR_SERVER_FULL")
    # What ends something makes room.
    actor.ask(f"job.complete {task['id']} result=x", "OK")
    server.command("CONFIG", "SET", "maxmemory", "0")
    actor.ask("run.wait target id=big wait=0", "NOT_FOUND")
    expect_states(ring, a="succeeded", b="ready", c="waiting")
    actor.ask("run.start target workflow=large id=big", "OK")
    eventually("all of it is there", lambda: len(states_of(ring, "big")) == 1000)
