"""Runs of workflows under lost messages: whatever was asked for counts once, and the asker is told the truth."""

import time

from harness import (
    CHAIN, LOSSES, Failure, Ring, define_chain, eventually, events_of, expect_end, expect_states, lose, lossy,
    states_of)


def started_once(ring: Ring) -> None:
    proxy, actor = lossy(ring)
    define_chain(actor)
    for number, how in enumerate(LOSSES):
        lose(proxy, actor, f"run.start target workflow=chain id=r{number}", how)
        expect_states(ring, f"r{number}", a="ready", b="waiting", c="waiting")
        if (kinds := events_of(ring, f"r{number}")) != ["started"]:
            raise Failure(f"{kinds}")
        actor.ask(f"run.start target workflow=chain id=r{number}", "EXISTS")


def a_large_one_is_started_whole_or_not_at_all(ring: Ring) -> None:
    """It is sent in parts; any of them, or its answer, may be lost, and the starter may be killed between two."""
    proxy, actor = lossy(ring)
    for number in range(1200):
        actor.ask(f"wf.task large as=t{number} needs={f't{number - 1}' if number else ''}", "OK")
    proxy.start_chaos(seed=3, chance=0.3)
    actor.ask("run.start target workflow=large id=r1", "OK", 60)
    proxy.stop_chaos()
    summary = ring.watcher().ask("run.wait target id=r1 wait=0", "TIMED_OUT")
    if (summary["waiting"], summary["ready"]) != ("1199", "1"):
        raise Failure(f"{summary}")
    # Its first part arrives, and nothing more.
    proxy.next("target", "the reply is lost")
    actor.begin("run.start target workflow=large id=r2")
    eventually("a part has arrived", lambda: proxy.applied > 0 and not proxy.rules)
    actor.kill()
    seen = ring.watcher().ask("run.wait target id=r2 wait=0")
    if seen.status == "TIMED_OUT" and (seen["waiting"], seen["ready"]) != ("1199", "1"):
        raise Failure(f"half of it was started: {seen}")


def settled_once(ring: Ring) -> None:
    """Completed, failed, skipped: each counts once, though the request or its answer is lost."""
    proxy, actor = lossy(ring)
    define_chain(actor)
    for number, how in enumerate(LOSSES):
        id = f"r{number}"
        actor.ask(f"run.start target workflow=chain id={id}", "OK")
        task = actor.ask("task.claim target wait=0", "OK")
        lose(proxy, actor, f"job.fail {task['id']} message=target delay=0", how)
        task = actor.ask("task.claim target wait=5000", "OK")
        if task["attempt"] != "2":
            raise Failure(f"a failure was counted twice: {task}")
        lose(proxy, actor, f"job.complete {task['id']} result=target", how)
        expect_states(ring, id, a="succeeded", b="ready", c="waiting")
        task = actor.ask("task.claim target wait=0", "OK")
        proxy.next("EVAL", how)
        actor.ask(f"task.skip {task['id']} reason=no-need", "OK")
        expect_states(ring, id, b="skipped", c="skipped")
        expect_end(ring, "succeeded", id)
        if (kinds := events_of(ring, id)).count("task_ended") != 3:
            raise Failure(f"{kinds}")


def another_round_begins_once(ring: Ring) -> None:
    proxy, actor = lossy(ring)
    actor.ask("wf.task loop as=first", "OK")
    actor.ask("wf.task loop as=last needs=first", "OK")
    actor.ask("wf.loop loop first=first last=last most=3", "OK")
    for number, how in enumerate(LOSSES):
        id = f"r{number}"
        actor.ask(f"run.start target workflow=loop id={id}", "OK")
        for round_ in range(3):
            task = actor.ask("task.work target wait=0 result=x", "OK")
            if (task["name"], task["round"]) != ("first", str(round_)):
                raise Failure(f"wanted round {round_}: {task}")
            task = actor.ask("task.claim target wait=0", "OK")
            lose(proxy, actor, f"task.repeat {task['id']} result=target", how)
        actor.ask("task.claim target wait=0", "NONE")
        expect_end(ring, "succeeded", id)


