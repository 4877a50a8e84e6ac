"""Starting workflows of an app from coroutines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Optional

from ...aio._attempt import call

if TYPE_CHECKING:
    from ...aio.runs import Run
    from ...workflows._progress import Progress
    from .workflow import AppWorkflow


class AioWorkflow:
    """What `workflow.aio` is."""

    __slots__ = ("_workflow",)

    def __init__(self, workflow: AppWorkflow) -> None:
        self._workflow = workflow

    async def start(
        self, run_id: Optional[str] = None, arguments: Optional[Mapping[str, Any]] = None, *,
        retention: Optional[float] = None, fail_fast: bool = False, join: bool = False,
    ) -> Run:
        """See `AppWorkflow.start`."""
        run = await call(lambda: self._workflow.start(
            run_id, arguments, retention=retention, fail_fast=fail_fast, join=join))
        return run.aio

    async def run(
        self, run_id: Optional[str] = None, arguments: Optional[Mapping[str, Any]] = None, *,
        timeout: Optional[float] = -1, progress: Progress = None, check: bool = True,
        fail_fast: bool = False,
    ) -> Run:
        """See `AppWorkflow.run`."""
        run = await self.start(run_id, arguments, fail_fast=fail_fast)
        summary = await run.wait(timeout, progress)
        if check:
            await run.raise_if_failed(summary)
        return run
