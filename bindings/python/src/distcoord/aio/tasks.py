"""Tasks of workflows for asyncio: claimed jobs, seen as the tasks that they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Optional

from .. import _calls
from ..workflows import task as _sync
from ._attempt import call
from .runs import Run

if TYPE_CHECKING:
    from ..workflows.workflow import Workflow


class RunTask:
    """What a job that is a task of a workflow has besides: see `distcoord.RunTask`."""

    __slots__ = ("_task",)

    def __init__(self, task: _sync.RunTask) -> None:
        self._task = task

    @property
    def run_id(self) -> str:
        """Id of the run."""
        return self._task.run_id

    @property
    def name(self) -> str:
        """Name of the node."""
        return self._task.name

    @property
    def index(self) -> int:
        """Which item of its map it is, from 0; -1 when it is none."""
        return self._task.index

    @property
    def item(self) -> Optional[bytes]:
        """The item of the list, as JSON; None when it is no item of a map."""
        return self._task.item

    @property
    def round(self) -> int:
        """How often its loop has run it before."""
        return self._task.round

    async def inputs(self) -> list[_sync.TaskInput]:
        """The results of what the task needs: see `distcoord.RunTask.inputs`."""
        return await call(self._task.inputs)

    async def skip(self, reason: Optional[str] = None) -> None:
        """Settles the task as skipped."""
        await call(self._task.skip, reason)

    async def repeat(self, result: Optional[_calls.Payload] = None) -> None:
        """Settles the task and begins another round of its loop: see `distcoord.RunTask.repeat`."""
        await call(self._task.repeat, result)

    async def add(self, additions: Workflow) -> None:
        """Adds nodes to the run: see `distcoord.RunTask.add`."""
        await call(self._task.add, additions)

    def open_run(self) -> Run:
        """A handle on the run."""
        return Run(self._task.open_run())

    def __repr__(self) -> str:
        return repr(self._task).replace("distcoord.", "distcoord.aio.", 1)
