"""A small workflow for processes under test, and what has become of its runs on the queue `target`."""

from __future__ import annotations

from .actors import Actor, Answer, Failure, Ring

CHAIN = ("a", "b", "c")


def define_chain(*actors: Actor) -> None:
    """a, b after a, c after b; each session knows the workflow as `chain`."""
    for actor in actors:
        actor.ask("wf.task chain as=a attempts=2", "OK")
        actor.ask("wf.task chain as=b needs=a attempts=2", "OK")
        actor.ask("wf.task chain as=c needs=b", "OK")


def states_of(ring: Ring, id: str = "r") -> dict[str, str]:
    answer = ring.watcher().ask(f"run.tasks target id={id}", "OK")
    return dict(pair.rpartition(":")[::2] for pair in answer["tasks"].split(","))


def expect_states(ring: Ring, id: str = "r", **wanted: str) -> None:
    had = states_of(ring, id)
    if any(had.get(name) != state for name, state in wanted.items()):
        raise Failure(f"wanted {wanted}: {had}")


def expect_end(ring: Ring, state: str, id: str = "r", wait: int = 20000) -> Answer:
    answer = ring.watcher().ask(f"run.wait target id={id} wait={wait}", "OK")
    if answer["state"] != state:
        raise Failure(f"wanted {state}: {answer}")
    return answer


def events_of(ring: Ring, id: str) -> list[str]:
    """Kinds of all events so far, by a session of its own."""
    actor, kinds = ring.actor(), []
    while (event := actor.ask(f"run.next target id={id} wait=0")).status == "OK":
        kinds.append(event["kind"])
    return kinds
