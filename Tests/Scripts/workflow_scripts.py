#!/usr/bin/env python3
"""Contracts of the scripts of workflows. Prints `N passed, N failed`.

    Tests/Scripts/workflow_scripts.py [NAME...]     only the tests whose names contain one of these
"""

from __future__ import annotations

import sys

sys.dont_write_bytecode = True
from queue_tools import BASE, play  # noqa: E402
from workflow_histories import History  # noqa: E402
from workflow_tools import Run, Task, do, started, states, task  # noqa: E402

from workflows.graphs import AT_LEAST, BEST_EFFORT, Graph, Loop, Node  # noqa: E402
from workflows.model import (  # noqa: E402
    BLOCKED, CANCELLED, FAILED, READY, RUNNING, SKIPPED, SUCCEEDED, WAITING)


# ---------------------------------------------------------------- random operations

def test_histories(queue, server):
    for seed in range(40):
        queue.redis("FLUSHALL")
        try:
            history = History(queue, seed, 20 + seed)
            history.play(250)
            history.drain()
        except BaseException:
            print(f"seed {seed}")
            raise


# ---------------------------------------------------------------- starting

def test_started_once(queue, server):
    graph = Graph("graph", [task("a"), task("b", "a")])
    run = Run(queue)
    assert run.start(graph, token="one") == 1
    assert run.start(graph, token="one") == 1, "the answer was lost"
    assert run.start(graph, token="two") == 0
    assert run.start(graph, token="two", fingerprint="other") == 2
    [one] = run.claim(10)
    run.complete(one)
    assert run.start(graph, token="one") == 1, "sent again later"
    assert states(run) == {"a": SUCCEEDED, "b": READY}


def test_parts_sent_again_are_one(queue, server):
    nodes = [task(f"t{number}", *([f"t{number - 1}"] if number else [])) for number in range(10)]
    graph = Graph("graph", nodes)
    run, half = Run(queue), Run(queue, "half")
    # Only the first parts arrive, twice; then the whole is sent once more, as after a lost answer.
    send, parts = queue.run, []
    queue.run = lambda *words: parts.append(words) or 3
    try:
        half.start(graph, part=3)
    except AssertionError:
        pass
    queue.run = send
    for words in [*parts[:2], *parts[:2], *parts]:
        answer = queue.run(*words)
    assert answer in (1, 3), answer
    assert run.start(graph, part=3) == 1
    for one in (run, half) if half.summary() else (run,):
        assert len(one.tasks()) == 10
        assert int(one.summary()[5]) == 9, one.summary()


def test_nothing_to_do_has_succeeded(queue, server):
    run = started(queue)
    assert run.state() == "succeeded"
    assert run.claim() == []


def test_expires_by_itself(queue, server):
    """Whatever is written of a run has an end, before its own end and after."""
    run = started(queue, task("a"), task("b", "a", attempts=2), Node("m", "map", items=["1", "2"], needs=["b"]),
                  retention=50000)

    def immortal() -> set[str]:
        return {key.decode() for key in queue.redis("KEYS", BASE + "*") if queue.redis("PTTL", key) < 0
                and key.decode()[len(BASE):] not in ("c", "j", "x", "a", "p", "r:0", "E", "v", "R", "q")}

    assert not immortal(), immortal()
    do(run, ("a", b""))
    run.control("pause")
    assert not immortal(), immortal()
    run.control("resume")
    do(run, ("b", b""), ("m[0]", b""), ("m[1]", b""))
    assert run.state() == "succeeded"
    for letter in "RTGOH":
        assert 0 < queue.redis("PTTL", f"{BASE}{letter}:run") <= 50000, letter
    assert not immortal(), immortal()


# ---------------------------------------------------------------- settling

def test_settled_once(queue, server):
    run = started(queue, task("a"), task("b", "a"), task("c", "b", work="repeat=1"),
                  loops=(Loop("c", "c", 3),))
    [one] = run.claim()
    outcome = b"\0" + one.claim.to_bytes(8, "little") + b"\1result"
    for again, wanted in (("0", b"1"), ("1", b"1"), ("0", b"0")):
        assert queue.run("queue_complete", again, one.job, one.claim, "0t:" + one.tie, outcome) == wanted
    assert states(run) == {"a": SUCCEEDED, "b": READY, "c": WAITING}
    [two] = run.claim()
    assert run.skip(two) == 1
    assert run.skip(two) == 0
    assert states(run) == {"a": SUCCEEDED, "b": SKIPPED, "c": SKIPPED}
    assert run.state() == "succeeded"


