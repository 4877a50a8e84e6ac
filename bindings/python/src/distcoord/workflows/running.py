"""The part of a queue that starts workflows and knows of their runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Optional

from .._handles import Handle

if TYPE_CHECKING:
    from .run import Run
    from .summary import RunInfo
    from .workflow import Workflow


class Runs(Handle):
    """The part of a queue that has to do with runs of workflows. Loaded when it is first used: most programs with
    queues have none."""

    __slots__ = ()

    def start(
        self, workflow: Workflow, id: Optional[str] = None, *, retention: Optional[float] = None,
        fail_fast: bool = False, join: bool = False,
    ) -> Run:
        """Starts a workflow on this queue, which is not split into partitions: all of it or nothing.

        `id`: of the run, 1 to 128 bytes; None for a generated one. `retention`: seconds for which what became of it is
        kept after its end, 1 to 365 days, 7 days if not given. `fail_fast`: whether the run is stopped when a task
        fails that its group does not forgive. `join`: with an id that is known, gives the run that is there. Raises
        RunExists without it, Conflict when the run that is there is of another workflow, InvalidArgument like
        `Workflow.validate`, ServerErrors.
        """
        from .workflow import start

        queue: Any = self
        return start(queue, workflow, id, retention, fail_fast, join)

    def open_run(self, id: str) -> Run:
        """A handle on a run by its id; nothing is sent."""
        from .run import Run

        queue: Any = self
        return Run(queue, id)

    def runs(self, offset: int = 0, limit: int = 100) -> list[RunInfo]:
        """The runs of the queue, the latest first, at most `limit`, up to 1 000, after `offset` others."""
        from .summary import runs_of

        return runs_of(self, offset, limit)
