"""Workflows of an app on a server: what workers make of them."""

from __future__ import annotations

import asyncio
import dataclasses
import signal
import threading
from pathlib import Path
from typing import Any

import pytest
from app_support import WorkerProgram, working
from support import KEPT, PATIENCE, Server, eventually, in_thread, run

import distcoord
from distcoord.app import App, AppWorkflow, current_task


@pytest.fixture
def workflow(app: App) -> AppWorkflow:
    return app.workflow("etl")


@dataclasses.dataclass
class Row:
    name: str
    amount: int


def test_an_etl_workflow_runs_on_workers(app: App) -> None:
    with app.workflow("etl") as etl:

        @etl.task
        def extract(path: str) -> list[Row]:
            return [Row(path, number) for number in range(3)]

        @etl.task
        async def double(row: Row, by: int = 1) -> Row:
            await asyncio.sleep(0)
            return Row(row.name, row.amount * by)

        @etl.task
        def load(double: list[Row]) -> int:
            return sum(row.amount for row in double)

        double.map(extract, by=2).reduce(load)
    with working(app, concurrency=2):
        done = etl.run(arguments={"path": "a.csv"}, timeout=2 * PATIENCE)
    assert done["load"] == 6
    assert done["extract"][1] == Row("a.csv", 1), "as the annotation says"
    assert done.result("double[2]", dict) == {"name": "a.csv", "amount": 4}
    assert [each.id for each in app.runs()] == [done.id]


@pytest.mark.parametrize("use_asyncio", [False, True])
def test_workers_of_both_kinds_do_all_that_a_run_in_place_does(
    app: App, workflow: AppWorkflow, use_asyncio: bool,
) -> None:
    @workflow.task
    def start(n: int = 0) -> int:
        return n + 1

    @workflow.task
    async def check(start: int) -> Any:
        return distcoord.again(start) if start < 3 else start

    @workflow.task(when=lambda check: check > 5)
    def big(check: int) -> int:
        return check

    @workflow.task
    def split(check: int) -> int:
        with current_task().add():
            added("x") >> added("y")
        return check

    @workflow.task
    def added(word: str) -> str:
        return f"{word} of {current_task().name}"

    added("z")
    end = workflow.task(name="end", always=True)(
        lambda split, big: [split, big, [each.state for each in current_task().inputs()]])
    start >> check >> [big, split] >> end
    workflow.loop(start, check, at_most=5)
    local = workflow.run_local()
    with working(app, concurrency=2, use_asyncio=use_asyncio):
        done = workflow.run(timeout=2 * PATIENCE)
    assert done["end"] == local["end"] == [3, None, ["succeeded", "skipped"]] or done["end"] == local["end"]
    assert done["split/added-2"] == local["split/added-2"] == "y of split/added-2"
    assert {task.name: (task.state, task.round) for task in done.tasks()} == {
        task.name: (task.state, task.round) for task in local.tasks()}


def test_a_failed_run_raises_with_the_workers_traceback(app: App, workflow: AppWorkflow) -> None:
    @workflow.task(retries=1, backoff=0)
    def load() -> None:
        raise ValueError("no such table")

    workflow.task(name="after", needs=[load])(lambda: 1)
    with working(app), pytest.raises(distcoord.WorkflowFailed) as failed:
        workflow.run(timeout=2 * PATIENCE)
    text = str(failed.value)
    assert "load: " in text and "no such table" in text and "(2 attempts)" in text and "in load" in text
    assert failed.value.summary is not None and failed.value.summary.blocked == 1


def test_names_that_the_run_has_fail_the_task_that_adds_them(app: App, workflow: AppWorkflow) -> None:
    extra = workflow.task(name="extra")(lambda: 1)

    @workflow.task(retries=3)
    def split() -> None:
        with current_task().add():
            extra.options(name="extra")()

    with working(app):
        done = workflow.run(timeout=2 * PATIENCE, check=False)
    with pytest.raises(distcoord.TaskFailed, match="not accepted"):
        done.result("split")
    assert {task.name: task.attempts for task in done.tasks()}["split"] == 1, "it is not tried again"


def test_tasks_know_their_run(app: App, workflow: AppWorkflow, tmp_path: Path) -> None:
    @workflow.task
    def first() -> str:
        (tmp_path / "f").write_text("text")
        distcoord.artifacts.publish(tmp_path / "f")
        current_task().shared()["x"] = 3
        return current_task().run_id

    @workflow.task
    def second(first: str) -> list[Any]:
        distcoord.artifacts.fetch("f", tmp_path / "g")
        listed = [each.name for each in distcoord.artifacts.list()]
        return [(tmp_path / "g").read_text(), current_task().shared()["x"], listed]

    first >> second
    with working(app):
        done = workflow.run(timeout=2 * PATIENCE)
    assert done["first"] == done.id and done["second"] == ["text", 3, ["f"]]


def test_other_languages_do_their_part(app: App, workflow: AppWorkflow, client: distcoord.Client) -> None:
    shout = workflow.foreign("shout", {"mark": "!"}, language="shell", needs=["name"])
    workflow.task(name="name")(lambda: "ann") >> shout >> workflow.task(name="said")(lambda shout: shout)
    with working(app):
        run_ = workflow.start()
        shell = client.queue("default", capabilities="lang:shell")
        job = shell.claim(PATIENCE)
        assert job is not None and job.run_task is not None
        assert (job.task, job.payload, job.run_task.inputs()[0].data) == ("shout", b'{"mark":"!"}', b'"ann"')
        job.complete(b"ANN!\n")
        assert run_.wait(2 * PATIENCE).state == "succeeded"
    assert run_["said"] == "ANN!\n"
    python = {task.name: task.capabilities for task in run_.tasks()}
    assert python == {"shout": ("lang:shell",), "name": ("lang:python",), "said": ("lang:python",)}


