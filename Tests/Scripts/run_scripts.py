#!/usr/bin/env python3
"""What the scripts of workflows promise: when nodes begin, how they end, and what is left when calls come twice or workers die."""

from __future__ import annotations

import sys
import time

from queue_tools import play
from run_tools import GROUP, MAP, Node, Runs, as_json, task


def test_needs_come_first(queue, server) -> None:
    runs = Runs(server)
    assert runs.start([task("d", "b", "c"), task("b", "a"), task("c", "a"), task("a")]) == 1
    assert runs.work() == ["a", "b", "c", "d"]
    assert runs.summary() == ("succeeded", {"succeeded": 4})
    assert runs.result("d") == ("succeeded", b"d")


def test_a_run_is_started_once(queue, server) -> None:
    runs = Runs(server)
    assert runs.start([task("a")]) == 1
    assert runs.start([task("a")]) == 1, "sent again"
    assert runs.start([task("a")], token="other") == 0
    assert runs.start([task("b")], token="third", fingerprint="g") == 2
    assert runs.states() == {"a": "ready"}
    assert runs.work() == ["a"]
    assert runs.start([task("a")], token="fourth") == 0, "also when it has ended"


def test_a_large_run_comes_in_parts(queue, server) -> None:
    runs = Runs(server)
    nodes = [task("first")] + [task(f"t{i}", "first") for i in range(1200)] + [task("last", *[f"t{i}" for i in range(900)])]
    words = nodes
    assert runs.start(words, part=400) == 1
    assert runs.summary() == ("running", {"waiting": 1201, "ready": 1})
    done = runs.work()
    assert done[0] == "first" and len(set(done)) == 1202
    assert runs.summary() == ("succeeded", {"succeeded": 1202})
    assert not [key for key in runs.redis("KEYS", "*") if b"~" in key]


def test_an_empty_run_has_succeeded(queue, server) -> None:
    runs = Runs(server)
    assert runs.start([]) == 1
    assert runs.summary() == ("succeeded", {})


def test_what_needs_a_failed_one_is_blocked(queue, server) -> None:
    runs = Runs(server)
    runs.start([task("a"), task("b", "a"), task("c", "b"), task("d", "c", always=True), task("e"), task("f", "e")])
    runs.work(lambda one: b"" if one.name != "a" else fail(runs, one))
    assert runs.states() == {"a": "failed", "b": "blocked", "c": "blocked", "d": "succeeded", "e": "succeeded",
                             "f": "succeeded"}
    assert runs.summary()[0] == "failed" and runs.reason() == "task 'a' failed: no"
    assert runs.result("a") == ("failed", b"no")


def fail(runs: Runs, one) -> None:
    assert runs.failed(one) == 1


def test_skipped_ones_are_passed_over(queue, server) -> None:
    runs = Runs(server)
    runs.start([task("a"), task("b", "a"), task("c", "a"), task("after", "b"), task("join", "b", "c")])

    def body(one):
        if one.name == "b":
            assert runs.skipped(one, "not today") == 1
            return None
        if one.name == "join":
            assert one.inputs == [("b", "b", False, "skipped", b"not today"), ("c", "c", False, "succeeded", b"c")]
        return one.name.encode()

    assert runs.work(body) == ["a", "b", "c", "join"]
    assert runs.states() == {"a": "succeeded", "b": "skipped", "after": "skipped", "c": "succeeded", "join": "succeeded"}
    assert runs.summary()[0] == "succeeded"


def test_attempts_are_tried_and_told(queue, server) -> None:
    runs = Runs(server)
    runs.start([task("a", attempts=3)])
    seen = []

    def body(one):
        seen.append(one.attempt)
        return b"ok" if one.attempt == 3 else fail(runs, one)

    runs.work(body)
    assert seen == [1, 2, 3] and runs.summary()[0] == "succeeded"
    assert [event.split()[0] for event in runs.history()] == ["0", "6", "6", "5", "1"]


def test_groups_begin_and_end_as_one(queue, server) -> None:
    runs = Runs(server)
    runs.start([task("a"), Node("g", GROUP, needs=("a",)), task("x", group="g"), Node("in", GROUP, group="g"),
                task("y", group="in"), task("z", "y", group="in"), task("end", "g")])

    def body(one):
        if one.name == "end":
            assert [entry[:3] for entry in one.inputs] == [("g", "x", True), ("g", "y", True), ("g", "z", True)]
        return one.name.encode()

    assert runs.work(body) == ["a", "x", "y", "z", "end"]
    assert runs.states()["g"] == "succeeded" and runs.states()["in"] == "succeeded"


