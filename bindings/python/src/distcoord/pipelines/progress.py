"""How a distributed run goes, on stderr: lines, or with `rich` a table that is kept up to date on a terminal."""

from __future__ import annotations

import importlib.util
import os
import sys
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Optional

from .. import errors
from .table import markdown, table

if TYPE_CHECKING:
    from ..workflows.instance import Instance
    from ..workflows.run import RunEvents
    from ..workflows.summary import RunEvent, RunSummary, TaskInfo
    from .pipeline import Pipeline

# Seconds after which it is asked again whether the run is there.
_AGAIN = 1.0

_INSTANCES = "distcoord/instance/"
"""What the keys of the run's shared state begin with that tell the indexes of instances, by client."""


class Progress:
    """Says nothing, but knows which instances there were."""

    def __init__(self, pipeline: Pipeline, instance: Instance) -> None:
        self._pipeline = pipeline
        self._instance = instance
        self._instances: dict[str, int] = {}

    def begin(self) -> None:
        """The instance has joined."""
        self._note_instance()
        self._see_instances()

    def begins(self, task: str) -> None:
        """This instance begins a module."""

    def ends(self, task: str) -> None:
        """This instance has done with a module, however that was."""

    def say(self, text: str) -> None:
        """Says something."""

    def finish(self, summary: RunSummary, tasks: Sequence[TaskInfo]) -> dict[str, int]:
        """The run has ended. Answers which instances there were."""
        self._see_instances()
        return self._instances

    def _note_instance(self) -> None:
        """Leaves word of this instance for the tables of all: it may be gone when they are made."""
        instance = self._instance
        try:
            instance.run.shared()[_INSTANCES + instance._client.id] = instance.index
        except errors.DistcoordError:
            pass  # it is told without

    def _see_instances(self) -> None:
        try:
            self._instances.update({
                entry.key[len(_INSTANCES):]: entry.value
                for entry in self._instance.run.shared(type=int).list(_INSTANCES)})
        except errors.DistcoordError:
            pass


class Lines(Progress):
    """Says in lines what happens."""

    def __init__(self, pipeline: Pipeline, instance: Instance) -> None:
        super().__init__(pipeline, instance)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="distcoord-progress", daemon=True)
        self._events: Optional[RunEvents] = None

    def begin(self) -> None:
        """See Progress."""
        super().begin()
        instance = self._instance
        late = "; the run has ended already" if instance.came_late else ""
        self.say(f"instance {instance.index} of {instance.total} of run {instance.identity}{late}")
        if not instance.came_late:
            self._thread.start()

    def begins(self, task: str) -> None:
        """See Progress."""
        self.say(f"{task} begins here")

    def say(self, text: str) -> None:
        """Says something."""
        try:
            print(f"[{self._pipeline.name}] {text}", file=sys.stderr, flush=True)
        except (OSError, ValueError):
            pass  # nobody reads it any more

    def finish(self, summary: RunSummary, tasks: Sequence[TaskInfo]) -> dict[str, int]:
        """See Progress."""
        if self._thread.is_alive():
            self._thread.join(_AGAIN)  # it has the last events, unless it waits for the server
        self._over.set()
        if self._events is not None:
            self._events.close()
        instances = super().finish(summary, tasks)
        self._tell_table(summary, tasks)
        self._tell_ci(summary, tasks)
        return instances

    def _tell_table(self, summary: RunSummary, tasks: Sequence[TaskInfo]) -> None:
        self.say(_title(summary))
        print(table(tasks, self._instances, self._pipeline._categories), file=sys.stderr, flush=True)

    def _tell_ci(self, summary: RunSummary, tasks: Sequence[TaskInfo]) -> None:
        """The summary page of the CI job, and its error marks."""
        page = os.environ.get("GITHUB_STEP_SUMMARY")
        if page:
            try:
                with open(page, "a", encoding="utf-8") as file:
                    file.write(markdown(f"{self._pipeline.name}: {_title(summary)}", tasks, self._instances,
                                        self._pipeline._categories))
            except OSError as error:
                self.say(f"the summary page cannot be written: {error}")
        if os.environ.get("GITHUB_ACTIONS") == "true":
            for task in tasks:
                if task.state == "failed" and task.kind in ("task", "item"):
                    words = task.error.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
                    print(f"::error title={task.name}::{words}", flush=True)

    # ------------------------------------------------------------ in the thread

    def _follow(self) -> None:
        while not self._over.is_set():
            try:
                with self._instance.run.events() as events:
                    self._events = events
                    for event in events:
                        self._tell(event)
                return
            except (errors.RunNotFound, errors.ServerError):
                self._over.wait(_AGAIN)  # it has not been started yet, or the server is away
            except errors.DistcoordError:
                return

    def _tell(self, event: RunEvent) -> None:
        if event.kind == "task_ended":
            reason = f": {event.text}" if event.text and event.state != "succeeded" else ""
            self.say(f"{event.task} {event.state}{reason}")
        elif event.kind == "retry":
            self.say(f"{event.task} is tried again: {event.text}")
        elif event.kind == "stopping":
            self.say(f"the run is being stopped: {event.text}" if event.text else "the run is being stopped")
        elif event.kind == "repeated":
            self.say(f"{event.task} begins round {event.text}")


def _title(summary: RunSummary) -> str:
    taken = summary.duration
    after = "" if taken is None else f" after {taken:.1f} s"
    reason = f": {summary.reason}" if summary.reason and summary.state != "succeeded" else ""
    return f"the run has {summary.state}{after}{reason}" if summary.state != "cancelled" else (
        f"the run was stopped{after}{reason}")


def progress_of(pipeline: Pipeline, instance: Instance, wanted: bool) -> Progress:
    """How an instance says what happens."""
    if not wanted:
        return Progress(pipeline, instance)
    if sys.stderr.isatty() and importlib.util.find_spec("rich") is not None:
        from .board import Board

        return Board(pipeline, instance)
    return Lines(pipeline, instance)
