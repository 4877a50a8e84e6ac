"""Batches: jobs that are counted together, and a latch that opens when all of them have ended."""

from __future__ import annotations

from ctypes import byref
from types import TracebackType
from typing import TYPE_CHECKING, Any, NamedTuple, Optional

from .. import _abi, _calls, errors
from .._handles import Handle
from .._library import functions

if TYPE_CHECKING:
    from .queue import Queue


class BatchCounts(NamedTuple):
    """How far a batch is, as of a moment ago."""

    total: int
    """Jobs pushed into it."""
    completed: int
    """Jobs completed."""
    failed: int
    """Jobs that are dead. One that is retried with `Queue.retry_dead` counts as not ended again."""
    cancelled: int
    """Jobs cancelled or skipped."""
    sealed: bool
    """Whether all its jobs have been pushed."""

    @property
    def pending(self) -> int:
        """Jobs that have not ended."""
        return self.total - self.completed - self.failed - self.cancelled

    @property
    def done(self) -> bool:
        """Whether it is sealed and all its jobs have ended."""
        return self.sealed and self.pending <= 0


class Batch(Handle):
    """A handle on a batch of jobs of one queue.

        with queue.batch() as batch:
            for part in parts:
                queue.push(part, batch=batch)
        print(batch.wait(timeout=60))

    A batch exists from its first job on, and is forgotten 7 days after the last one was pushed or has ended. `with`
    seals it at the end of the block, also when that raises, so that nobody waits for jobs that will not come. Usable
    from any number of threads; pickles by its id.
    """

    __slots__ = ("_queue", "_id")
    _free = functions.batch_free

    def __init__(self, queue: Queue, id: Optional[str] = None) -> None:
        self._queue = queue
        self._own(_abi.distcoord_batch())
        error = _abi.distcoord_error()
        encoded = None if id is None else _calls.text(id, "id")
        status = functions.batch_open(queue._pointer, encoded, byref(self._pointer), byref(error))
        _calls.check(status, error)
        self._id = functions.batch_id(self._pointer).decode()

    @property
    def id(self) -> str:
        """The batch's id."""
        return self._id

    @property
    def queue(self) -> Queue:
        """The queue whose jobs it counts."""
        return self._queue

    def seal(self) -> None:
        """Says that all its jobs have been pushed: it is done when the last of them has ended, and further pushes into
        it raise Conflict. May be said again."""
        error = _abi.distcoord_error()
        _calls.check(functions.batch_seal(self._pointer, byref(error)), error)

    def wait(self, timeout: Optional[float] = -1) -> BatchCounts:
        """Waits until it is sealed and all its jobs have ended, at most `timeout` seconds: -1 (or None) for ever, 0
        looks once.

        Raises BatchTimeout (also a TimeoutError, with `counts`) when it is not done by then, BatchNotFound when no job
        was ever pushed into it and it is not sealed, or it is forgotten; Cancelled, ServerErrors.
        """
        status, counts = self._look(_calls.wait_ms(timeout))
        if status == _abi.OK and counts is not None:
            return counts
        if status == _abi.TIMED_OUT and counts is not None:
            late = errors.BatchTimeout(
                f"batch {self._id} is not done: {counts.pending} of {counts.total} jobs have not ended"
                + ("" if counts.sealed else ", and it is not sealed"))
            late.status, late.counts = status, counts
            raise late
        unknown = errors.BatchNotFound(f"queue {self._queue.name!r} knows no batch {self._id!r}")
        unknown.status = status
        raise unknown

    def counts(self) -> BatchCounts:
        """How far it is; all zeros when it is not known. Its cost does not depend on how many jobs there are."""
        _, counts = self._look(0)
        return counts or BatchCounts(0, 0, 0, 0, False)

    def _look(self, wait_ms: int) -> tuple[int, Optional[BatchCounts]]:
        """What a wait of the library answers, if it is an answer."""
        native = _abi.distcoord_batch_counts()
        error = _abi.distcoord_error()
        status = functions.batch_wait(self._pointer, wait_ms, byref(native), byref(error))
        if status not in (_abi.OK, _abi.TIMED_OUT, _abi.NOT_FOUND):
            raise _calls.failure(status, error)
        try:
            _calls.raise_due()
            if not native:
                return status, None
            return status, BatchCounts(
                functions.batch_counts_total(native),
                functions.batch_counts_completed(native),
                functions.batch_counts_failed(native),
                functions.batch_counts_cancelled(native),
                functions.batch_counts_is_sealed(native))
        finally:
            functions.batch_counts_free(native)

    def cancel(self) -> None:
        """Ends the waits in progress on this handle, each with Cancelled. Later calls are not affected."""
        functions.batch_cancel(self._pointer)

    def __enter__(self) -> Batch:
        return self

    def __exit__(
        self, kind: Optional[type[BaseException]], value: Optional[BaseException], trace: Optional[TracebackType],
    ) -> None:
        _calls.end_block(self.seal, value)

    def __repr__(self) -> str:
        return f"<distcoord.Batch {self._id} of queue {self._queue.name!r}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return Batch, (self._queue, self._id)