def test_another_round_is_asked_for_once(queue, server):
    run = started(queue, task("a"), task("b", "a"), loops=(Loop("a", "b", 5),))
    do(run, ("a", b"1"))
    [one] = run.claim()
    outcome = b"\0" + one.claim.to_bytes(8, "little") + b"\1again"
    for again, wanted in (("0", b"1"), ("1", b"1"), ("1", b"1")):
        assert queue.run("queue_complete", again, one.job, one.claim, "0tr:" + one.tie, outcome) == wanted
    assert {name: shown.round for name, shown in run.tasks().items()} == {"a": 1, "b": 1}
    [first] = run.claim(10)
    assert (first.name, first.round) == ("a", 1)
    assert first.inputs == [("", "", False, SUCCEEDED, b"again")], first.inputs


def test_rounds_end(queue, server):
    run = started(queue, task("a"), task("b", "a"), loops=(Loop("a", "b", 3),))
    for round_ in range(3):
        for name in "ab":
            [one] = run.claim()
            assert (one.name, one.round) == (name, round_)
            assert run.complete(one, b"r%d" % round_, "r") == "1"
    assert run.state() == "succeeded"
    assert run.tasks()["b"].outcome.endswith(b"r2")
    assert run.claim() == []


def test_loops_within_loops(queue, server):
    """The inner one has all its rounds in each round of the outer one."""
    run = started(queue, task("a"), task("b", "a"), task("c", "b"), loops=(Loop("b", "b", 3), Loop("a", "c", 2)))
    played = []
    while got := run.claim():
        [one] = got
        played.append(one.name)
        # Each asks for as many rounds as there are.
        assert run.complete(one, b"", "r" if one.name in "bc" else "") == "1"
        assert len(played) < 30
    assert "".join(played) == "abbbc" * 2, played
    assert run.state() == "succeeded"


def test_a_dead_worker_costs_an_attempt_and_is_forgiven_later(queue, server):
    run = started(queue, task("a", attempts=2))
    for attempt in (1, 2, 2, 2, 2):
        [one] = run.claim()
        assert one.attempt == attempt, (one.attempt, attempt)
        run.lose(one)
        assert run.complete(one) == "0"
    assert run.claim() == []
    assert states(run) == {"a": FAILED}
    reason = run.summary()[2].decode()
    assert "worker" in reason and "'a'" in reason, reason


def test_who_was_lost_is_not_told_that_it_counts(queue, server):
    """Sent again, as after a lost answer: neither when the task waits for another worker, nor when it has failed and
    its run was taken up again."""
    run = started(queue, task("a"))

    def sent_again(one: Task) -> bytes:
        outcome = b"\0" + one.claim.to_bytes(8, "little") + bytes([one.attempt]) + b"late"
        return queue.run("queue_complete", "1", one.job, one.claim, f"0t:{one.tie}", outcome)

    for _ in range(4):
        [one] = run.claim()
        run.lose(one)
        assert sent_again(one) == b"0", run.tasks()["a"]
    assert run.state() == "failed"
    assert run.control("resume") == 1
    assert sent_again(one) == b"0", run.tasks()["a"]
    do(run, ("a", b"right"))
    assert sent_again(one) == b"0" and run.tasks()["a"].outcome.endswith(b"right")


def test_retries_then_fails(queue, server):
    run = started(queue, task("a", attempts=3), task("b", "a"), task("c", "a", always=True), task("d"))
    for attempt in (1, 2, 3):
        [one] = [one for one in run.claim(10) if one.name == "a" or run.complete(one)
                 is None]
        assert one.attempt == attempt
        assert run.fail(one, message="no luck") == 1
    assert states(run) == {"a": FAILED, "b": BLOCKED, "c": READY, "d": SUCCEEDED}
    do(run, ("c", b""))
    assert run.state() == "failed"
    assert "no luck" in run.summary()[2].decode()


