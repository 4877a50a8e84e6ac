"""What tasks raise to say how a job goes on."""

from __future__ import annotations

from typing import Optional

_LONGEST_DELAY = 3650 * 86_400


class Retry(Exception):
    """Raised by a task: this attempt failed, try again. It counts as an attempt, as any failure does.

    `delay`: seconds until then; None for the task's backoff.
    """

    def __init__(self, message: str = "", *, delay: Optional[float] = None) -> None:
        super().__init__(message or "the task asks to be tried again")
        # Checked here, where the task is at fault, and not when the failure is told.
        if delay is not None and not 0 <= delay <= _LONGEST_DELAY:
            raise ValueError(f"delay must be 0 to {_LONGEST_DELAY} seconds, not {delay!r}")
        self.delay = delay


class Reject(Exception):
    """Raised by a task: no further attempt can help. The job is dead at once."""

    def __init__(self, message: str = "the task refuses the job") -> None:
        super().__init__(message)


class JobStopped(BaseException):
    """The job was cancelled, its time is over or its lease was lost, and the task ends because of that.

    Raised by `current_job().check()`, and inside tasks declared with `interrupt=True`. Like KeyboardInterrupt it is no
    Exception, so that a task's own `except Exception` does not take it for a failure.
    """
