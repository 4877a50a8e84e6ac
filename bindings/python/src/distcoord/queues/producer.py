"""Buffered producers: a push returns at once, and the library sends the jobs in batches."""

from __future__ import annotations

import weakref
from ctypes import byref
from types import TracebackType
from typing import TYPE_CHECKING, Any, NamedTuple, Optional

from .. import _abi, _calls, _interrupt, errors
from .._handles import Handle
from .._library import functions
from .._slots import ID_CAPACITY, new_slot, slots
from .push import options_of

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ..client import Client
    from .push import MoreOptions
    from .queue import Queue

_push = functions.producer_push
_pending = _interrupt.pending
_take_slot = slots.pop
_put_slot = slots.append
_LARGEST = 2**63 - 1

# How long the closing of a client, and with that the interpreter's exit, waits for what its producers have not sent.
_LAST_SECONDS = 10.0


class ProducerOptions(NamedTuple):
    """See `Queue.producer`."""

    batch_size: int = 50
    batch_timeout: float = 0.1
    capacity: int = 10_000
    capacity_bytes: int = 67_108_864
    blocks: bool = True
    retry: Optional[float] = 30.0


class PushFailure(NamedTuple):
    """A job of a producer that the server did not accept."""

    id: str
    """The job's id, as `push` returned it."""
    status: int
    """What the push answered: see `distcoord/status.h`."""
    message: str
    """The same in words."""


