"""A claimed job, seen as the task of a workflow that it is."""

from __future__ import annotations

from ctypes import byref, c_size_t, string_at
from typing import TYPE_CHECKING, NamedTuple, Optional

from .. import _abi, _calls, errors
from .._handles import Handle
from .._library import functions
from .run import Run
from .summary import TASK_STATES

if TYPE_CHECKING:
    from ..queues.job import Job
    from .workflow import Workflow

_Error = _abi.distcoord_error


class TaskInput(NamedTuple):
    """A result of something that a task needs."""

    need: str
    """The node that the task needs; "" for what `RunTask.repeat` gave, in further rounds of a loop."""
    task: str
    """The task whose result it is: the need itself, or a member or item of it; "" for a group or map that gives
    none."""
    many: bool
    """Whether the need is a group or a map, which gives any number of results."""
    state: str
    """How the task ended: "succeeded", "failed", "skipped", "cancelled" or "blocked"."""
    data: bytes
    """The result; the error's message of a task that failed."""


class RunTask:
    """What a job that is a task of a workflow has beside what jobs have; `Job.run_task`. It is settled as a job."""

    __slots__ = ("_job",)

    def __init__(self, job: Job) -> None:
        self._job = job

    @property
    def run_id(self) -> str:
        """Id of the run."""
        return functions.task_run(self._job._pointer).decode()

    @property
    def name(self) -> str:
        """Name of the node; "name[3]" for an item of a map."""
        return functions.task_name(self._job._pointer).decode()

    @property
    def index(self) -> int:
        """Which item of its map it is, from 0; -1 when it is none."""
        return functions.task_index(self._job._pointer)

    @property
    def item(self) -> Optional[bytes]:
        """The item of the list, as JSON; None when it is no item of a map."""
        length = c_size_t()
        address = functions.task_item(self._job._pointer, byref(length))
        return string_at(address, length.value) if address else None

    @property
    def round(self) -> int:
        """How often its loop has run it before."""
        return functions.task_round(self._job._pointer)

    def inputs(self) -> list[TaskInput]:
        """The results of what the task needs, in the order in which the needs were said; small ones came with the job.
        In further rounds of a loop its first task has one more before them. Raises RunNotFound, ServerErrors."""
        fetched = _Inputs()
        error = _Error()
        status = functions.task_fetch_inputs(self._job._pointer, byref(fetched._pointer), byref(error))
        if status == _abi.NOT_FOUND:
            raise errors.about_run(
                errors.RunNotFound, f"run {self.run_id} is not known any more", self.run_id, status)
        _calls.check(status, error)
        return [fetched.item(index) for index in range(functions.task_inputs_count(fetched._pointer))]

    def skip(self, reason: Optional[str] = None) -> None:
        """Settles the task as skipped: what needs nothing but skipped tasks is skipped, too. Raises like
        `Job.complete`."""
        words = None if reason is None else _calls.text(reason, "reason")
        error = _Error()
        self._job._check(functions.task_skip(self._job._pointer, words, byref(error)), error)

    def repeat(self, result: Optional[_calls.Payload] = None) -> None:
        """Settles the task and begins another round of the loop that ends with it, whose first task is given `result`.
        In the last round, and without a loop, the same as `Job.complete`. Raises like that."""
        data = b"" if result is None else _calls.payload_bytes(result)
        error = _Error()
        self._job._check(functions.task_repeat(self._job._pointer, data, len(data), byref(error)), error)

    def add(self, additions: Workflow) -> None:
        """Adds nodes to the run, which come into being when the task is completed. What needs this task then waits for
        them, too. Their needs may name each other and any node that does not wait for this task. Raises InvalidArgument
        when they are wrong in themselves, JobLost, JobSettled; `Job.complete` raises InvalidArgument for names that the
        run has already."""
        error = _Error()
        self._job._check(functions.task_add(self._job._pointer, additions._pointer, byref(error)), error)

    def open_run(self) -> Run:
        """A handle on the run."""
        job = self._job
        run = Run._of(job._client.queue(job.queue), _abi.distcoord_run())
        error = _Error()
        _calls.check(functions.task_open_run(job._pointer, byref(run._pointer), byref(error)), error)
        return run

    def __repr__(self) -> str:
        return f"<distcoord.RunTask {self.name!r} of run {self.run_id}>"


class _Inputs(Handle):
    """Inputs of the library."""

    __slots__ = ()
    _free = functions.task_inputs_free

    def __init__(self) -> None:
        self._own(_abi.distcoord_task_inputs())

    def item(self, index: int) -> TaskInput:
        """One of them."""
        pointer = self._pointer
        length = c_size_t()
        address = functions.task_inputs_bytes(pointer, index, byref(length))
        return TaskInput(
            functions.task_inputs_need(pointer, index).decode(),
            functions.task_inputs_task(pointer, index).decode(),
            functions.task_inputs_is_many(pointer, index),
            TASK_STATES[functions.task_inputs_state(pointer, index)],
            string_at(address, length.value) if address else b"")


def task_of(job: Job) -> Optional[RunTask]:
    """See `Job.run_task`."""
    return RunTask(job) if functions.task_run(job._pointer) else None