def test_a_stopped_run_cancels_what_runs(app: App, workflow: AppWorkflow) -> None:
    begun = threading.Event()

    @workflow.task
    async def endless() -> None:
        begun.set()
        await asyncio.sleep(1000)

    workflow.task(name="after", needs=[endless])(lambda: 1)
    with working(app):
        run_ = workflow.start()
        assert begun.wait(PATIENCE)
        run_.stop("enough")
        summary = run_.wait(2 * PATIENCE)
    assert (summary.state, summary.cancelled, summary.reason) == ("cancelled", 2, "enough")
    with pytest.raises(distcoord.TaskCancelled):
        run_.result("endless")


def test_runs_are_waited_for_in_coroutines(app: App, workflow: AppWorkflow) -> None:
    @workflow.task
    def one() -> int:
        return 1

    told = []

    async def main() -> None:
        started = await workflow.aio.start()
        assert (await started).state == "succeeded"
        assert await started.result("one") == 1
        assert [event.kind async for event in started.events()] == ["started", "task_ended", "ended"]
        done = await workflow.aio.run(timeout=PATIENCE, progress=lambda summary: told.append(summary.done))
        assert await done.result("one", int) == 1 and await done.state() == "succeeded"
        with pytest.raises(distcoord.TaskNotFound):
            await done.result("two")
        late = await app.client.aio.queue("nobody").start(workflow.native())
        with pytest.raises(distcoord.RunTimeout):
            await late.wait(0.05)
        await late.stop(at_once=True)
        assert (await late.wait(PATIENCE)).state == "cancelled"

    with working(app):
        run(main())
    assert told[-1] == 1


def test_a_run_goes_on_where_it_was_after_the_server_was_restarted(own_server: Server) -> None:
    with distcoord.App(own_server.url) as app:
        workflow = app.workflow("etl")
        begun, go = threading.Event(), threading.Event()

        @workflow.task
        def first() -> int:
            return 1

        @workflow.task(retries=3, backoff=0)
        def second(first: int) -> int:
            begun.set()
            assert go.wait(2 * PATIENCE)
            return first + 1

        @workflow.task
        def third(second: int) -> int:
            return second + 1

        first >> second >> third
        with working(app, lease=KEPT):
            run_ = workflow.start()
            waiting = in_thread(lambda: run_.wait(3 * PATIENCE).state)
            assert begun.wait(PATIENCE)
            own_server.kill()
            own_server.start()
            go.set()
            assert waiting() == "succeeded"
            assert run_["third"] == 3
        assert {task.name: task.attempts for task in run_.tasks()}["first"] == 1, "it was not done again"


MODULE = """
import os, signal, time
from pathlib import Path
import distcoord

app = distcoord.App()
HERE = Path(__file__).parent

with app.workflow("etl") as etl:
    @etl.task
    def extract() -> list[int]:
        return [1, 2, 3]

    @etl.task(retries=2)
    def dies(x):
        mark = HERE / f"died-{x}"
        if x == 2 and not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return 2 * x

    @etl.task
    def load(dies):
        return sum(dies)

    dies.map(extract).reduce(load)
"""


def test_worker_programs_do_workflows_and_may_die(
    tmp_path: Path, server: Server, namespace: str, client: distcoord.Client, monkeypatch: pytest.MonkeyPatch,
) -> None:
    with WorkerProgram(tmp_path, server, namespace, "-p", "2", "--lease", "1", module=MODULE) as program:
        monkeypatch.syspath_prepend(str(tmp_path))
        space: dict[str, Any] = {"__file__": str(tmp_path / "jobs.py"), "__name__": "jobs"}
        exec(compile(MODULE, "jobs.py", "exec"), space)
        space["app"]._connect_with(server.url, namespace)
        try:
            done = space["etl"].run(timeout=3 * PATIENCE)
            assert done["load"] == 12, program.said
        finally:
            space["app"].close()
        program.signal(signal.SIGTERM)
        assert program.finish(2 * PATIENCE) == 0, program.said
    assert (tmp_path / "died-2").exists()
    eventually(lambda: client.queue("default").counts().active == 0, "nothing is left")


def test_a_worker_that_drains_does_whole_workflows(app: App, workflow: AppWorkflow) -> None:
    @workflow.task
    def source() -> list[int]:
        return [1, 2, 3]

    each = workflow.task(name="each")(lambda x: 2 * x)
    each.map(source).reduce(workflow.task(name="total")(sum))
    done = workflow.start()
    app.run_until_empty()
    assert done.wait(0).state == "succeeded" and done["total"] == 12


def test_a_task_that_no_worker_has_fails_by_name(app: App, client: distcoord.Client) -> None:
    other = App(client=client).workflow("etl")
    other.task(name="load")(lambda: 1)
    app.workflow("etl")
    with working(app):
        done = other.run(timeout=2 * PATIENCE, check=False)
    with pytest.raises(distcoord.TaskFailed, match="has no task 'etl.load'"):
        done.result("load")
