"""What tasks raise to say how a job goes on."""

from __future__ import annotations

from typing import Any, Optional

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


class Skip(Exception):
    """Raised or returned by a task of a workflow: it has nothing to do. What needs nothing but skipped tasks is
    skipped, too."""

    def __init__(self, reason: str = "") -> None:
        super().__init__(reason or "the task has nothing to do")
        self.reason = reason


class Again(Exception):
    """Raised or returned by the last task of a loop: run the loop once more, with `value` for its first task. In the
    last round, and without a loop, `value` is the task's result."""

    def __init__(self, value: Any = None) -> None:
        super().__init__("the task asks for another round of its loop")
        self.value = value


def skip(reason: str = "") -> Skip:
    """`return distcoord.skip("nothing new")`, or `raise`: see Skip."""
    return Skip(reason)


def again(value: Any = None) -> Again:
    """`return distcoord.again(rest)`, or `raise`: see Again."""
    return Again(value)