def test_a_group_that_does_not_begin_takes_its_members_along(queue, server) -> None:
    runs = Runs(server)
    runs.start([task("a"), Node("g", GROUP, needs=("a",)), Node("in", GROUP, group="g"), task("x", group="in"),
                task("y", "x", group="g"), task("end", "g")])
    runs.work(lambda one: fail(runs, one))
    assert runs.states() == {"a": "failed", "g": "blocked", "in": "blocked", "x": "blocked", "y": "blocked", "end": "blocked"}
    assert runs.summary() == ("failed", {"failed": 1, "blocked": 3})


def test_large_groups_within_a_group_that_does_not_begin(queue, server) -> None:
    runs = Runs(server)
    runs.start([task("a"), Node("g", GROUP, needs=("a",))] + [Node(f"in{i}", GROUP, group="g") for i in range(3)]
               + [task(f"t{i}", group=f"in{i % 3}") for i in range(1500)])
    runs.work(lambda one: fail(runs, one))
    assert runs.control("go") == 1
    assert runs.summary() == ("failed", {"failed": 1, "blocked": 1500}), runs.summary()
    assert runs.control("resume") == 1
    assert len(runs.work()) == 1501 and runs.summary() == ("succeeded", {"succeeded": 1501})


def test_what_a_failed_attempt_has_staged_leaves_nothing(queue, server) -> None:
    runs = Runs(server)
    runs.start([task("a", attempts=2)])
    one = runs.take(1)[0]
    assert runs.add(one, [task("old")]) == 1 and runs.failed(one) == 1
    assert runs.work() == ["a"]
    assert not [key for key in runs.redis("KEYS", "*") if b":A:" in key]


def test_policies_forgive(queue, server) -> None:
    runs = Runs(server)
    for policy, least, failing, expected in ((0, 0, 1, "failed"), (1, 0, 3, "succeeded"), (2, 2, 1, "succeeded"),
                                             (2, 2, 2, "failed")):
        runs.redis("FLUSHALL")
        runs.start([Node("g", GROUP, policy=policy, least=least), task("t0", group="g"), task("t1", group="g"),
                    task("t2", group="g"), task("end", "g")])
        runs.work(lambda one: fail(runs, one) if one.name[0] == "t" and int(one.name[1]) < failing else b"")
        assert runs.states()["g"] == expected, (policy, least, failing)
        assert runs.summary()[0] == expected


def test_a_map_runs_over_what_a_task_returns(queue, server) -> None:
    runs = Runs(server)
    items = [1, -2.5e3, "a\"],[\\", {"k": [1, {"x": "]}"}]}, [], {}, None, True, "\u00e4\u4e2d"]
    runs.start([task("a"), Node("m", MAP, source="a", arguments=b"const"), task("end", "m")])
    seen = []

    def body(one):
        if one.name == "a":
            return as_json(items)
        if one.name == "end":
            assert [entry[4] for entry in one.inputs] == [as_json(item) for item in items]
            return b"end"
        assert one.arguments == b"const" and one.inputs == []
        seen.append((one.index, one.item))
        return one.item

    runs.work(body)
    assert seen == [(place, as_json(item)) for place, item in enumerate(items)]
    assert runs.summary() == ("succeeded", {"succeeded": 11})


def test_lists_are_read_as_json(queue, server) -> None:
    runs = Runs(server)
    for text, count in ((b"[]", 0), (b" [ ] ", 0), (b"[1]", 1), (b"[ 1 , 2\n,3 ]", 3), (b'["a"]', 1), (b"", -1), (b"{}", -1),
                        (b"[1", -1), (b"[1,]", -1), (b"[,1]", -1), (b"nothing", -1), (b'["a]', -1), (b"[1 2]", -1)):
        runs.redis("FLUSHALL")
        runs.start([task("a"), Node("m", MAP, source="a"), task("end", "m")])
        done = runs.work(lambda one: text if one.name == "a" else b"")
        if count < 0:
            assert runs.states()["m"] == "failed" and "end" not in done, text
        else:
            assert len(done) == count + 2 and runs.states()["m"] == "succeeded", (text, done)


def test_a_list_of_its_own_is_mapped(queue, server) -> None:
    runs = Runs(server)
    runs.start([Node("m", MAP, items=as_json(list(range(3000))).decode()), task("end", "m")])
    done = runs.work()
    assert len(set(done)) == 3001 and done[-1] == "end"


