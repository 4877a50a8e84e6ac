"""How a task of a run ended, for those who ask or wait for it."""

from __future__ import annotations

from ctypes import byref, c_size_t, string_at
from typing import TYPE_CHECKING

from .. import _abi, _calls, errors
from .._handles import Handle
from .._library import functions

if TYPE_CHECKING:
    from .run import Run


class _Result(Handle):
    """A result of the library."""

    __slots__ = ()
    _free = functions.result_free

    def __init__(self) -> None:
        self._own(_abi.distcoord_result())


def read_outcome(run: Run, task: str, wait_ms: int) -> bytes:
    """The bytes of a task's result, or the error that another end is. See `Run.result`."""
    name = _calls.text(task, "task")
    result = _Result()
    error = _abi.distcoord_error()
    status = functions.run_result(run._pointer, name, wait_ms, byref(result._pointer), byref(error))
    if status == _abi.OK:
        _calls.raise_due()
        return _bytes_of(result._pointer, run.id, task)
    if status == _abi.TIMED_OUT:
        raise errors.about_job(
            errors.ResultTimeout, f"task {task!r} of run {run.id} has not ended in time", task, status)
    if status == _abi.NOT_FOUND:
        run.summary()  # raises when it is the run that is not known
        raise errors.about_run(errors.TaskNotFound, f"run {run.id} has no task {task!r}", run.id, status)
    raise run._failure(status, error)


def _bytes_of(pointer: _abi.distcoord_result, run_id: str, task: str) -> bytes:
    length = c_size_t()
    address = functions.result_bytes(pointer, byref(length))
    data = string_at(address, length.value) if address else b""
    state = functions.result_state(pointer)
    if state == _abi.RESULT_COMPLETED:
        return data
    words = data.decode("utf-8", "replace")
    what = f"task {task!r} of run {run_id}"
    if state == _abi.RESULT_CANCELLED:
        cancelled = errors.about_run(errors.TaskCancelled, _with(f"{what} was cancelled", words), run_id, 0)
        cancelled.id, cancelled.reason = task, words
        raise cancelled
    if state == _abi.RESULT_SKIPPED:
        skipped = errors.about_run(errors.TaskSkipped, _with(f"{what} was skipped", words), run_id, 0)
        skipped.id, skipped.reason = task, words
        raise skipped
    raise task_failed(
        run_id, task,
        functions.result_error_type(pointer).decode("utf-8", "replace"), words,
        functions.result_traceback(pointer).decode("utf-8", "replace"),
        functions.result_worker(pointer).decode("utf-8", "replace"), functions.result_attempts(pointer))


def task_failed(
    run_id: str, task: str, kind: str, message: str, trace: str, worker: str, attempts: int,
) -> errors.TaskFailed:
    """The error that a task which failed, or could not run, is for those who ask for its result."""
    times = f" after {attempts} attempts" if attempts > 1 else ""
    said = f"{kind}: {message}" if kind and message else kind or message
    text = _with(f"task {task!r} of run {run_id} failed{times}", said)
    if trace:
        text += f"\n\nIn the worker{f' {worker}' if worker else ''}:\n{trace}"
    failed = errors.about_run(errors.TaskFailed, text, run_id, 0)
    failed.id, failed.message, failed.attempts = task, message, attempts
    failed.error_type, failed.traceback, failed.worker = kind, trace, worker
    return failed


def _with(what: str, reason: str) -> str:
    return f"{what}: {reason}" if reason else what
