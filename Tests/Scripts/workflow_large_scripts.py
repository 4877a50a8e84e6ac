#!/usr/bin/env python3
"""Contracts of the scripts of workflows with many nodes: no call does more than some of what there is to be done.
Prints `N passed, N failed`.

    Tests/Scripts/workflow_large_scripts.py [NAME...]     only the tests whose names contain one of these
"""

from __future__ import annotations

import sys

sys.dont_write_bytecode = True
from queue_tools import play  # noqa: E402
from workflow_tools import Run, Task, do, patiently, started, task  # noqa: E402

from workflows.graphs import Graph, Node  # noqa: E402

MANY, DEEP = 3000, 12000


def test_many_that_need_one(queue, server):
    nodes = [task("a"), *(task(f"t{number}", "a") for number in range(MANY)),
             task("z", *(f"t{number}" for number in range(MANY)))]
    run = started(queue, *nodes)
    do(run, ("a", b""))
    done = 0
    while done < MANY:
        got = patiently(run)
        assert got and all(one.name != "z" for one in got), (done, len(got))
        for one in got:
            run.complete(one, b"x")
        done += len(got)
    [last] = patiently(run)
    assert last.name == "z" and last.inputs is None
    found = run.inputs("z")
    assert len(found) == MANY and [one[0] for one in found[:3]] == ["t0", "t1", "t2"]
    run.complete(last)
    assert run.state() == "succeeded"


def test_many_are_blocked_in_the_end(queue, server):
    """By calls that have nothing to do with them: each does some of it."""
    nodes = [task("a"), *(task(f"t{number}", "a") for number in range(MANY)),
             Node("g", "group", needs=["a"]), *(task(f"u{number}", group="g") for number in range(MANY)),
             task("z", "t7", "g", always=True)]
    run = started(queue, *nodes)
    [one] = run.claim()
    run.fail(one, retry=False)
    [last] = patiently(run)
    assert last.name == "z"
    run.complete(last)
    assert run.state() == "failed"
    assert [int(count) for count in run.summary()[5:12]] == [0, 0, 1, 1, 0, 0, 2 * MANY]


def test_long_chains_of_skipped(queue, server):
    nodes = [task("a"), *(task(f"t{number}", f"t{number - 1}" if number else "a") for number in range(MANY))]
    run = started(queue, *nodes)
    [one] = run.claim()
    run.skip(one)
    for _ in range(200):
        if run.state() == "succeeded":
            break
        run.claim()
    assert [int(count) for count in run.summary()[5:12]] == [0, 0, 0, 0, MANY + 1, 0, 0]


def test_many_items(queue, server):
    run = started(queue, task("a"), Node("m", "map", needs=["a"], source="a"), task("z", "m"))
    do(run, ("a", b"[" + b", ".join(b'{"n": %d}' % number for number in range(MANY)) + b"]"))
    found: list[Task] = []
    while len(found) < MANY:
        got = patiently(run)
        assert got, len(found)
        found += got
        for one in got:
            run.complete(one, b"%d" % one.index)
    assert sorted(one.index for one in found) == list(range(MANY))
    assert all(one.item == b'{"n": %d}' % one.index for one in found)
    [last] = patiently(run)
    assert [one[4] for one in run.inputs(last.name)] == [b"%d" % number for number in range(MANY)]


def test_stopped_with_many(queue, server):
    nodes = [*(task(f"t{number}") for number in range(MANY)), task("z", "t1", always=True), task("y", "t2")]
    run = started(queue, *nodes)
    held = run.claim(3)
    assert run.control("stop", "enough") == 1
    for one in held:
        run.complete(one)
    [last] = run.claim(10)
    assert last.name == "z"
    run.complete(last)
    assert run.state() == "cancelled" and run.summary()[2] == b"enough"
    assert [int(count) for count in run.summary()[5:12]] == [0, 0, 4, 0, 0, MANY - 2, 0]
    assert run.claim(10) == []


def test_groups_deep_within_groups(queue, server):
    """Deeper than calls of a script may lie within each other."""
    nodes = [Node(f"g{number}", "group", f"g{number - 1}" if number else "") for number in range(DEEP)]
    run = started(queue, *nodes, task("a", group=nodes[-1].name))
    [one] = patiently(run)
    run.complete(one)
    expect_end(run)


def expect_end(run: Run) -> None:
    for _ in range(200):
        if run.state() == "succeeded":
            return
        run.claim()
    raise AssertionError(run.summary())


if __name__ == "__main__":
    sys.exit(play([(name, test) for name, test in globals().items() if name.startswith("test_")], sys.argv[1:]))