class Producer(Handle):
    """A buffered producer for one queue, made by `Queue.producer`.

        with queue.producer() as producer:
            for part in parts:
                producer.push(part)

    Jobs are pushed in order. Nothing is lost silently while the process lives: `flush`, `close` and the end of `with`
    raise PushFailed, which names the jobs that were not accepted. One that is not closed is closed with its client, at
    the latest when the interpreter exits; what cannot be sent within 10 seconds then is told in the log. What the
    buffer holds when the process dies otherwise is lost. Usable from any number of threads; in a forked child it is
    empty, and what the parent has in its buffer the parent sends.
    """

    __slots__ = ("_queue", "_options", "_closed")
    _free = functions.producer_free

    def __init__(self, queue: Queue, options: ProducerOptions = ProducerOptions()) -> None:
        self._queue = queue
        self._options = options
        self._closed = False
        self._own(_abi.distcoord_producer())
        error = _abi.distcoord_error()
        status = functions.producer_open(queue._pointer, byref(self._pointer), byref(error))
        _calls.check(status, error)
        pointer = self._pointer
        functions.producer_set_batch(
            pointer, _calls.integer(options.batch_size, "batch_size", 1, 1_000),
            _calls.duration_ms(options.batch_timeout, "batch_timeout", 0, 60_000))
        functions.producer_set_capacity(
            pointer, _calls.integer(options.capacity, "capacity", 1, 10_000_000),
            _calls.integer(options.capacity_bytes, "capacity_bytes", 1, _LARGEST), bool(options.blocks))
        functions.producer_set_retry_ms(pointer, _calls.wait_ms(options.retry))
        _open.add(self)

    def push(
        self,
        payload: _calls.Payload,
        task: str = "",
        priority: int = 0,
        delay: float = 0,
        id: Optional[str] = None,
        retries: int = 3,
        backoff: float = 1.0,
        backoff_max: float = 300.0,
        result_ttl: float = 600.0,
        **more: Unpack[MoreOptions],
    ) -> str:
        """Takes a job into the buffer and returns its id. Arguments as of `Queue.push`; a delay counts from now.

        Waits only while the buffer is full; raises ProducerFull then if the producer does not block. Raises TooLarge
        and InvalidArgument at once; what the server refuses is told by `flush`, `close` and `failures`. Raises Closed
        after `close`, Cancelled when `cancel` ended the wait for room.
        """
        data = payload if type(payload) is bytes else _calls.payload_bytes(payload)
        options = options_of((task, priority, delay, id, retries, backoff, backoff_max, result_ttl), more)
        try:
            slot = _take_slot()
        except IndexError:
            slot = new_slot()
        buffer, error, error_place = slot
        status = _push(
            self._pointer, data, len(data), options and options._pointer, buffer, ID_CAPACITY, error_place)
        if status == 0:
            known: str = buffer.value.decode()
            _put_slot(slot)
            if _pending:
                _calls.raise_due()
            return known
        if status == _abi.TIMED_OUT:
            full = errors.ProducerFull(
                f"the buffer of the producer for queue {self._queue.name!r} is full: {self.pending} jobs are not sent")
            full.status, full.retriable = status, True
            raise full
        raise _calls.failure(status, error)

    def flush(self, timeout: Optional[float] = -1) -> None:
        """Waits until all jobs that were in the buffer have been sent or have failed, at most `timeout` seconds: -1 (or
        None) for ever, 0 looks once.

        Raises PushFailed, whose `failures` are the jobs that were not accepted since they were last asked for;
        FlushTimeout (also a TimeoutError) when some are not sent yet; Cancelled.
        """
        error = _abi.distcoord_error()
        status = functions.producer_flush(self._pointer, _calls.wait_ms(timeout), byref(error))
        self._check_all_sent(status, error)

    def close(self, timeout: Optional[float] = -1) -> None:
        """Takes no further job, and flushes; what is not sent within `timeout` seconds has failed. Raises PushFailed
        and Cancelled like `flush`. Closing twice is allowed.
        """
        error = _abi.distcoord_error()
        status = functions.producer_close(self._pointer, _calls.wait_ms(timeout), byref(error))
        if status in (_abi.OK, _abi.BROKEN):
            self._closed = True
            _open.discard(self)
        self._check_all_sent(status, error)

    def _check_all_sent(self, status: int, error: _abi.distcoord_error) -> None:
        name = self._queue.name
        if status == _abi.BROKEN:
            failures = tuple(self.failures())
            first = f", the first because: {failures[0].message}" if failures else ""
            failed = errors.PushFailed(
                f"{len(failures)} jobs of the producer for queue {name!r} were not accepted{first}")
            failed.status, failed.failures = status, failures
            raise failed
        if status == _abi.TIMED_OUT:
            late = errors.FlushTimeout(f"{self.pending} jobs of the producer for queue {name!r} are not sent yet")
            late.status, late.retriable = status, True
            raise late
        _calls.check(status, error)

    def failures(self) -> list[PushFailure]:
        """Which jobs were not accepted, each told once, here or by PushFailed. At most 100 000 are kept."""
        native = _abi.distcoord_push_failures()
        error = _abi.distcoord_error()
        status = functions.producer_failures(self._pointer, byref(native), byref(error))
        if status != _abi.OK:
            raise _calls.failure(status, error)
        try:
            return [
                PushFailure(
                    functions.push_failures_id(native, index).decode(),
                    functions.push_failures_status(native, index),
                    functions.push_failures_message(native, index).decode("utf-8", "replace"))
                for index in range(functions.push_failures_count(native))]
        finally:
            functions.push_failures_free(native)

    def cancel(self) -> None:
        """Ends the waits in progress on this producer, each with Cancelled. Later calls are not affected."""
        functions.producer_cancel(self._pointer)

    @property
    def pending(self) -> int:
        """Jobs in the buffer or under way."""
        return functions.producer_pending(self._pointer)

    @property
    def sent(self) -> int:
        """Jobs that the server has accepted."""
        return functions.producer_sent(self._pointer)

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self._closed

    @property
    def queue(self) -> Queue:
        """The queue that its jobs go to."""
        return self._queue

    def __enter__(self) -> Producer:
        return self

    def __exit__(
        self, kind: Optional[type[BaseException]], value: Optional[BaseException], trace: Optional[TracebackType],
    ) -> None:
        _calls.end_block(self.close, value)

    def __repr__(self) -> str:
        return f"<distcoord.Producer of queue {self._queue.name!r}, {self.pending} pending, {self.sent} sent>"

    def __reduce__(self) -> tuple[Any, ...]:
        return Producer, (self._queue, self._options)


_open: weakref.WeakSet[Producer] = weakref.WeakSet()


def close_all_of(client: Client) -> None:
    """Closes the producers of a client that closes, and tells of what cannot be sent in time."""
    for producer in list(_open):
        if producer._queue._client is not client or producer._process != client._process:
            continue
        try:
            producer.close(_LAST_SECONDS)
        except errors.DistcoordError as error:
            import logging  # here, because most programs never need it

            logging.getLogger("distcoord").warning("closing %r: %s", producer, error)
