"""Workflows and runs without an app: building, starting, working on tasks as jobs, steering."""

from __future__ import annotations

import pickle
import threading

import pytest
from support import KEPT, PATIENCE, again_and_again, eventually, in_thread

import distcoord
from distcoord import Queue, Workflow


@pytest.fixture
def queue(client: distcoord.Client) -> Queue:
    return client.queue("q", lease=KEPT)


def chain(*names: str) -> Workflow:
    workflow = Workflow("chain")
    before: list[str] = []
    for name in names:
        workflow.add_task(name, name.upper(), needs=before)
        before = [name]
    return workflow


def next_task(queue: Queue) -> distcoord.Job:
    job = queue.claim(PATIENCE)
    assert job is not None
    return job


def finish(queue: Queue, count: int) -> None:
    for _ in range(count):
        next_task(queue).complete(b"1")


def test_a_graph_is_built_and_looked_at() -> None:
    workflow = chain("a", "b")
    workflow.add_group("g", needs=["b"], policy="at_least", at_least=1)
    workflow.add_map("m", "[1,2]", group="g", retries=2, timeout=3)
    assert (workflow.name, workflow.nodes, len(workflow)) == ("chain", ["a", "b", "g", "m"], 4)
    assert len(workflow.fingerprint) == 64
    workflow.validate()
    with pytest.raises(distcoord.InvalidArgument):
        workflow.add_task("a")
    with pytest.raises(TypeError, match="no option 'retry'"):
        workflow.add_task("c", retry=1)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="several names"):
        workflow.add_task("d", needs="a")
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(workflow)


def test_tasks_are_jobs_that_become_ready_one_after_the_other(queue: Queue) -> None:
    run = queue.start(chain("a", "b"))
    job = next_task(queue)
    task = job.run_task
    assert task is not None
    assert (job.task, job.payload, job.max_attempts) == ("a", b"A", 1)
    assert (task.run_id, task.name, task.index, task.item, task.round) == (run.id, "a", -1, None, 0)
    assert task.inputs() == [] and task.open_run().id == run.id
    assert queue.claim(0) is None, "b waits for a"
    assert run.state == "running"
    job.complete(b'"from a"')
    second = next_task(queue)
    assert second.run_task is not None
    assert second.run_task.inputs() == [distcoord.TaskInput("a", "a", False, "succeeded", b'"from a"')]
    second.complete()
    summary = run.wait(PATIENCE)
    assert (summary.state, summary.succeeded, summary.total, summary.workflow) == ("succeeded", 2, 2, "chain")
    assert summary.ended and summary.duration is not None and summary.duration >= 0
    assert run["a"] == "from a" and run["b"] is None and run.result_bytes("a") == b'"from a"'


def test_jobs_of_no_run_are_no_tasks(queue: Queue) -> None:
    queue.push(b"x")
    assert next_task(queue).run_task is None


def test_ids_are_taken_once_and_joined_if_that_is_asked(queue: Queue) -> None:
    run = queue.start(chain("a"), "mine")
    assert run.id == "mine"
    with pytest.raises(distcoord.RunExists) as exists:
        queue.start(chain("a"), "mine")
    assert exists.value.run_id == "mine"
    assert queue.start(chain("a"), "mine", join=True).id == "mine"
    with pytest.raises(distcoord.Conflict):
        queue.start(chain("a", "b"), "mine", join=True)
    assert queue.counts().waiting == 1


def test_what_is_not_there_is_said(queue: Queue) -> None:
    run = queue.open_run("nobody")
    for ask in (run.summary, run.tasks, run.pause, run.resume, run.stop, lambda: run.wait(0),
                lambda: run.result("a", timeout=0)):
        with pytest.raises(distcoord.RunNotFound, match="knows no run 'nobody'"):
            ask()
    with pytest.raises(distcoord.RunNotFound):
        next(run.events())
    known = queue.start(chain("a"))
    with pytest.raises(distcoord.TaskNotFound, match="no task 'z'"):
        known.result("z", timeout=0)
    with pytest.raises(distcoord.ResultTimeout):
        known.result("a", timeout=0)
    with pytest.raises(distcoord.RunTimeout) as late:
        known.wait(0)
    assert late.value.summary is not None and late.value.summary.ready == 1


