"""What is told of runs: how they stand, their tasks, and what happened in them."""

from __future__ import annotations

from ctypes import byref
from typing import TYPE_CHECKING, NamedTuple, Optional

from .. import _abi, _calls
from .._handles import Handle
from .._library import functions

if TYPE_CHECKING:
    from datetime import datetime

RUN_STATES = {
    _abi.RUN_RUNNING: "running", _abi.RUN_PAUSED: "paused", _abi.RUN_STOPPING: "stopping",
    _abi.RUN_SUCCEEDED: "succeeded", _abi.RUN_FAILED: "failed", _abi.RUN_CANCELLED: "cancelled"}
TASK_STATES = {
    _abi.TASK_WAITING: "waiting", _abi.TASK_READY: "ready", _abi.TASK_RUNNING: "running",
    _abi.TASK_SUCCEEDED: "succeeded", _abi.TASK_FAILED: "failed", _abi.TASK_SKIPPED: "skipped",
    _abi.TASK_CANCELLED: "cancelled", _abi.TASK_BLOCKED: "blocked"}
KINDS = {_abi.NODE_TASK: "task", _abi.NODE_GROUP: "group", _abi.NODE_MAP: "map", _abi.NODE_ITEM: "item"}
_EVENTS = {
    _abi.RUN_EVENT_STARTED: "started", _abi.RUN_EVENT_ENDED: "ended", _abi.RUN_EVENT_PAUSED: "paused",
    _abi.RUN_EVENT_RESUMED: "resumed", _abi.RUN_EVENT_STOPPING: "stopping",
    _abi.RUN_EVENT_NODE_ENDED: "task_ended", _abi.RUN_EVENT_RETRY: "retry", _abi.RUN_EVENT_EXPANDED: "expanded",
    _abi.RUN_EVENT_REPEATED: "repeated"}

ENDED = frozenset({"succeeded", "failed", "cancelled"})
"""States in which a run has ended."""


class RunSummary(NamedTuple):
    """How a run stands, as of a moment ago. Tasks are counted, items of maps among them; groups and maps are not.
    Times are by the server's clock, in UTC."""

    state: str
    """"running", "paused", "stopping", "succeeded", "failed" or "cancelled"."""
    workflow: str
    """Name of its workflow."""
    reason: str
    """Why it failed or was stopped: the first task that failed and its error, or what `Run.stop` was told."""
    total: int
    """How many tasks there are so far: maps and tasks that add others make more."""
    waiting: int
    """Tasks that wait for others."""
    ready: int
    """Tasks that wait for a worker, or run."""
    succeeded: int
    """Tasks that ended well."""
    failed: int
    """Tasks whose attempts are used up."""
    skipped: int
    """Tasks that were skipped."""
    cancelled: int
    """Tasks that did not run, or not to their end, because the run was stopped."""
    blocked: int
    """Tasks that did not run because something that they need ended badly."""
    started_at: Optional[datetime]
    """When it was started."""
    ended_at: Optional[datetime]
    """When it ended; None when it has not."""

    @property
    def ended(self) -> bool:
        """Whether it has ended, well or not."""
        return self.state in ENDED

    @property
    def done(self) -> int:
        """How many tasks have ended, however that was."""
        return self.total - self.waiting - self.ready

    @property
    def duration(self) -> Optional[float]:
        """Seconds from its start to its end; None when it has not ended."""
        if self.started_at is None or self.ended_at is None:
            return None
        return (self.ended_at - self.started_at).total_seconds()


class TaskInfo(NamedTuple):
    """A node of a run, as of a moment ago. Times are by the server's clock, in UTC."""

    name: str
    """Its name; "name[3]" for an item of a map."""
    kind: str
    """"task", "group", "map" or "item"."""
    state: str
    """"waiting", "ready", "running", "succeeded", "failed", "skipped", "cancelled" or "blocked"."""
    group: str
    """The group or map that it belongs to, or the task that added it; "" for none."""
    needs: tuple[str, ...]
    """What it needs, in the order in which that was said."""
    worker: str
    """Identity of the client that has it or has ended it (`Client.id`)."""
    capabilities: tuple[str, ...]
    """What its worker must have."""
    error: str
    """What went wrong, or why it was skipped, cancelled or blocked."""
    attempts: int
    """How many attempts were made to run it."""
    round: int
    """How often its loop has run it before."""
    ready_at: Optional[datetime]
    """When it became ready."""
    started_at: Optional[datetime]
    """When its last attempt began."""
    ended_at: Optional[datetime]
    """When it ended."""

    @property
    def duration(self) -> Optional[float]:
        """Seconds from the beginning of the last attempt to the end; None without both."""
        if self.started_at is None or self.ended_at is None:
            return None
        return (self.ended_at - self.started_at).total_seconds()