def added_once(ring: Ring) -> None:
    """What a task adds is there once, when it is completed."""
    proxy, actor = lossy(ring)
    define_chain(actor)
    actor.ask("wf.task more as=x", "OK")
    actor.ask("wf.task more as=y needs=x", "OK")
    for number, how in enumerate(LOSSES):
        id = f"r{number}"
        actor.ask(f"run.start target workflow=chain id={id}", "OK")
        task = actor.ask("task.claim target wait=0", "OK")
        proxy.next("EVAL", how)
        actor.ask(f"task.add {task['id']} workflow=more", "OK")
        if "x" in states_of(ring, id):
            raise Failure("it is there before the task is completed")
        lose(proxy, actor, f"job.complete {task['id']} result=target", how)
        expect_states(ring, id, a="running", x="ready", y="waiting", b="waiting")
        for name in ("x", "y", "b", "c"):
            task = actor.ask("task.work target wait=0", "OK")
            if task["name"] != name:
                raise Failure(f"wanted {name}: {task}")
        expect_end(ring, "succeeded", id)


def controlled_once(ring: Ring) -> None:
    """Paused, resumed, stopped, taken up again, deleted: the asker is told that it is done."""
    proxy, actor = lossy(ring)
    define_chain(actor)
    for number, how in enumerate(LOSSES):
        id = f"r{number}"
        actor.ask(f"run.start target workflow=chain id={id}", "OK")
        lose(proxy, actor, f"run.pause target id={id}", how)
        actor.ask("task.claim target wait=0 lease=1000", "NONE")
        lose(proxy, actor, f"run.resume target id={id}", how)
        task = actor.ask("task.claim target wait=0", "OK")
        lose(proxy, actor, f"run.stop target id={id} reason=enough", how)
        eventually("the worker knows", lambda: actor.ask(f"job.state {task['id']}")["state"] == "cancelling")
        actor.ask(f"job.cancelled {task['id']}", "OK")
        if expect_end(ring, "cancelled", id)["reason"] != "enough":
            raise Failure("another reason")
        lose(proxy, actor, f"run.resume target id={id}", how)
        for name in CHAIN:
            if (task := actor.ask("task.work target wait=0", "OK"))["name"] != name:
                raise Failure(f"wanted {name}: {task}")
        expect_end(ring, "succeeded", id)
        lose(proxy, actor, f"run.delete target id={id}", how)
        ring.watcher().ask(f"run.wait target id={id} wait=0", "NOT_FOUND")


def who_waits_is_told_over_a_lost_connection(ring: Ring) -> None:
    proxy, actor = lossy(ring)
    worker = ring.watcher()
    define_chain(worker)
    for number, is_back in enumerate((False, True)):
        worker.ask(f"run.start target workflow=chain id=r{number}", "OK")
        actor.begin(f"run.wait target id=r{number} wait=60000")
        time.sleep(0.1)
        proxy.cut_all()
        if is_back:
            time.sleep(0.3)
        for _ in CHAIN:
            worker.ask("task.work target wait=5000", "OK")
        if actor.expect("OK", 20)["state"] != "succeeded":
            raise Failure("it ended otherwise")


def a_watch_misses_nothing(ring: Ring) -> None:
    """Connections are cut again and again while a run goes on."""
    proxy, actor = lossy(ring)
    worker = ring.watcher()
    define_chain(worker)
    worker.ask("run.start target workflow=chain id=r", "OK")
    wanted = ["started", "task_ended", "task_ended", "task_ended", "ended"]
    numbers = []
    for place, kind in enumerate(wanted):
        event = actor.ask("run.next target id=r wait=20000", "OK")
        if event["kind"] != kind:
            raise Failure(f"wanted {kind}: {event}")
        numbers.append(event.number("number"))
        proxy.cut_all()
        if place < len(CHAIN):
            worker.ask("task.work target wait=5000", "OK")
    if numbers != list(range(1, len(wanted) + 1)):
        raise Failure(f"{numbers}")


def scripts_are_forgotten(ring: Ring) -> None:
    """SCRIPT FLUSH between any two calls."""
    server = ring.server()
    actor = ring.actor()
    define_chain(actor)
    server.command("SCRIPT", "FLUSH")
    actor.ask("run.start target workflow=chain id=r", "OK")
    for name in CHAIN:
        server.command("SCRIPT", "FLUSH")
        task = actor.ask("task.claim target wait=0", "OK")
        server.command("SCRIPT", "FLUSH")
        actor.ask(f"job.complete {task['id']} result={name}", "OK")
    server.command("SCRIPT", "FLUSH")
    expect_end(ring, "succeeded")
