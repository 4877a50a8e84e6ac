"""Doing one job: from its bytes to a result, or to what became of it instead. The same for workers of all kinds and in
inline mode."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, NamedTuple, Optional, Union

from ..errors import NotReadable, NotSerializable, UnknownTask
from ._payload import read_call, write_result
from .errors import Again, JobStopped, Reject, Retry, Skip

if TYPE_CHECKING:
    from ..queues.job import Job
    from .application import App
    from .current import AnyJob
    from .flows.template import WorkflowTask
    from .task import Declared

_logger = logging.getLogger("distcoord.worker")

# Folders whose frames lead to a task and say nothing about its failure.
_LEADING = tuple(
    os.path.join(folder, "") for folder in (
        os.path.dirname(os.path.abspath(__file__)),
        *(os.path.join(os.path.dirname(os.__file__), name) for name in ("asyncio", "concurrent"))))


Call = tuple[Union["Declared[..., Any]", "WorkflowTask"], tuple[Any, ...], dict[str, Any]]
"""A task and the arguments that it is to be called with."""


def call_of(app: App, tasks: Mapping[str, Declared[..., Any]], job: AnyJob) -> Call:
    """The call that a job stands for. Raises UnknownTask, NotReadable, and TypeError when the function does not take
    such arguments."""
    name = job.task
    task = tasks.get(name)
    if task is None:
        return _call_of_step(app, job)
    signature = task._signature
    args, kwargs = read_call(job, app.accept_pickle)
    signature.check(args, kwargs)
    args, kwargs = signature.rebuild(args, kwargs)
    return task, args, kwargs


def _call_of_step(app: App, job: AnyJob) -> Call:
    """The same for a job that is a task of a workflow."""
    step = app._steps.get(job.task)
    if step is None:
        raise _unknown(job.task, {**app.tasks, **app._steps})
    task: Any = job.run_task  # type: ignore[attr-defined]
    if task is None:
        raise Reject(f"{job.task!r} is a task of a workflow, and this job belongs to no run of one")
    return step._call_of(job, task, app.accept_pickle)


def result_of(task: Union[Declared[..., Any], WorkflowTask], value: Any) -> bytes:
    """The bytes of what a task returned. Raises NotSerializable; Skip and Again when it returned one."""
    if task._is_step:
        value = task._checked(value)
    return b"" if value is None else write_result(task._serializer, value)


def _unknown(name: str, tasks: Mapping[str, Any]) -> UnknownTask:
    known = ", ".join(sorted(tasks)) or "none"
    what = f"this program has no task {name!r}" if name else "the job names no task"
    return UnknownTask(f"{what}; its tasks are: {known}")


class Verdict(NamedTuple):
    """Whether and when a job is tried again after an error."""

    retry: bool
    delay: Optional[float] = None


def verdict(error: BaseException) -> Verdict:
    """What an error means for the job.

    What cannot be read or written stays so. An unknown task and arguments that do not fit are tried again: while a new
    version is rolled out, a worker that knows them may be next.
    """
    if isinstance(error, Retry):
        return Verdict(True, error.delay)
    return Verdict(not isinstance(error, (Reject, NotReadable, NotSerializable)))


def without_own_frames(error: BaseException) -> BaseException:
    """The error with a traceback that begins in the task."""
    trace: Optional[TracebackType] = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename.startswith(_LEADING):
        trace = trace.tb_next
    return error.with_traceback(trace)


class Ending(NamedTuple):
    """How a job ends that is not completed."""

    how: str
    """"cancelled", "released", "failed", "skipped", "repeated", or "" when there is nothing to say."""
    error: BaseException
    verdict: Verdict = Verdict(True)
    text: str = ""
    data: bytes = b""

    def tell(self, job: Job) -> None:
        """Says so. Raises as the methods of Job."""
        if self.how == "cancelled":
            job.cancelled()
        elif self.how == "released":
            job.release()
        elif self.how == "failed":
            job.fail(self.error, self.verdict.retry, self.verdict.delay)
        else:
            task = job.run_task
            if task is not None and self.how == "skipped":
                task.skip(self.text)
            elif task is not None and self.how == "repeated":
                task.repeat(self.data)


def _ending_of_word(job: Job, word: Union[Skip, Again]) -> Ending:
    """What a task of a workflow says of how to go on. Raises NotSerializable."""
    if job.run_task is None:
        return Ending("failed", Reject(f"{type(word).__name__} is for tasks of workflows"), Verdict(False))
    if isinstance(word, Skip):
        _logger.info("task %s is skipped: %s", job.id, word)
        return Ending("skipped", word, text=str(word)[:1_000])
    return Ending("repeated", word, data=b"" if word.value is None else write_result("json", word.value))


def ending_of(job: Job, error: BaseException, worker_ended: bool) -> Ending:
    """What an error that left a task means for its job, and a line in the log about it."""
    stopped = isinstance(error, JobStopped) or type(error).__name__ == "CancelledError"
    if stopped and job.stop_requested:
        _logger.info("job %s (%s) stopped", job.id, job.task)
        return Ending("cancelled" if job.cancelling else "", error)
    if isinstance(error, KeyboardInterrupt) or stopped and worker_ended:
        return Ending("released", error)
    if isinstance(error, (Skip, Again)):
        try:
            return _ending_of_word(job, error)
        except NotSerializable as unfit:
            error = unfit
    error = without_own_frames(error)
    if job.cancelling:  # whatever the task says of being stopped, it is not to run again
        _logger.info("job %s (%s) ended when it was asked to stop", job.id, job.task, exc_info=error)
        return Ending("cancelled", error)
    decided = verdict(error)
    attempt, most = job.attempt, job.max_attempts
    again = "will be tried again" if decided.retry and attempt < most else "is dead"
    _logger.warning("job %s (%s) failed in attempt %d of %d and %s", job.id, job.task, attempt, most, again,
                    exc_info=error)
    return Ending("failed", error, decided)
