"""Runs in this process, without a server: what begins when, what is skipped, blocked, repeated, added."""

from __future__ import annotations

import asyncio
import dataclasses
from datetime import date
from typing import Any, Optional

import pytest

import distcoord
from distcoord.app import App, AppWorkflow, LocalRun, current_task


@pytest.fixture
def workflow() -> AppWorkflow:
    return App().workflow("etl")


def states(run: LocalRun) -> dict[str, str]:
    return {task.name: task.state for task in run.tasks()}


def fail() -> None:
    raise ValueError("no")


def test_results_flow_to_those_that_need_them(workflow: AppWorkflow) -> None:
    @workflow.task
    def extract(path: str) -> list[int]:
        return [len(path), 2, 3]

    @workflow.task
    async def square(x: int) -> int:
        await asyncio.sleep(0)
        return x * x

    @workflow.task
    def total(square: list[int], extract: list[int]) -> dict[str, int]:
        return {"squares": sum(square), "of": len(extract)}

    square.map(extract).reduce(total)
    extract >> total
    run = workflow.run_local({"path": "abc"})
    assert run["total"] == {"squares": 22, "of": 3}
    assert run["square[1]"] == 4 and run.state == "succeeded"
    assert run.summary().total == 5


@dataclasses.dataclass
class Order:
    id: int
    day: date


def test_values_arrive_as_the_annotations_say(workflow: AppWorkflow) -> None:
    @workflow.task
    def order() -> Order:
        return Order(7, date(2026, 1, 2))

    @workflow.task
    def seen(order: Order) -> bool:
        return isinstance(order, Order) and order.day.year == 2026

    order >> seen
    run = workflow.run_local()
    assert run["seen"] is True
    assert run["order"] == Order(7, date(2026, 1, 2))
    assert run.result("order", dict)["id"] == 7


def test_what_needs_a_failed_task_is_blocked_and_always_runs_runs(workflow: AppWorkflow) -> None:
    broken = workflow.task(name="broken")(fail)
    after = workflow.task(name="after")(lambda: 1)
    far = workflow.task(name="far")(lambda: 1)

    @workflow.task(always=True)
    def clean(after: Optional[int]) -> list[list[str]]:
        return [[each.task, each.state] for each in current_task().inputs()]

    broken >> after >> far
    [broken, after] >> clean
    run = workflow.run_local(check=False)
    assert states(run) == {"broken": "failed", "after": "blocked", "far": "blocked", "clean": "succeeded"}
    assert run["clean"] == [["broken", "failed"], ["after", "blocked"]] and run.state == "failed"
    with pytest.raises(distcoord.TaskFailed) as failed:
        run.result("broken")
    assert (failed.value.error_type, failed.value.message) == ("ValueError", "no")
    assert "in fail" in failed.value.traceback
    with pytest.raises(distcoord.WorkflowFailed, match="broken: no") as whole:
        run.raise_if_failed()
    assert [task.name for task in whole.value.failures] == ["broken"]


def test_skipping_goes_on_to_what_needs_skipped_tasks_alone(workflow: AppWorkflow) -> None:
    @workflow.task
    def found() -> int:
        return 0

    @workflow.task(when=lambda found: found > 0)
    def big(found: int) -> int:
        return found

    @workflow.task
    def says() -> object:
        return distcoord.skip("nothing new")

    both = workflow.task(name="both")(lambda: 1)
    either = workflow.task(name="either")(lambda found, big: [found, big])
    found >> big
    [big, says] >> both
    [found, big] >> either
    run = workflow.run_local()
    assert states(run) == {
        "found": "succeeded", "big": "skipped", "says": "skipped", "both": "skipped", "either": "succeeded"}
    assert run["either"] == [0, None] and run.state == "succeeded"
    with pytest.raises(distcoord.TaskSkipped, match="nothing new"):
        run.result("says")


def test_retries_are_made_and_counted(workflow: AppWorkflow) -> None:
    @workflow.task(retries=2)
    def flaky() -> int:
        if current_task().attempt < 3:
            raise OSError("not yet")
        return current_task().attempt

    @workflow.task(retries=5)
    def hopeless() -> None:
        raise distcoord.Reject("never")

    run = workflow.run_local(check=False)
    assert run["flaky"] == 3
    assert {task.name: task.attempts for task in run.tasks()} == {"flaky": 3, "hopeless": 1}


@pytest.mark.parametrize("policy, at_least, state", [
    ("all", None, "failed"), ("best_effort", None, "succeeded"), ("at_least", 2, "succeeded"),
    ("at_least", 3, "failed")])
