"""A task of a run in this process, as its function sees it."""

from __future__ import annotations

import time
from itertools import count
from typing import TYPE_CHECKING, Any, NoReturn, Optional

from ... import errors
from .. import _payload
from ..handle import Progress
from ..options import seconds

if TYPE_CHECKING:
    from ...workflows.task import TaskInput
    from .builder import Builder
    from .graph import LocalNode
    from .local import LocalRun
    from .local_artifacts import LocalArtifacts

_fences = count(1)


class LocalJob:
    """A job of a local run; also the task that it is."""

    def __init__(self, run: LocalRun, node: LocalNode) -> None:
        options: Any = {} if node.model is None else node.model.options
        self._run = run
        self._node = node
        self.id = f"{run.id}/{node.name}"
        self.task: str = node.name if node.step is None else node.step._task_name
        self.queue = "local"
        self.payload = node.payload
        self.content_type = _payload.JSON
        self.headers: dict[str, str] = dict(options.get("headers") or {})
        self.attempt = 0
        self.max_attempts: int = options.get("retries", 0) + 1
        self.timeout: Optional[float] = seconds(options.get("timeout"))
        self.priority: int = options.get("priority", 0)
        self.batch = ""
        self.fence = next(_fences)
        self.pushed_at = time.time()
        self.cancelling = False
        self.stop_requested = False
        self.said: Optional[Progress] = None
        self.additions: list[Builder] = []

    def begin_attempt(self) -> None:
        """Another attempt begins; what the one before wanted to add is forgotten."""
        self.attempt += 1
        self._node.attempts = self.attempt
        self.additions = []

    def progress(self, percent: float, text: Optional[str] = None) -> None:
        """Remembers it."""
        self.said = Progress(round(percent), text or "")

    # ------------------------------------------------------------ as a task

    @property
    def run_task(self) -> LocalTask:
        """The task that it is."""
        return LocalTask(self)


class LocalTask:
    """See `distcoord.RunTask`."""

    def __init__(self, job: LocalJob) -> None:
        self._job = job
        self._node = job._node

    @property
    def run_id(self) -> str:
        """Id of the run."""
        return self._job._run.id

    @property
    def name(self) -> str:
        """Name of the node."""
        return self._node.name

    @property
    def index(self) -> int:
        """Which item of its map it is; -1 when it is none."""
        return self._node.index

    @property
    def item(self) -> Optional[bytes]:
        """The item, as JSON."""
        return self._node.item

    @property
    def round(self) -> int:
        """How often its loop has run it before."""
        return self._node.round

    def inputs(self) -> list[TaskInput]:
        """What it needs gave."""
        return self._job._run._graph.inputs_of(self._node)

    def add_builder(self, additions: Builder) -> None:
        """Keeps what is to be added until the attempt succeeds."""
        self._job.additions.append(additions)

    @property
    def artifacts(self) -> LocalArtifacts:
        """The files of the run."""
        return self._job._run.artifacts

    def open_run(self) -> NoReturn:
        """There is no server that knows of it."""
        raise errors.invalid("a run in this process has no shared state")
