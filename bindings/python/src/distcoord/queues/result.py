"""How a job ended, for those who ask or wait for it."""

from __future__ import annotations

from ctypes import byref, c_size_t, string_at
from typing import NoReturn, Optional

from .. import _abi, _calls, _interrupt, errors
from .._library import functions

_pending = _interrupt.pending


def fetch(queue: _abi.distcoord_queue, name: str, id: str, timeout: Optional[float]) -> bytes:
    """See `Queue.result`."""
    result = _abi.distcoord_result()
    error = _abi.distcoord_error()
    status = functions.queue_result(queue, _calls.text(id, "id"), _calls.wait_ms(timeout), byref(result), byref(error))
    if status == _abi.OK:
        return _take(result, id)
    if status == _abi.TIMED_OUT:
        raise errors.about_job(errors.ResultTimeout, f"job {id} has not ended in time", id, status)
    if status == _abi.NOT_FOUND:
        raise errors.about_job(errors.JobNotFound, f"queue {name!r} knows no job {id!r}", id, status)
    if status == _abi.EXPIRED:
        raise errors.about_job(
            errors.ResultExpired, f"job {id} has ended, but its result is not kept any more", id, status)
    raise _calls.failure(status, error)


def _take(result: _abi.distcoord_result, id: str) -> bytes:
    """The bytes of a completed job, or the error that the other ends are; frees the result."""
    try:
        if _pending:
            _calls.raise_due()
        length = c_size_t()
        address = functions.result_bytes(result, byref(length))
        data = string_at(address, length.value) if address else b""
        state = functions.result_state(result)
        if state == _abi.RESULT_COMPLETED:
            return data
        words = data.decode("utf-8", "replace")
        if state == _abi.RESULT_CANCELLED:
            reason = f": {words}" if words not in ("", "cancelled") else ""
            cancelled = errors.JobCancelled(f"job {id} was cancelled{reason}")
            cancelled.id, cancelled.reason = id, words
            raise cancelled
        if state == _abi.RESULT_SKIPPED:
            skipped = errors.JobSkipped(f"job {id} was skipped: {words or 'a job that it waited for did not complete'}")
            skipped.id, skipped.reason = id, words
            raise skipped
        _raise_failed(result, id, words)
    finally:
        functions.result_free(result)


def _raise_failed(result: _abi.distcoord_result, id: str, message: str) -> NoReturn:
    """JobFailed, which shows where it failed to those who print it."""
    kind = functions.result_error_type(result).decode("utf-8", "replace")
    trace = functions.result_traceback(result).decode("utf-8", "replace")
    worker = functions.result_worker(result).decode("utf-8", "replace")
    raise job_failed(id, kind, message, trace, worker, functions.result_attempts(result))


def job_failed(id: str, kind: str, message: str, trace: str, worker: str, attempts: int) -> errors.JobFailed:
    """The error that a dead job is for those who ask for its result."""
    times = "1 attempt" if attempts == 1 else f"{attempts} attempts"
    what = f"{kind}: {message}" if kind and message else kind or message
    text = f"job {id} failed after {times}: {what}"
    if trace:
        text += f"\n\nIn the worker{f' {worker}' if worker else ''}:\n{trace}"
    failed = errors.JobFailed(text)
    failed.id, failed.message, failed.attempts = id, message, attempts
    failed.error_type, failed.traceback, failed.worker = kind, trace, worker
    return failed
