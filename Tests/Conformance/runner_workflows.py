"""What the Python runner can be asked about workflows, runs, their tasks, artifacts and instances."""

from __future__ import annotations

import json
import os
import tempfile
from typing import Any, Callable, Optional

import distcoord
from runner_queues import names, text
from runner_wire import encode, ok, seconds

Arguments = dict[str, bytes]

SURROUNDINGS = (
    "GITHUB_SHA", "BUILD_SOURCEVERSION", "CI_COMMIT_SHA", "GITHUB_RUN_ID", "GITHUB_RUN_ATTEMPT", "CI_PIPELINE_ID",
    "BUILD_BUILDID", "SYSTEM_STAGEATTEMPT")


def node_options(arguments: Arguments) -> dict[str, Any]:
    """What a request says about a task, as the package takes it."""
    found: dict[str, Any] = dict(
        group=text(arguments, "group"), needs=names(arguments, "needs"), always=arguments.get("always") == b"yes",
        language=text(arguments, "language", ""), retries=int(arguments.get("attempts", b"1")) - 1,
        backoff=seconds(arguments, "backoff", 0))
    for key, option, read in (
        ("task", "task", text), ("requires", "capabilities", text), ("priority", "priority", number),
        ("delay", "delay", duration), ("timeout", "timeout", duration), ("patience", "capability_timeout", duration),
    ):
        if key in arguments:
            found[option] = read(arguments, key)
    return found


def number(arguments: Arguments, key: str) -> int:
    return int(arguments[key])


def duration(arguments: Arguments, key: str) -> float:
    return seconds(arguments, key, 0)


def policy(arguments: Arguments) -> dict[str, Any]:
    if text(arguments, "policy") == "at_least":
        return {"policy": "at_least", "at_least": int(arguments.get("least", b"0"))}
    return {"policy": text(arguments, "policy", "all")}


def told(summary: Any, status: str = "OK") -> str:
    """How a run stands."""
    return status + ok(
        state=summary.state, workflow=summary.workflow, reason=summary.reason, waiting=summary.waiting,
        ready=summary.ready, succeeded=summary.succeeded, failed=summary.failed, skipped=summary.skipped,
        cancelled=summary.cancelled, blocked=summary.blocked).removeprefix("OK")


def ms(moment: Any) -> int:
    return round(moment.timestamp() * 1000) if moment else 0