def test_failures_are_told_with_what_failed(queue: Queue) -> None:
    run = queue.start(chain("a", "b"))
    try:
        raise ValueError("no")
    except ValueError as error:
        next_task(queue).fail(error)
    summary = run.wait(PATIENCE)
    assert (summary.state, summary.failed, summary.blocked) == ("failed", 1, 1)
    assert summary.reason == "task 'a' failed: no"
    with pytest.raises(distcoord.TaskFailed) as failed:
        run.result("a")
    assert (failed.value.error_type, failed.value.message, failed.value.id) == ("ValueError", "no", "a")
    assert "raise ValueError" in failed.value.traceback
    with pytest.raises(distcoord.RunError):
        run.result("b")
    with pytest.raises(distcoord.WorkflowFailed, match="raise ValueError") as whole:
        run.raise_if_failed()
    assert [task.name for task in whole.value.failures] == ["a"]


def test_tasks_are_listed(queue: Queue, client: distcoord.Client) -> None:
    workflow = chain("a")
    workflow.add_map("m", source="a", capabilities="linux")
    run = queue.start(workflow)
    next_task(queue).complete(b"[1,2]")
    next_task(queue).complete(b"1")
    held = next_task(queue)
    tasks = {task.name: task for task in run.tasks()}
    assert list(tasks) == ["a", "m", "m[0]", "m[1]"]
    assert [(task.kind, task.state) for task in tasks.values()] == [
        ("task", "succeeded"), ("map", "running"), ("item", "succeeded"), ("item", "running")]
    assert tasks["m"].needs == ("a",) and tasks["m[1]"].group == "m"
    assert tasks["a"].worker == tasks["m[1]"].worker == client.id
    assert tasks["m[0]"].capabilities == ("linux",) and tasks["a"].attempts == 1
    first = tasks["a"]
    assert first.ready_at and first.started_at and first.ended_at and first.duration is not None
    held.complete(b"2")
    assert run.wait(PATIENCE).state == "succeeded" and run["m[1]"] == 2


def test_items_are_given_to_their_tasks(queue: Queue) -> None:
    workflow = Workflow("map")
    workflow.add_map("m", '[{"a": 1}, "b"]', b"same")
    workflow.add_task("all", needs=["m"])
    queue.start(workflow)
    for index in range(2):
        job = next_task(queue)
        task = job.run_task
        assert task is not None and (task.name, task.index, job.payload) == (f"m[{index}]", index, b"same")
        job.complete(task.item)
    last = next_task(queue).run_task
    assert last is not None
    assert [(each.need, each.task, each.many) for each in last.inputs()] == [("m", "m[0]", True), ("m", "m[1]", True)]
    assert [distcoord.TaskInput(*each).data.replace(b" ", b"") for each in last.inputs()] == [b'{"a":1}', b'"b"']


def test_a_task_is_skipped_repeated_and_adds_others(queue: Queue) -> None:
    workflow = chain("a", "b", "c")
    workflow.add_loop("b", "b", 2)
    run = queue.start(workflow)
    first = next_task(queue).run_task
    assert first is not None
    additions = Workflow("more")
    additions.add_task("x")
    first.add(additions)
    first._job.complete(b"1")
    added = next_task(queue)
    assert added.task == "x"
    added.complete()
    for round in range(2):
        task = next_task(queue).run_task
        assert task is not None and (task.name, task.round) == ("b", round)
        assert [each.need for each in task.inputs()] == (["", "a"] if round else ["a"])
        task.repeat(b"%d" % round)
    last = next_task(queue).run_task
    assert last is not None and [each.data for each in last.inputs()] == [b"1"]
    last.skip("nothing new")
    assert run.wait(PATIENCE).skipped == 1
    with pytest.raises(distcoord.TaskSkipped, match="nothing new"):
        run.result("c")


def test_a_run_is_paused_and_resumed(queue: Queue) -> None:
    run = queue.start(chain("a", "b"))
    job = next_task(queue)
    run.pause()
    assert run.state == "paused"
    job.complete()
    assert queue.claim(0.2) is None
    run.resume()
    next_task(queue).complete()
    assert run.wait(PATIENCE).state == "succeeded"
    with pytest.raises(distcoord.RunEnded):
        run.pause()
    with pytest.raises(distcoord.RunEnded):
        run.resume()