class RunEvent(NamedTuple):
    """Something that happened in a run."""

    number: int
    """Its number in the run, from 1; numbers that are missing were not kept."""
    kind: str
    """"started", "ended", "paused", "resumed", "stopping"; "task_ended"; "retry", an attempt failed and there will be
    another; "expanded", a map made its tasks or a task added some; "repeated", a loop begins another round."""
    at: Optional[datetime]
    """When, by the server's clock, in UTC."""
    task: str
    """Name of the node that it is about; "" for the run."""
    state: str
    """Of "task_ended" how the task ended, of "ended" how the run did; else ""."""
    text: str
    """More, as the kind says: the error, the reason, how many were made, the number of the round."""


class RunInfo(NamedTuple):
    """A run in a list of runs."""

    id: str
    """Its id."""
    summary: RunSummary
    """How it stands."""


def read_summary(pointer: _abi.distcoord_run_summary) -> RunSummary:
    """The summary that the library made."""
    count = functions.run_summary_count
    return RunSummary(
        state=RUN_STATES[functions.run_summary_state(pointer)],
        workflow=functions.run_summary_workflow(pointer).decode(),
        reason=functions.run_summary_reason(pointer).decode("utf-8", "replace"),
        total=count(pointer, -1),
        waiting=count(pointer, _abi.TASK_WAITING),
        ready=count(pointer, _abi.TASK_READY),
        succeeded=count(pointer, _abi.TASK_SUCCEEDED),
        failed=count(pointer, _abi.TASK_FAILED),
        skipped=count(pointer, _abi.TASK_SKIPPED),
        cancelled=count(pointer, _abi.TASK_CANCELLED),
        blocked=count(pointer, _abi.TASK_BLOCKED),
        started_at=_calls.moment(functions.run_summary_started_ms(pointer)),
        ended_at=_calls.moment(functions.run_summary_ended_ms(pointer)))


def read_event(pointer: _abi.distcoord_run_event) -> RunEvent:
    """The event that the library made."""
    kind = functions.run_event_kind(pointer)
    state = functions.run_event_state(pointer)
    return RunEvent(
        number=functions.run_event_number(pointer),
        kind=_EVENTS.get(kind, ""),  # of a newer library, perhaps
        at=_calls.moment(functions.run_event_time_ms(pointer)),
        task=functions.run_event_task(pointer).decode(),
        state=(
            TASK_STATES.get(state, "") if kind == _abi.RUN_EVENT_NODE_ENDED
            else RUN_STATES.get(state, "") if kind == _abi.RUN_EVENT_ENDED else ""),
        text=functions.run_event_text(pointer).decode("utf-8", "replace"))


class TaskList(Handle):
    """The nodes of a run, of the library."""

    __slots__ = ()
    _free = functions.task_list_free

    def __init__(self) -> None:
        self._own(_abi.distcoord_task_list())

    def items(self) -> list[TaskInfo]:
        """Them all."""
        return [self._item(index) for index in range(functions.task_list_count(self._pointer))]

    def _item(self, index: int) -> TaskInfo:
        pointer = self._pointer
        capabilities = functions.task_list_capabilities(pointer, index).decode()
        return TaskInfo(
            name=functions.task_list_name(pointer, index).decode(),
            kind=KINDS[functions.task_list_kind(pointer, index)],
            state=TASK_STATES[functions.task_list_state(pointer, index)],
            group=functions.task_list_group(pointer, index).decode(),
            needs=tuple(functions.task_list_needs(pointer, index).decode().split("\n")[:-1]),
            worker=functions.task_list_worker(pointer, index).decode("utf-8", "replace"),
            capabilities=tuple(capabilities.split(",")) if capabilities else (),
            error=functions.task_list_error(pointer, index).decode("utf-8", "replace"),
            attempts=functions.task_list_attempts(pointer, index),
            round=functions.task_list_round(pointer, index),
            ready_at=_calls.moment(functions.task_list_ready_ms(pointer, index)),
            started_at=_calls.moment(functions.task_list_started_ms(pointer, index)),
            ended_at=_calls.moment(functions.task_list_ended_ms(pointer, index)))


class RunList(Handle):
    """Runs of a queue, of the library."""

    __slots__ = ()
    _free = functions.run_list_free

    def __init__(self) -> None:
        self._own(_abi.distcoord_run_list())

    def items(self) -> list[RunInfo]:
        """Them all."""
        pointer = self._pointer
        return [
            RunInfo(
                functions.run_list_id(pointer, index).decode(),
                read_summary(functions.run_list_summary(pointer, index)))
            for index in range(functions.run_list_count(pointer))]


def runs_of(queue: Handle, offset: int, limit: int) -> list[RunInfo]:
    """See `Queue.runs`."""
    listed = RunList()
    error = _abi.distcoord_error()
    status = functions.runs_list(
        queue._pointer, _calls.integer(offset, "offset", 0, 2**53), _calls.integer(limit, "limit", 1, 1_000),
        byref(listed._pointer), byref(error))
    _calls.check(status, error)
    return listed.items()
