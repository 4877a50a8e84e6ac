"""A table of all modules on a terminal, kept up to date while the run goes; for those who have `rich` installed."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.live import Live
from rich.table import Table

from .. import errors
from .progress import Lines
from .table import rows, seconds, where

if TYPE_CHECKING:
    from ..workflows.instance import Instance
    from ..workflows.summary import RunEvent, RunSummary, TaskInfo
    from .pipeline import Pipeline

_COLOURS = {"succeeded": "green", "failed": "red", "running": "yellow", "skipped": "cyan", "cancelled": "magenta",
            "blocked": "magenta"}
_EACH = 0.5  # seconds between two looks, while something happens
_IDLE = 5.0  # and while nothing does: durations grow
_MOST_ROWS = 40


class Board(Lines):
    """Shows the run on a terminal."""

    def __init__(self, pipeline: Pipeline, instance: Instance) -> None:
        super().__init__(pipeline, instance)
        self._console = Console(stderr=True)
        self._live = Live(console=self._console, auto_refresh=False, transient=True)
        self._changed = threading.Event()
        self._drawing = threading.Thread(target=self._draw_all, name="distcoord-board", daemon=True)

    def begin(self) -> None:
        """See Progress."""
        self._live.start()
        super().begin()
        self._drawing.start()

    def begins(self, task: str) -> None:
        """See Progress."""
        self._changed.set()

    def say(self, text: str) -> None:
        """Says something, above the table."""
        self._console.print(f"[{self._pipeline.name}] {text}", markup=False, highlight=False)

    def finish(self, summary: RunSummary, tasks: Sequence[TaskInfo]) -> dict[str, int]:
        """See Progress."""
        self._over.set()
        self._changed.set()
        self._drawing.join(1.0)
        self._live.stop()
        return super().finish(summary, tasks)

    def _tell(self, event: RunEvent) -> None:
        self._changed.set()
        if event.kind != "task_ended" or event.state == "failed":
            super()._tell(event)

    def _tell_table(self, summary: RunSummary, tasks: Sequence[TaskInfo]) -> None:
        from .progress import _title

        self.say(_title(summary))
        self._console.print(self._table(tasks, len(tasks)))

    # ------------------------------------------------------------ in the thread

    def _draw_all(self) -> None:
        while not self._over.is_set():
            try:
                tasks = self._instance.run.tasks()
                self._see_instances()
                self._live.update(self._table(tasks, _MOST_ROWS), refresh=True)
            except errors.DistcoordError:
                pass  # it has not been started yet, or the server is away
            self._changed.wait(_IDLE)
            self._changed.clear()
            self._over.wait(_EACH)

    def _table(self, tasks: Sequence[TaskInfo], most: int) -> Any:
        made = Table("module", "instance", "duration", "result", box=None, pad_edge=False)
        shown = [task for task in tasks if task.kind in ("task", "item")]
        if len(shown) > most:  # those of interest
            shown = [task for task in shown if task.state in ("running", "failed")][:most] or shown[:most]
        for task, row in zip(shown, rows(shown, self._instances, self._pipeline._categories)):
            colour = _COLOURS.get(task.state, "")
            made.add_row(row[0], where(task, self._instances), _so_far(task), row[3], style=colour)
        return made


def _so_far(task: TaskInfo) -> str:
    if task.state == "running" and task.started_at is not None:
        taken = (datetime.now(timezone.utc) - task.started_at).total_seconds()
        return f"{max(taken, 0.0):.0f} s"
    return seconds(task)