def test_loops_go_round(queue, server) -> None:
    runs = Runs(server)
    runs.start([task("before"), task("a", "before"), Node("g", GROUP, needs=("a",)), task("x", group="g"),
                Node("m", MAP, source="a", group="g"), task("c", "g", loop=("a", 3, ("a", "g", "c"))), task("end", "c")])
    seen = []

    def body(one):
        seen.append((one.name, one.round))
        if one.name == "a":
            previous = [entry[4] for entry in one.inputs if entry[0] == ""]
            assert previous == ([] if one.round == 0 else [b"again %d" % (one.round - 1)])
            return as_json(list(range(one.round + 1)))
        if one.name == "c":
            assert runs.done(one, b"again %d" % one.round, "r") == "1"
            return None
        return b""

    runs.work(body)
    assert [entry for entry in seen if entry[0] == "c"] == [("c", 0), ("c", 1), ("c", 2)]
    assert [entry for entry in seen if entry[0].startswith("m[")] == [
        ("m[0]", 0), ("m[0]", 1), ("m[1]", 1), ("m[0]", 2), ("m[1]", 2), ("m[2]", 2)]
    assert seen[-1] == ("end", 0) and seen.count(("before", 0)) == 1
    assert runs.result("c") == ("succeeded", b"again 2")
    assert runs.summary() == ("succeeded", {"succeeded": 8})


def test_tasks_add_others(queue, server) -> None:
    runs = Runs(server)
    runs.start([task("a"), task("other"), task("slow"), task("end", "a")])

    def body(one):
        if one.name == "a":
            assert runs.add(one, [task("n1", "other"), task("n2", "n1")]) == 1
            assert runs.add(one, [task("n2", "n1")], part=1) == 1
            assert runs.add(one, [Node("n3", MAP, items="[1,2]")], part=1) == 1, "sent again it replaces"
            assert runs.done(one, b"mine", "a") == "1"
            assert runs.done(one, b"mine", "a", again=True) == "1"
            return None
        if one.name == "end":
            assert one.inputs == [("a", "a", False, "succeeded", b"mine")]
        return b""

    done = runs.work(body)
    assert done[-1] == "end" and set(done) == {"a", "other", "slow", "n1", "n2", "n3[0]", "n3[1]", "end"}
    assert runs.summary() == ("succeeded", {"succeeded": 8})


def test_what_is_added_later_may_need_what_was_added_before(queue, server) -> None:
    runs = Runs(server)
    runs.start([task("a"), task("end", "a")])
    (one,) = runs.take(1)
    assert runs.add(one, [task("n1"), task("n2", "n1")]) == 1
    assert runs.add(one, [task("n3", "n2")], part=1) == 1
    assert runs.done(one, b"", "a") == "1"
    assert runs.states()["n3"] == "waiting"
    assert runs.work(lambda one: b"") == ["n1", "n2", "n3", "end"]
    assert runs.summary() == ("succeeded", {"succeeded": 5})


def test_what_is_added_before_cannot_need_what_is_added_later(queue, server) -> None:
    runs = Runs(server)
    runs.start([task("a")])
    (one,) = runs.take(1)
    assert runs.add(one, [task("n1", "n2")]) == 1
    assert runs.add(one, [task("n2", "n1")], part=1) == 1
    assert runs.done(one, b"", "a") == "2"


def test_thousands_of_additions_may_need_the_same_node(queue, server) -> None:
    runs = Runs(server)
    runs.start([task("a"), task("busy"), task("end", "a")])
    (one, busy) = runs.take(2)
    assert runs.add(one, [task(f"a-name-of-some-length-{i}", "busy") for i in range(8000)]) == 1
    began = time.monotonic()
    assert runs.done(one, b"", "a") == "1"
    assert time.monotonic() - began < 2
    assert runs.done(busy, b"") == "1"
    assert any(runs.take(1) for _ in range(100)), "call by call they begin"


def test_additions_of_a_failed_attempt_are_forgotten(queue, server) -> None:
    runs = Runs(server)
    runs.start([task("a", attempts=2), task("end", "a")])

    def body(one):
        if one.name == "a" and one.attempt == 1:
            assert runs.add(one, [task("old")]) == 1
            return fail(runs, one)
        if one.name == "a":
            assert runs.add(one, [task("new")]) == 1
            assert runs.done(one, b"", "a") == "1"
            return None
        return b""

    assert runs.work(body) == ["a", "a", "new", "end"]
    assert not [key for key in runs.redis("KEYS", "*") if b":A:" in key]