# ---------------------------------------------------------------- lists

LISTS = {
    b"[]": [],
    b" [ ] ": [],
    b"[1]": ["1"],
    b"\n[1,\t2 ,3]\n": ["1", "2", "3"],
    b'["a,b]", "\\"", "\\\\", "\\\\\\"]"]': ['"a,b]"', '"\\""', '"\\\\"', '"\\\\\\"]"'],
    b'[[1, [2]], {"a": [{"b": "}]"}]}, null, true, -1.5e+3]': [
        '[1, [2]]', '{"a": [{"b": "}]"}]}', "null", "true", "-1.5e+3"],
    '["\u00e9\u4e2d"]'.encode(): ['"\u00e9\u4e2d"'],
    b"[12345678901234567890, 0.1, 1e400]": ["12345678901234567890", "0.1", "1e400"],
}
NO_LISTS = (b"", b"1", b"{}", b"null", b"[", b"[1", b"[1,", b'["a', b"text", b'{"a": [1]}', b"[1 2]", b"[,]", b"[1,]",
            b"[1]]", b"[1] 2", b"[}", b"[\"a\\")


def test_lists_are_taken_apart(queue, server):
    for text, items in LISTS.items():
        queue.redis("FLUSHALL")
        run = started(queue, task("a"), Node("m", "map", needs=["a"], source="a"), task("z", "m"))
        do(run, ("a", text))
        found = [one.item.decode() for one in run.claim(100) if one.name != "z"]
        assert found == items, (text, found)
        assert run.tasks()["m"].state == (RUNNING if items else SUCCEEDED), text


def test_what_is_no_list_fails_the_map(queue, server):
    for text in NO_LISTS:
        queue.redis("FLUSHALL")
        run = started(queue, task("a"), Node("m", "map", needs=["a"], source="a"))
        do(run, ("a", text))
        for one in run.claim(100):
            run.complete(one)
        assert run.tasks()["m"].state == FAILED, (text, run.tasks()["m"])
        assert run.state() == "failed", text
        assert b"JSON" in run.tasks()["m"].outcome, (text, run.tasks()["m"].outcome)


def test_why_a_task_was_skipped_is_no_list(queue, server):
    run = started(queue, task("a"), task("b"), Node("m", "map", needs=["a", "b"], source="a"))
    first, second = run.claim(2)
    run.skip(first, "[1, 2, 3]")
    run.complete(second)
    assert run.claim(10) == [], "items of a reason"
    assert run.tasks()["m"].state in (FAILED, SKIPPED), run.tasks()["m"]


# ---------------------------------------------------------------- pausing, adding, looking

def test_paused_runs_begin_nothing(queue, server):
    run = started(queue, task("a"), task("b"), task("c", "a"))
    first, = run.claim()
    assert run.control("pause") == 1 and run.control("pause") == 1
    assert run.state() == "paused"
    assert run.claim(10) == []
    run.complete(first)
    assert run.claim(10) == [] and run.tasks()["c"].state == READY
    assert run.control("resume") == 1
    assert sorted(one.name for one in run.claim(10)) == ["b", "c"]


def test_additions_that_cannot_be(queue, server):
    wrong = {
        "known": Graph("x", [task("b")]),
        "unknown need": Graph("x", [task("n", "nobody")]),
        "need of itself": Graph("x", [task("n", "a")]),
        "need of who waits": Graph("x", [task("n", "b")]),
        "need of the group": Graph("x", [task("n", "g")]),
    }
    for what, graph in wrong.items():
        queue.redis("FLUSHALL")
        run = started(queue, Node("g", "group"), task("a", group="g", attempts=2), task("b", "a"))
        [one] = run.claim()
        assert run.add(one, graph) == 1
        assert run.complete(one, b"", "a") == "2", what
        assert run.tasks().keys() == {"g", "a", "b"}, what
        # Without them it can be completed, too.
        assert run.fail(one) == 1, what
        [one] = run.claim()
        assert run.complete(one, b"") == "1", what