def test_a_run_is_stopped_and_taken_up_again(queue: Queue) -> None:
    workflow = chain("a", "b")
    workflow.add_task("clean", needs=["b"], always=True)
    run = queue.start(workflow)
    finish(queue, 1)
    job = next_task(queue)
    run.stop("enough")
    eventually(lambda: job.cancelling, "the worker is asked to stop")
    job.cancelled()
    assert next_task(queue).task == "clean"
    with pytest.raises(distcoord.Conflict):
        run.delete()
    eventually(lambda: run.state == "stopping", "it is being stopped")


def test_a_failed_run_is_taken_up_where_it_failed(queue: Queue) -> None:
    run = queue.start(chain("a", "b", "c"))
    finish(queue, 1)
    next_task(queue).fail("no")
    assert run.wait(PATIENCE).state == "failed"
    run.resume()
    assert [next_task(queue).task] == ["b"], "a is not done again"


def test_an_ended_run_is_forgotten_when_it_is_deleted(queue: Queue) -> None:
    run = queue.start(chain("a"))
    assert [each.id for each in queue.runs()] == [run.id]
    finish(queue, 1)
    assert run.wait(PATIENCE).ended
    run.delete()
    assert queue.runs() == []
    with pytest.raises(distcoord.RunNotFound):
        run.summary()


def test_runs_are_listed_the_latest_first(queue: Queue) -> None:
    ids = [queue.start(chain("a"), f"run-{number}").id for number in range(3)]
    assert {each.id for each in queue.runs()} == set(ids)
    assert len(queue.runs(offset=1, limit=1)) == 1
    assert all(each.summary.state == "running" for each in queue.runs())


def test_events_are_those_that_were_and_those_that_come(queue: Queue) -> None:
    run = queue.start(chain("a", "b"))
    finish(queue, 1)
    events = in_thread(lambda: [(event.kind, event.task, event.state) for event in run.events()])
    finish(queue, 1)
    assert events() == [
        ("started", "", ""), ("task_ended", "a", "succeeded"), ("task_ended", "b", "succeeded"),
        ("ended", "", "succeeded")]
    numbers = [event.number for event in run.events()]
    assert numbers == sorted(numbers) and len(numbers) == 4


def test_progress_is_told_until_the_end(queue: Queue) -> None:
    run = queue.start(chain("a", "b", "c"))
    told: list[tuple[str, int]] = []
    first = threading.Event()

    def progress(summary: distcoord.RunSummary) -> None:
        told.append((summary.state, summary.done))
        first.set()

    waiting = in_thread(lambda: run.wait(2 * PATIENCE, progress))
    assert first.wait(PATIENCE)
    finish(queue, 3)
    assert waiting().state == "succeeded"
    assert told[0] == ("running", 0) and told[-1] == ("succeeded", 3)


def test_progress_is_told_in_lines(queue: Queue, capsys: pytest.CaptureFixture[str]) -> None:
    run = queue.start(chain("a", "b"))
    next_task(queue).fail("no")
    run.wait(PATIENCE, progress=True)
    assert capsys.readouterr().err.splitlines()[-1] == "chain: 2 of 2 tasks, 1 failed, 1 blocked, failed"


def test_waits_are_cancelled(queue: Queue) -> None:
    run = queue.start(chain("a"))
    waiting = in_thread(run.wait)
    with again_and_again(run.cancel), pytest.raises(distcoord.Cancelled):
        waiting()
    assert run.state == "running"


def test_tasks_share_state_in_the_scope_of_their_run(queue: Queue) -> None:
    one, other = queue.start(chain("a"), "one"), queue.start(chain("a"), "other")
    one.shared()["x"] = [1]
    assert one.shared().get("x") == [1] and other.shared().get("x") is None
    assert pickle.loads(pickle.dumps(one)).shared(type=list[int])["x"] == [1]


def test_capabilities_that_nobody_has_are_named(queue: Queue, client: distcoord.Client) -> None:
    workflow = Workflow("gpu")
    workflow.add_task("train", capabilities="gpu")
    with pytest.raises(distcoord.NoSuchWorker, match="train"):
        workflow.check_capabilities(queue)
    with client.worker("q") as plain, client.worker("q", capabilities="gpu") as able:
        assert plain.next(0) is None  # who looks for a job is known from then on
        with pytest.raises(distcoord.NoSuchWorker, match="train.*requires gpu"):
            workflow.check_capabilities(queue)
        assert able.next(0) is None
        workflow.check_capabilities(queue)
