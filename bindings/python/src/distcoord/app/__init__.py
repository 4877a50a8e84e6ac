"""Tasks: functions that are called by workers, in this program or others, on this machine or others.

    import distcoord

    app = distcoord.App()                               # DISTCOORD_URL, REDIS_URL or redis://localhost:6379

    @app.task(retries=5, timeout=60)
    def resize(path: str, width: int) -> str:
        return f"{path}@{width}"

    handle = resize.submit("a.jpg", 640)                # a worker: python -m distcoord worker images:app
    print(handle.result(timeout=30))

Arguments and results are JSON, with tagged objects for what JSON lacks, so a task may be
submitted and done by programs in any language.

Graphs of tasks are workflows, `with app.workflow("etl") as etl:`, whose tasks are `@etl.task`: see AppWorkflow.
"""

from __future__ import annotations

from importlib import import_module as _import_module
from typing import TYPE_CHECKING as _TYPE_CHECKING
from typing import Any as _Any

from ..errors import NotReadable, NotSerializable, UnknownTask
from .application import App
from .current import CurrentJob, current_job
from .errors import Again, JobStopped, Reject, Retry, Skip, again, skip
from .handle import Handle, Progress
from .options import CallOptions, OneCallOptions, TaskOptions
from .task import AsyncTask, Submission, Task

if _TYPE_CHECKING:
    from .flows.current import Additions, CurrentTask, current_task
    from .flows.local import LocalRun
    from .flows.node import Flow, Group, Node
    from .flows.template import NodeSettings, StepOptions, WorkflowTask
    from .flows.workflow import AppWorkflow

_OF_FLOWS = {
    "Additions": "current", "AppWorkflow": "workflow", "CurrentTask": "current", "Flow": "node", "Group": "node",
    "LocalRun": "local", "Node": "node", "NodeSettings": "template", "StepOptions": "template",
    "WorkflowTask": "template", "current_task": "current",
}


def __getattr__(name: str) -> _Any:
    """What concerns workflows is loaded when it is first asked for: programs with tasks alone start faster."""
    if name in _OF_FLOWS:
        return getattr(_import_module(f"{__name__}.flows.{_OF_FLOWS[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "Additions", "Again", "App", "AppWorkflow", "AsyncTask", "CallOptions", "CurrentJob", "CurrentTask", "Flow",
    "Group", "Handle", "JobStopped", "LocalRun", "Node", "NodeSettings", "NotReadable", "NotSerializable",
    "OneCallOptions", "Progress", "Reject", "Retry", "Skip", "StepOptions", "Submission", "Task", "TaskOptions",
    "UnknownTask", "WorkflowTask", "again", "current_job", "current_task", "skip",
]