def test_additions_that_cannot_be_are_refused(queue, server) -> None:
    runs = Runs(server)
    runs.start([task("a"), task("b", "a"), task("c")])
    (one, _) = runs.take(2)
    for nodes in ([task("c")], [task("x", "nobody")], [task("x", "b")], [task("x", "a")]):
        assert runs.add(one, nodes) == 1
        assert runs.done(one, b"", "a") == "2", nodes
    assert runs.failed(one) == 1
    assert runs.states()["a"] == "failed"


def test_what_a_task_added_fails_with_it(queue, server) -> None:
    runs = Runs(server)
    runs.start([task("a"), task("end", "a")])

    def body(one):
        if one.name == "a":
            assert runs.add(one, [task("n")]) == 1 and runs.done(one, b"mine", "a") == "1"
            return None
        return fail(runs, one)

    runs.work(body)
    assert runs.states() == {"a": "failed", "n": "failed", "end": "blocked"}
    assert runs.control("resume") == 1
    assert runs.work(lambda one: b"") == ["n", "end"], "what it did itself is not done again"
    assert runs.states() == {"a": "succeeded", "n": "succeeded", "end": "succeeded"}


def test_a_pause_holds_everything_back(queue, server) -> None:
    runs = Runs(server)
    runs.start([task(f"t{i}") for i in range(700)] + [task("end", "t0")])
    running = runs.take(1)[0]
    assert runs.control("pause") == 1 and runs.control("pause") == 1
    assert runs.take(5) == [] and runs.summary()[0] == "paused"
    assert runs.done(running, b"") == "1"
    assert runs.take(5) == []
    assert runs.control("resume") == 1
    assert len(runs.work()) == 700
    assert runs.summary() == ("succeeded", {"succeeded": 701})
    assert runs.control("pause") == 3 and runs.control("resume") == 3


def test_a_pause_keeps_attempts(queue, server) -> None:
    runs = Runs(server)
    runs.start([task("a", attempts=2)])
    fail(runs, runs.take(1)[0])
    assert runs.control("pause") == 1
    assert runs.control("resume") == 1
    again = runs.take(1)[0]
    assert again.attempt == 2
    fail(runs, again)
    assert runs.summary()[0] == "failed"


def test_stopping_cancels(queue, server) -> None:
    runs = Runs(server)
    runs.start([task("a"), task("b", "a"), task("clean", "b", always=True), Node("g", GROUP), task("x", group="g")])
    running = runs.take(1)[0]
    assert running.name == "a"
    assert runs.control("stop", reason="enough") == 1
    assert runs.control("stop", reason="more") == 1
    assert runs.summary() == ("stopping", {"waiting": 2, "ready": 1, "cancelled": 1})
    assert runs.run("queue_cancelled", running.id, running.number, running.claim, "2", "") == 1
    assert runs.work() == ["clean"]
    assert runs.states() == {"a": "cancelled", "b": "cancelled", "clean": "succeeded", "g": "failed", "x": "cancelled"}
    assert runs.summary()[0] == "cancelled" and runs.reason() == "enough"
    assert runs.control("stop") == 3


def test_stopping_at_once_stops_all(queue, server) -> None:
    runs = Runs(server)
    runs.start([task("a"), task("clean", "a", always=True)])
    assert runs.control("stop", at_once=True) == 1
    assert runs.states() == {"a": "cancelled", "clean": "cancelled"} and runs.summary()[0] == "cancelled"


def test_a_failure_stops_all_if_wanted(queue, server) -> None:
    runs = Runs(server)
    runs.start([task("a"), task("b"), task("c", "b"), task("clean", "c", always=True)], fail_fast=True)
    fail(runs, runs.take(1)[0])
    assert runs.work() == ["clean"]
    assert runs.states() == {"a": "failed", "b": "cancelled", "c": "cancelled", "clean": "succeeded"}
    assert runs.summary()[0] == "failed"


def test_what_failed_runs_again(queue, server) -> None:
    runs = Runs(server)
    runs.start([task("a"), task("b", "a"), Node("g", GROUP, needs=("a",), policy=1), task("x", group="g"),
                Node("m", MAP, source="a"), task("end", "b", "g", "m")])
    ran = runs.work(lambda one: as_json([1, 2, 3]) if one.name == "a" else fail(runs, one)
                    if one.name in ("b", "x", "m[1]") else b"")
    assert runs.summary()[0] == "failed", ran
    assert runs.control("resume") == 1
    assert sorted(runs.work(lambda one: b"")) == ["b", "end", "m[1]"]
    assert runs.summary()[0] == "succeeded" and runs.states()["x"] == "failed"


