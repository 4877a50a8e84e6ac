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
"""

from __future__ import annotations

from ..errors import NotReadable, NotSerializable, UnknownTask
from .application import App
from .current import CurrentJob, current_job
from .errors import JobStopped, Reject, Retry
from .handle import Handle, Progress
from .options import CallOptions, OneCallOptions, TaskOptions
from .task import AsyncTask, Submission, Task

__all__ = [
    "App", "AsyncTask", "CallOptions", "CurrentJob", "Handle", "JobStopped", "NotReadable", "NotSerializable",
    "OneCallOptions", "Progress", "Reject", "Retry", "Submission", "Task", "TaskOptions", "UnknownTask", "current_job",
]
