"""Whole graphs in this process, without a server: the same graph comes to the same end as on one.

Tasks run one after the other, in the order in which they become ready. Arguments and results are written and read as
ever; what takes time on a server, retries and delays, takes none here, and time limits are not kept.
"""

from __future__ import annotations

import heapq
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from ... import errors
from ...queues._failure import describe
from ...workflows._outcome import task_failed
from ...workflows.run import failed
from ...workflows.summary import RunSummary, TaskInfo
from .. import _json
from .._inline import _run
from .._perform import verdict, without_own_frames
from .._payload import write_result
from ..current import working_on
from ..errors import Again, JobStopped, Skip
from .graph import BAD, Graph, LocalNode, is_forgiven
from .local_artifacts import LocalArtifacts
from .local_job import LocalJob
from .perform import call_of_step, checked_value
from .results import TypedResults

if TYPE_CHECKING:
    from .template import WorkflowTask
    from .workflow import AppWorkflow

Foreign = Mapping[str, Callable[[Any], Any]]


class LocalRun:
    """A run that was done in this process, by `AppWorkflow.run_local`; it has ended when it is there."""

    def __init__(self, workflow: AppWorkflow, arguments: Mapping[str, Any], foreign: Foreign, fail_fast: bool) -> None:
        self.id = f"local-{uuid.uuid4()}"
        self.artifacts = LocalArtifacts(self.id)
        self._workflow = workflow
        self._foreign = foreign
        self._fail_fast = fail_fast
        self._graph = Graph(workflow._builder, arguments)
        self._results = TypedResults(workflow._app.accept_pickle, workflow._builder)
        self._ready: list[tuple[int, int, LocalNode]] = []
        self._order = 0
        self._reason = ""
        self._stopping = False
        self._started = self._ended = datetime.now(timezone.utc)
        self._run_all()

    # ------------------------------------------------------------ what became of it

    @property
    def state(self) -> str:
        """How it ended: "succeeded" or "failed"."""
        failed = self._stopping or any(node.state in BAD for node in self._graph.top)
        return "failed" if failed else "succeeded"

    def summary(self) -> RunSummary:
        """How it ended, in numbers."""
        states = [node.state for node in self._graph.nodes.values() if node.kind in ("task", "item")]
        count = states.count
        return RunSummary(
            self.state, self._workflow.name, self._reason, len(states), 0, 0, count("succeeded"), count("failed"),
            count("skipped"), count("cancelled"), count("blocked"), self._started, self._ended)

    def tasks(self) -> list[TaskInfo]:
        """All nodes, items behind their map."""
        return [
            TaskInfo(
                node.name, node.kind, node.state, "" if node.group is None else node.group.name,
                tuple(node.group.needs if node.kind == "item" and node.group is not None else node.needs),
                "local", (), node.error, node.attempts, node.round, None, None, None)
            for node in self._graph.in_order()]

    def result(self, task: str, type: Any = None) -> Any:
        """What a task gave; raises like `Run.result`."""
        data = self.result_bytes(task)
        if type is None:
            return self._results.value_of(task, data)
        from ...shared.codec import Codec

        return Codec[Any](type, False).decode(data or b"null", f"result of {task}")

    def result_bytes(self, task: str) -> bytes:
        """The bytes of a task's result as they are."""
        node = self._graph.nodes.get(task)
        if node is None:
            raise errors.about_run(errors.TaskNotFound, f"run {self.id} has no task {task!r}", self.id, 0)
        if node.state == "succeeded":
            return node.data
        if node.state == "skipped":
            skipped = errors.about_run(errors.TaskSkipped, f"task {task!r} was skipped: {node.error}", self.id, 0)
            skipped.id, skipped.reason = task, node.error
            raise skipped
        if node.state == "cancelled":
            cancelled = errors.about_run(errors.TaskCancelled, f"task {task!r} was cancelled", self.id, 0)
            cancelled.id, cancelled.reason = task, node.error
            raise cancelled
        raise task_failed(self.id, task, node.error_type, node.message or node.error, node.trace, "", node.attempts)

    def __getitem__(self, task: str) -> Any:
        return self.result(task)

    def raise_if_failed(self) -> RunSummary:
        """The summary of a run that has succeeded; raises WorkflowFailed for another."""
        summary = self.summary()
        if summary.state == "succeeded":
            return summary
        failures = [task for task in self.tasks() if task.state == "failed" and task.kind in ("task", "item")]
        nodes = self._graph.nodes
        raise failed(self.id, summary, failures, lambda name: nodes[name].trace)

    # ------------------------------------------------------------ doing it

    def _run_all(self) -> None:
        graph = self._graph
        graph.begin(self._make_ready)
        while self._ready:
            node = heapq.heappop(self._ready)[2]
            self._do(node)
        self._ended = datetime.now(timezone.utc)

    def _make_ready(self, node: LocalNode) -> None:
        self._order += 1
        heapq.heappush(self._ready, (node.number, self._order, node))

    def _stop(self) -> None:
        """What always runs does so; nothing else that has not begun will."""
        self._stopping = True
        self._graph.stop()
        self._ready = [each for each in self._ready if each[2].always]
        heapq.heapify(self._ready)

    def _do(self, node: LocalNode) -> None:
        job = LocalJob(self, node)
        while True:
            job.begin_attempt()
            try:
                with working_on(job):
                    data = self._perform(node, job)
            except Skip as skip:
                self._graph.end(node, "skipped", error=skip.reason)
            except Again as again:
                self._again(node, job, again)
            except (Exception, JobStopped) as error:
                if verdict(error).retry and job.attempt < job.max_attempts and not isinstance(error, JobStopped):
                    continue
                self._fail(node, error)
            else:
                self._complete(node, job, data)
            return

    def _perform(self, node: LocalNode, job: LocalJob) -> bytes:
        step = node.step
        if step is None:
            return self._perform_foreign(node, job)
        args, kwargs = call_of_step(step, job, job.run_task, self._workflow._app.accept_pickle)
        value = step._function(*args, **kwargs)
        if step._is_coroutine:
            value = _run(value)
        return self._written(step, checked_value(step, value))

    def _perform_foreign(self, node: LocalNode, job: LocalJob) -> bytes:
        name = node.model.options["task"] if node.model is not None else node.name
        function = self._foreign.get(name)
        if function is None:
            raise errors.UnknownTask(
                f"task {node.name!r} is done by other programs; run_local(foreign={{{name!r}: function}}) stands in")
        value: Any = function(job)  # given the job, as a worker of that language is
        return value if isinstance(value, bytes) else _json.encode(value, "result") if value is not None else b""

    def _written(self, step: WorkflowTask, value: Any) -> bytes:
        return b"" if value is None else write_result(step._serializer, value)

    def _again(self, node: LocalNode, job: LocalJob, again: Again) -> None:
        try:
            data = b"" if again.value is None else _json.encode(again.value, "result")
        except errors.NotSerializable as error:
            self._fail(node, error)
            return
        if not self._graph.repeat(node, data):
            self._complete(node, job, data)

    def _complete(self, node: LocalNode, job: LocalJob, data: bytes) -> None:
        try:
            for additions in job.additions:
                self._graph.add(node, additions)
        except errors.InvalidArgument as error:
            self._fail(node, error)
            return
        self._graph.complete(node, data)

    def _fail(self, node: LocalNode, error: BaseException) -> None:
        kind, message, trace = (text.decode() for text in describe(without_own_frames(error)))
        node.error_type, node.message, node.trace = kind, message, trace
        if not self._reason:
            self._reason = f"task {node.name!r} failed: {message}"
        node.state = "running"  # so that a stop leaves it alone
        if self._fail_fast and not self._stopping and not is_forgiven(node):
            self._stop()
        self._graph.end(node, "failed", error=message or kind)