def test_policies_decide_how_groups_and_maps_end(
    workflow: AppWorkflow, policy: Any, at_least: Optional[int], state: str,
) -> None:
    with workflow.group("g", policy=policy, at_least=at_least) as group:
        workflow.task(name="a")(lambda: 1)
        workflow.task(name="b")(fail)
        workflow.task(name="c")(lambda: 3)
    inverse = workflow.task(name="inverse")(lambda x: 1 // x)
    made = inverse.map([1, 0, 1])
    workflow.policy(made, policy, at_least)
    gathered = workflow.task(name="gathered", always=True)(lambda g, inverse: [g, inverse])
    group >> gathered
    made >> gathered
    run = workflow.run_local(check=False)
    assert states(run)["g"] == states(run)["inverse"] == state
    assert run["gathered"] == [[1, 3], [1, 1]]


def test_loops_run_again_until_they_are_content(workflow: AppWorkflow) -> None:
    @workflow.task
    def guess(n: int = 0) -> int:
        return n + 1

    @workflow.task
    def judge(guess: int) -> Any:
        if guess < 4:
            return distcoord.again(guess)
        return f"{guess} in round {current_task().round}"

    tell = workflow.task(name="tell")(lambda judge: judge)
    guess >> judge >> tell
    workflow.loop(guess, judge, at_most=10)
    assert workflow.run_local()["tell"] == "4 in round 3"


def test_the_last_round_of_a_loop_completes_it(workflow: AppWorkflow) -> None:
    @workflow.task
    def more(n: int = 0) -> None:
        raise distcoord.again(n + 1)

    workflow.loop(more, more, at_most=3)
    run = workflow.run_local()
    assert run["more"] == 3 and run.tasks()[0].round == 2


def test_tasks_add_tasks_that_those_who_need_them_wait_for(workflow: AppWorkflow) -> None:
    done: list[str] = []

    @workflow.task
    def load(name: str) -> str:
        done.append(name)
        return name

    load("first")

    @workflow.task
    def split() -> int:
        with current_task().add() as more:
            load("x") >> load("y")
            with more.group("rest"):
                load.options(name="mine")("z")
        return 3

    after = workflow.task(name="after")(lambda split: done.append("after"))
    split >> after
    run = workflow.run_local()
    assert set(states(run)) == {"load", "split", "after", "split/load", "split/load-2", "split/rest", "mine"}
    assert done[-1] == "after" and done.index("x") < done.index("y")


def test_an_attempt_that_fails_adds_nothing(workflow: AppWorkflow) -> None:
    extra = workflow.task(name="extra")(lambda n: n)
    extra(0)

    @workflow.task(retries=1)
    def split() -> None:
        with current_task().add():
            extra(current_task().attempt)
        if current_task().attempt == 1:
            raise OSError("again")

    assert workflow.run_local()["split/extra"] == 2


def test_names_that_the_run_has_are_refused_when_they_are_added(workflow: AppWorkflow) -> None:
    extra = workflow.task(name="extra")(lambda: 1)

    @workflow.task
    def split() -> None:
        with current_task().add():
            extra.options(name="extra")()

    run = workflow.run_local(check=False)
    assert states(run)["split"] == "failed"
    with pytest.raises(distcoord.TaskFailed, match="'extra' already"):
        run.result("split")


def test_a_map_over_what_is_no_list_fails(workflow: AppWorkflow) -> None:
    source = workflow.task(name="source")(lambda: {"a": 1})
    workflow.task(name="each")(lambda x: x).map(source)
    assert states(workflow.run_local(check=False)) == {"source": "succeeded", "each": "failed"}


def test_a_map_takes_what_can_be_made_a_list(workflow: AppWorkflow) -> None:
    source = workflow.task(name="source")(lambda: (n for n in range(3)))
    each = workflow.task(name="each")(lambda x: 2 * x)
    total = workflow.task(name="total")(sum)
    each.map(source).reduce(total)
    empty = workflow.task(name="empty")(lambda x: x)
    count = workflow.task(name="count")(len)
    empty.map([]).reduce(count)
    run = workflow.run_local()
    assert (run["total"], run["count"]) == (6, 0)


def test_tasks_of_other_programs_need_a_stand_in(workflow: AppWorkflow) -> None:
    resize = workflow.foreign("resize", {"width": 3}, language="c")
    after = workflow.task(name="after")(lambda resize: resize)
    resize >> after
    with pytest.raises(distcoord.WorkflowFailed, match="run_local"):
        workflow.run_local()
    assert workflow.run_local(foreign={"resize": lambda job: job.payload.decode()})["after"] == '{"width":3}'


def test_long_chains_end_however_they_end(workflow: AppWorkflow) -> None:
    before = workflow.task(name="first")(fail)
    for number in range(3000):
        task = workflow.task(name=f"t{number}")(lambda: 1)
        before >> task
        before = task
    run = workflow.run_local(check=False)
    assert run.summary().blocked == 3000 and run.state == "failed"


def test_fail_fast_stops_what_has_not_begun(workflow: AppWorkflow) -> None:
    broken = workflow.task(name="a")(fail)
    workflow.task(name="b")(lambda: 1)
    workflow.task(name="c", always=True)(lambda: 1)
    workflow.task(name="d", needs=[broken])(lambda: 1)
    run = workflow.run_local(check=False, fail_fast=True)
    assert states(run) == {"a": "failed", "b": "cancelled", "c": "succeeded", "d": "cancelled"}
    assert run.summary().reason == "task 'a' failed: no"


def test_fail_fast_minds_what_groups_forgive(workflow: AppWorkflow) -> None:
    with workflow.group("g", policy="best_effort"):
        workflow.task(name="a")(fail)
    workflow.task(name="b")(lambda: 1)
    assert workflow.run_local(fail_fast=True).state == "succeeded"


def test_what_cannot_be_sent_fails_the_task(workflow: AppWorkflow) -> None:
    workflow.task(name="a")(lambda: object())
    workflow.task(name="b")(lambda: distcoord.again(object()))
    run = workflow.run_local(check=False)
    assert states(run) == {"a": "failed", "b": "failed"}


def test_current_task_is_for_tasks_alone() -> None:
    with pytest.raises(RuntimeError, match="no task of a workflow"):
        current_task()