class WorkflowRequests:
    """The part of the runner that has workflows."""

    client: distcoord.Client
    jobs: dict[str, distcoord.Job]

    def handle(self, key: tuple[object, ...], make: Callable[[], Any]) -> Any:
        raise NotImplementedError

    # ------------------------------------------------------------ graphs

    def graph(self, name: str) -> distcoord.Workflow:
        made: distcoord.Workflow = self.handle(("workflow", name), lambda: distcoord.Workflow(name))
        return made

    def wf(self, verb: str, name: str, arguments: Arguments) -> str:
        graph = self.graph(name)
        node = text(arguments, "as", "")
        if verb == "task":
            graph.add_task(node, arguments.get("arguments", b""), **node_options(arguments))
        elif verb == "map":
            graph.add_map(node, arguments.get("items"), arguments.get("arguments", b""), source=text(arguments, "from"),
                          **policy(arguments), **node_options(arguments))
        elif verb == "group":
            graph.add_group(
                node, group=text(arguments, "group"), needs=names(arguments, "needs"),
                always=arguments.get("always") == b"yes", **policy(arguments))
        elif verb == "need":
            graph.add_need(text(arguments, "node"), text(arguments, "needed"))
        elif verb == "loop":
            graph.add_loop(text(arguments, "first"), text(arguments, "last"), int(arguments["most"]))
        elif verb == "validate":
            graph.validate()
        elif verb == "check":
            graph.check_capabilities(self.client.queue(text(arguments, "queue")))
        elif verb == "show":
            return ok(count=len(graph), fingerprint=graph.fingerprint, nodes=",".join(graph.nodes))
        else:
            return "UNKNOWN_REQUEST"
        return "OK"

    # ------------------------------------------------------------ runs

    def run(self, verb: str, name: str, arguments: Arguments) -> str:
        queue = self.client.queue(name)
        id = text(arguments, "id")
        if verb == "start":
            try:
                run = queue.start(
                    self.graph(text(arguments, "workflow")), id, fail_fast=arguments.get("fail_fast") == b"yes",
                    retention=duration(arguments, "retention") if "retention" in arguments else None)
            except distcoord.RunExists as exists:
                return f"EXISTS id={exists.run_id}"
            return ok(id=run.id)
        if verb == "list":
            runs = queue.runs(int(arguments.get("offset", b"0")), int(arguments.get("limit", b"100")))
            return ok(count=len(runs), runs=",".join(f"{run.id}:{run.summary.state}" for run in runs))
        run = queue.open_run(id)
        if verb == "wait":
            try:
                return told(run.wait(timeout=seconds(arguments, "wait", -1)))
            except distcoord.RunTimeout as late:
                return told(late.summary, "TIMED_OUT")
        if verb == "result":
            return self.outcome(run, arguments)
        if verb in ("tasks", "node"):
            return self.nodes(run, verb, arguments)
        if verb == "next":
            return self.next_event(name, run, arguments)
        if verb in ("pause", "resume", "delete"):
            getattr(run, verb)()
        elif verb == "stop":
            run.stop(text(arguments, "reason"), arguments.get("at_once") == b"yes")
        elif verb == "set":
            run.shared().set(text(arguments, "key"), json.loads(arguments["value"]))
        elif verb == "get":
            value = run.shared().get(text(arguments, "key"))
            return "NOT_FOUND" if value is None else ok(value=json.dumps(value))
        else:
            return "UNKNOWN_REQUEST"
        return "OK"

    @staticmethod
    def outcome(run: distcoord.Run, arguments: Arguments) -> str:
        try:
            result = run.result_bytes(text(arguments, "task"), timeout=seconds(arguments, "wait", -1))
        except distcoord.JobFailed as failed:
            return ok(state="failed", result=failed.message, error=failed.error_type)
        except distcoord.JobCancelled as cancelled:
            return ok(state="cancelled", result=cancelled.reason, error="")
        except distcoord.JobSkipped as skipped:
            return ok(state="skipped", result=skipped.reason, error="")
        return ok(state="succeeded", result=result, error="")

    @staticmethod
    def nodes(run: distcoord.Run, verb: str, arguments: Arguments) -> str:
        tasks = run.tasks()
        if verb == "tasks":
            return ok(count=len(tasks), tasks=",".join(f"{task.name}:{task.state}" for task in tasks))
        found = [task for task in tasks if task.name == text(arguments, "task")]
        if not found:
            return "NOT_FOUND"
        task = found[0]
        return ok(
            kind=task.kind, state=task.state, group=task.group, needs=",".join(task.needs),
            requires=",".join(task.capabilities), error=task.error, attempts=task.attempts, round=task.round,
            worker=task.worker, ready=ms(task.ready_at), started=ms(task.started_at), ended=ms(task.ended_at))

    def next_event(self, name: str, run: distcoord.Run, arguments: Arguments) -> str:
        events = self.handle(("events", name, run.id), run.events)
        while True:
            event = events.next(seconds(arguments, "wait", -1))
            if text(arguments, "for", event.kind) == event.kind:
                return ok(kind=event.kind, number=event.number, task=event.task, state=event.state, text=event.text)

    # ------------------------------------------------------------ tasks

    def task_queue(self, name: str, arguments: Arguments) -> distcoord.Queue:
        """The queue with what this session has: its language, and what its first request says."""
        joined = self.handle(("instances",), dict).get(name)
        if joined:
            return joined.queue
        made: distcoord.Queue = self.handle(("task queue", name), lambda: self.client.queue(
            name, lease=seconds(arguments, "lease", 30.0), capabilities=["lang:python", *names(arguments, "has")]))
        return made

    def task(self, verb: str, name: str, arguments: Arguments) -> str:
        if verb in ("claim", "work"):
            job = self.task_queue(name, arguments).claim(timeout=seconds(arguments, "wait", -1))
            return self.worked(job, verb == "work", arguments)
        held = self.jobs.get(name)
        if held is None:
            return "UNKNOWN_JOB"
        if verb == "add":
            assert held.run_task is not None
            held.run_task.add(self.graph(text(arguments, "workflow")))
            return "OK"
        return self.settle(held, verb, arguments)

    def worked(self, job: Optional[distcoord.Job], settles: bool, arguments: Arguments) -> str:
        if job is None:
            return "NONE"
        task = job.run_task
        if task is None:
            return "ERROR_INVALID_ARGUMENT"
        inputs = ",".join(
            f"{one.need}{'*' if one.many else ''}:{one.task}:"
            f"{'' if one.many and not one.task else one.state}:{encode(one.data)}" for one in task.inputs())
        answer = ok(
            id=job.id, run=task.run_id, name=task.name, task=job.task, arguments=job.payload, index=task.index,
            item=task.item or b"", round=task.round, attempt=job.attempt)
        if not settles:
            self.jobs[job.id] = job
        else:
            settled = self.settle(job, text(arguments, "do", "complete"), arguments)
            if settled != "OK":
                return settled
        return f"{answer} inputs={inputs}"

    @staticmethod
    def settle(job: distcoord.Job, how: str, arguments: Arguments) -> str:
        task = job.run_task
        assert task is not None
        if how == "complete":
            job.complete(arguments.get("result", b""))
        elif how == "fail":
            job.fail(text(arguments, "message", ""), retry=arguments.get("retry") != b"no")
        elif how == "skip":
            task.skip(text(arguments, "reason"))
        elif how == "repeat":
            task.repeat(arguments.get("result", b""))
        else:
            return "UNKNOWN_REQUEST"
        return "OK"

    # ------------------------------------------------------------ artifacts

    def artifact(self, verb: str, name: str, arguments: Arguments) -> str:
        files = self.client.queue(name).open_run(text(arguments, "id")).artifacts
        if verb == "list":
            listed = files.list()
            return ok(count=len(listed), artifacts=",".join(f"{file.name}:{file.size}" for file in listed),
                      sha256=listed[0].sha256 if listed else "")
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "file")
            if verb == "publish":
                with open(path, "wb") as file:
                    file.write(arguments.get("content", b""))
                files.publish(path, text(arguments, "as"))
                return "OK"
            files.fetch(text(arguments, "as"), path)
            with open(path, "rb") as file:
                content = file.read()
            return ok(length=len(content), content=content[:1000])

    # ------------------------------------------------------------ instances

    def instance(self, verb: str, name: str, arguments: Arguments) -> str:
        if verb == "identity":
            for variable in SURROUNDINGS:
                os.environ.pop(variable, None)
                if variable in arguments:
                    os.environ[variable] = arguments[variable].decode()
            return ok(identity=distcoord.run_identity(
                text(arguments, "id"), with_attempt=arguments.get("attempt") == b"yes"))
        instances: dict[str, Any] = self.handle(("instances",), dict)
        if verb == "join":
            instances[name] = self.client.join_run(
                self.graph(text(arguments, "workflow")), text(arguments, "id"), prefix=text(arguments, "prefix"),
                index=int(arguments.get("index", b"0")), total=int(arguments.get("total", b"1")),
                capabilities=["lang:python", *names(arguments, "has")], lease=seconds(arguments, "lease", 10.0))
            return "EXPIRED" if instances[name].came_late else "OK"
        if name not in instances:
            return "NOT_HELD"
        joined = instances[name]
        if verb == "show":
            return ok(identity=joined.identity, index=joined.index, total=joined.total,
                      coordinates=joined.is_coordinator,
                      members=",".join(str(member.index) for member in joined.members()))
        if verb == "wait":
            return told(joined.wait(timeout=seconds(arguments, "wait", -1)))
        if verb == "leave":
            instances.pop(name).leave()
            return "OK"
        return "UNKNOWN_REQUEST"