def test_a_stopped_run_is_taken_up(queue, server) -> None:
    runs = Runs(server)
    runs.start([task("a"), Node("g", GROUP, needs=("a",)), task("x", group="g"), task("y", "x", group="g"), task("end", "g")])
    assert runs.work(most=1) == ["a"]
    assert runs.control("stop") == 1
    assert runs.summary()[0] == "cancelled"
    assert runs.control("resume") == 1
    assert runs.work() == ["x", "y", "end"]
    assert runs.summary() == ("succeeded", {"succeeded": 4})


def test_deaths_of_workers_are_forgiven(queue, server) -> None:
    runs = Runs(server)
    runs.start([task("a"), task("b", "a")])
    for _ in range(4):
        assert runs.take(1, lease=100)[0].name == "a"
        time.sleep(0.11)
    assert runs.take(1) == []
    assert runs.states() == {"a": "failed", "b": "blocked"}
    runs.redis("FLUSHALL")
    runs.start([task("a"), task("b", "a")])
    lost = runs.take(1, lease=100)[0]
    time.sleep(0.11)
    again = runs.take(1)[0]
    assert again.name == "a" and runs.done(lost, b"late") == "0" and runs.failed(lost) == 0
    assert runs.done(again, b"mine") == "1" and runs.done(again, b"mine", again=True) == "1"
    assert runs.result("a") == ("succeeded", b"mine")
    assert runs.work() == ["b"]


def test_capabilities_and_keys_hold(queue, server) -> None:
    runs = Runs(server)
    runs.start([task("a", capabilities="gpu"), task("b", key="k"), task("c", key="k"), task("d", delay=60)])
    first = runs.take(5)
    assert [one.name for one in first] == ["b"]
    assert [one.name for one in runs.take(5, profile="gpu,linux")] == ["a"]
    assert runs.done(first[0]) == "1"
    assert [one.name for one in runs.take(5)] == ["c"]
    time.sleep(0.07)
    assert [one.name for one in runs.take(5)] == ["d"]


def test_large_results_come_when_asked_for(queue, server) -> None:
    runs = Runs(server)
    runs.start([task("a"), task("b", "a"), task("c", "b")])
    runs.work(lambda one: b"x" * 100000)
    assert runs.result("c") == ("succeeded", b"x" * 100000)
    runs.redis("FLUSHALL")
    runs.start([task("a", arguments=b"y" * 100000)])
    one = runs.take(1)[0]
    assert one.is_apart and one.arguments == b"y" * 100000
    assert runs.done(one) == "1"
    assert not [key for key in runs.redis("KEYS", "*") if b":b:" in key]


def test_waiters_are_told_of_the_end(queue, server) -> None:
    runs = Runs(server)
    runs.start([task("a")])
    runs.run("workflow_summary", "r", "cl:7", "0")
    runs.run("workflow_summary", "r", "cl:8", "0")
    runs.run("workflow_summary", "r", "cl:8", "1")
    assert runs.redis("HGET", "dc:{test:queue:q}:R:r", "w") == b"cl:7 "
    runs.work()
    assert runs.redis("HGET", "dc:{test:queue:q}:R:r", "w") is None


def test_everything_of_a_run_expires(queue, server) -> None:
    runs = Runs(server)
    runs.start([task("a"), task("b", "a")])
    for key in runs.redis("KEYS", "*:r"):
        assert runs.redis("PTTL", key) > 29 * 86400000, key
    runs.work()
    for key in runs.redis("KEYS", "*:r"):
        assert 0 < runs.redis("PTTL", key) <= 600000, key
    assert runs.control("delete") == 1 and runs.control("delete") == 1
    assert runs.redis("KEYS", "*:r") == [] and runs.run("workflow_runs", 0, 10) == []


def test_a_run_is_not_deleted_while_it_goes_on(queue, server) -> None:
    runs = Runs(server)
    runs.start([task("a")])
    assert runs.control("delete") == 4
    assert runs.run("workflow_runs", 0, 10)[0] == b"r"


def test_counts_are_the_states(queue, server) -> None:
    runs = Runs(server)
    runs.start([task("a"), Node("m", MAP, source="a"), task("c", "m", loop=("a", 2, ("a", "m", "c")))])
    runs.work(lambda one: as_json([1, 2]) if one.name == "a" else b"" if one.name != "c" else runs.done(one, b"", "r") and None)
    states = [state for name, state in runs.states().items() if name != "m"]
    assert runs.summary() == ("succeeded", {"succeeded": len(states)})


if __name__ == "__main__":
    sys.exit(play([(name, test) for name, test in globals().items() if name.startswith("test_")], sys.argv[1:]))