def test_additions_of_a_failed_attempt_are_forgotten(queue, server):
    run = started(queue, task("a", attempts=2), task("b", "a"))
    [one] = run.claim()
    assert run.add(one, Graph("x", [task("n"), task("m", "n")])) == 1
    run.fail(one)
    [one] = run.claim()
    assert run.add(one, Graph("x", [task("k")])) == 1
    assert run.complete(one, b"", "a") == "1"
    assert run.tasks().keys() == {"a", "b", "k"}
    do(run, ("k", b""), ("b", b""))
    assert run.state() == "succeeded"
    assert not queue.redis("KEYS", BASE + "A:*")


def test_history_is_whole(queue, server):
    listener = queue.listener(server, "x")
    listener("SUBSCRIBE", BASE + "H:run:changes")
    run = started(queue, task("a", attempts=2), task("b", "a"))
    [one] = run.claim()
    run.fail(one)
    do(run, ("a", b""), ("b", b""))
    last, *events = queue.run("workflow_history", "run", "0")
    assert [int(number) for number in events[::2]] == list(range(1, int(last) + 1))
    kinds = [tuple(event.decode().split("\n")[0].split(" ")[::3]) for event in events[1::2]]
    assert kinds == [("0", ""), ("6", "a"), ("5", "a"), ("5", "b"), ("1", "")], kinds
    told = []
    while (message := listener.message()) is not None:
        told.append(int(message))
    assert told[-1] == int(last) and told == sorted(told), told
    assert queue.run("workflow_history", "run", str(int(last)))[1:] == []


def test_who_waits_for_the_end_is_told(queue, server):
    mailbox = queue.listener(server, "cl")
    run = started(queue, task("a"))
    assert int(queue.run("workflow_summary", "run", "cl:7", "")[0]) == 0
    queue.run("workflow_summary", "run", "cl:8", "")
    queue.run("workflow_summary", "run", "cl:8", "1")
    do(run, ("a", b""))
    found = []
    while (message := mailbox.message()) is not None:
        found.append(message.split(b" ")[:2])
    assert found == [[b"7", b"B"]], found


def test_groups_with_policies(queue, server):
    nodes = [Node("all", "group"), Node("best", "group", policy=BEST_EFFORT),
             Node("two", "group", policy=AT_LEAST, least=2), Node("one", "group", policy=AT_LEAST, least=1)]
    for group in [node.name for node in nodes]:
        nodes += [task(f"{group}-good", group=group), task(f"{group}-bad", group=group)]
    nodes += [task(f"after-{group}", group) for group in ("all", "best", "two", "one")]
    run = started(queue, *nodes)
    for one in run.claim(8):
        if one.name.endswith("bad"):
            run.fail(one, retry=False)
        else:
            run.complete(one)
    found = states(run)
    assert [found[name] for name in ("all", "best", "two", "one")] == [FAILED, SUCCEEDED, FAILED, SUCCEEDED], found
    assert [found[f"after-{name}"] for name in ("all", "best", "two", "one")] == [BLOCKED, READY, BLOCKED, READY], found


def test_deleted_when_it_has_ended(queue, server):
    run = started(queue, task("a"))
    assert run.control("delete") == 4
    do(run, ("a", b""))
    assert run.control("delete") == 1 and run.control("delete") == 1
    assert run.summary() is None
    left = {key.decode().removeprefix(BASE) for key in queue.redis("KEYS", BASE + "*")}
    assert not any(key.endswith(":run") for key in left), left


def test_stopped_and_taken_up_again(queue, server):
    run = started(queue, task("a"), task("b", "a"), task("c", "b"))
    do(run, ("a", b"first"))
    [one] = run.claim()
    run.control("stop", "enough")
    assert run.state() == "stopping"
    assert run.fail(one) == 1
    assert run.state() == "cancelled"
    assert states(run) == {"a": SUCCEEDED, "b": CANCELLED, "c": CANCELLED}
    assert run.control("resume") == 1
    assert states(run) == {"a": SUCCEEDED, "b": READY, "c": WAITING}
    do(run, ("b", b""), ("c", b""))
    assert run.state() == "succeeded" and run.control("resume") == 3


if __name__ == "__main__":
    sys.exit(play([(name, test) for name, test in globals().items() if name.startswith("test_")], sys.argv[1:]))
