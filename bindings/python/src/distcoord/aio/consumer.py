"""Consumers of topics for tasks."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, Optional, TypeVar

from .. import _calls, errors
from ..messaging import consumer as _sync
from ..messaging.message import Message
from ..messaging.serving import Part, logger
from . import _crew
from ._attempt import call
from ._hold import end_block
from ._stream import make_cancellable, tell

if TYPE_CHECKING:
    from .messaging import Topic

T = TypeVar("T")

_AGAIN_SECONDS = 0.005
_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 2.0


class Delivery(Message[T]):
    """A message that was delivered to a consumer: see `distcoord.Delivery`."""

    __slots__ = ("_delivery",)

    def __init__(self, delivery: _sync.Delivery[T]) -> None:
        for name in Message.__slots__:
            setattr(self, name, getattr(delivery, name))
        self._delivery = delivery

    @property
    def settled(self) -> bool:
        """Whether it was acknowledged or released through this object."""
        return self._delivery.settled

    async def ack(self) -> None:
        """Says that it is done: see `distcoord.Consumer.ack`."""
        await call(self._delivery.ack)

    async def release(self, delay: float = 0) -> None:
        """Gives it back: see `distcoord.Consumer.release`."""
        await call(self._delivery.release, delay)


class Consumer(Generic[T]):
    """A consumer of a group of a topic, for asyncio: `async for message in consumer: ...; await message.ack()`. It
    joins with its first use, or with `async with`, and ends when it is closed. See `distcoord.Consumer`.

    When a task is cancelled while it waits, what had come already is the next one's. Of all tasks that wait for a
    message one has a thread.
    """

    __slots__ = ("_buffer", "_client", "_closed", "_consumer", "_group", "_join", "_lock", "_running", "_stopping",
                 "_topic", "_waiters", "__weakref__")

    _consumer: Optional[_sync.Consumer[T]]

    def __init__(self, topic: Topic[T], group: str, join: Callable[[], _sync.Consumer[T]]) -> None:
        self._client = topic._topic._client
        self._topic = topic
        self._group = group
        self._join = join
        self._consumer = None
        self._closed = False
        self._lock = threading.Lock()
        self._buffer: deque[_sync.Delivery[T]] = deque()
        self._waiters: dict[asyncio.Future[None], asyncio.AbstractEventLoop] = {}
        self._running = False
        self._stopping = False
        make_cancellable(self)

    async def join(self) -> None:
        """Joins the group, if it has not. Raises ConsumerExists and ServerErrors."""
        if self._consumer is None:
            await call(self._joined)

    def _joined(self) -> _sync.Consumer[T]:
        with self._lock:
            if self._closed:
                raise errors.Closed(f"{self!r} was closed")
            if self._consumer is None:
                self._consumer = self._join()
            return self._consumer

    # ------------------------------------------------------------ taking

    async def next(self, timeout: Optional[float] = -1) -> Optional[Delivery[T]]:
        """The next message of the group: see `distcoord.Consumer.next`."""
        wait_ms = _calls.wait_ms(timeout)
        until = time.monotonic() + wait_ms / 1000
        await self.join()
        while not self._buffer:
            left = until - time.monotonic()
            if wait_ms < 0:
                await self._wait(None)
            elif left > 0:
                await self._wait(left)
            else:
                await call(self._try)  # once more, and the only time when it is not to wait
                break
        return Delivery(self._buffer.popleft()) if self._buffer else None

    def _try(self) -> None:
        """In a thread: takes one if there is one. It stays here when the task that asked was cancelled meanwhile."""
        found = self._joined()._next(0)
        if found is not None:
            self._buffer.append(found[0])

    async def _wait(self, seconds: Optional[float]) -> None:
        """Waits until a message may have come, at most so long."""
        loop = asyncio.get_running_loop()
        come: asyncio.Future[None] = loop.create_future()
        with self._lock:
            self._waiters[come] = loop
            begins, self._running = not self._running, True
        try:
            if begins:
                self._begin()
            await asyncio.wait([come], timeout=seconds)
            if come.done():
                come.result()
        finally:
            come.cancel()
            with self._lock:
                self._waiters.pop(come, None)
                unwanted = self._running and not self._waiters
            if unwanted and not sys.is_finalizing():
                _crew.tries.do(self._end_unwanted)

    def _begin(self) -> None:
        try:
            _crew.waits.do(self._take)
        except BaseException:  # the system has no thread left
            self._running = False
            raise

    def _take(self) -> None:
        """In a thread: waits for one message while any task wants one, and tells all of them."""
        error: Optional[BaseException] = None
        while True:
            with self._lock:
                if not self._waiters:
                    self._running = False
                    return
            try:
                found = self._joined()._next(-1)
            except errors.Cancelled:
                continue  # tasks are told by `cancel` itself; this ended a wait that nobody wanted any more
            except BaseException as raised:
                error = raised
            else:
                if found is not None:
                    self._buffer.append(found[0])
            break
        with self._lock:
            self._running = False
            waiters = list(self._waiters.items())
        for come, loop in waiters:
            tell(loop, come, error)

    def _end_unwanted(self) -> None:
        while True:
            with self._lock:
                consumer = self._consumer
                if not self._running or self._waiters or consumer is None:
                    return
            consumer.cancel()
            time.sleep(_AGAIN_SECONDS)

    def cancel(self) -> None:
        """Ends the waits in progress, each with Cancelled, from any thread. Later calls are not affected."""
        with self._lock:
            waiters = list(self._waiters.items())
        for come, loop in waiters:
            tell(loop, come, errors.Cancelled("the wait was cancelled"))

    def __aiter__(self) -> Consumer[T]:
        return self

    async def __anext__(self) -> Delivery[T]:
        try:
            message = await self.next()
        except errors.Closed:
            if self._closed:
                raise StopAsyncIteration from None
            raise
        assert message is not None
        return message

    # ------------------------------------------------------------ settling

    async def ack(self, message: Delivery[T]) -> None:
        """Says that a message is done: see `distcoord.Consumer.ack`."""
        await call(lambda: self._joined().ack(message._delivery))

    async def ack_many(self, messages: Sequence[Delivery[T]]) -> int:
        """Says that many messages are done: see `distcoord.Consumer.ack_many`."""
        return await call(lambda: self._joined().ack_many([message._delivery for message in messages]))

    async def release(self, message: Delivery[T], delay: float = 0) -> None:
        """Gives a message back: see `distcoord.Consumer.release`."""
        await call(lambda: self._joined().release(message._delivery, delay))

    # ------------------------------------------------------------ handlers

    async def run(
        self, handler: Callable[[Delivery[T]], Awaitable[object]], concurrency: int = 1, retry_delay: float = 1.0,
        max_deliveries: Optional[int] = None,
    ) -> None:
        """Calls the coroutine function `handler(message)` for each message, in `concurrency` tasks, until `stop` or
        `close`, or until its task is cancelled: then the handlers are, too, and their messages are given back. What
        becomes of messages: see `distcoord.Consumer.run`."""
        await self.join()
        self._stopping = False
        part = Part(self._joined(), _no_function, concurrency, retry_delay, max_deliveries)
        workers = [
            asyncio.ensure_future(self._work(handler, part))
            for _ in range(_calls.integer(concurrency, "concurrency", 1, 10_000))]
        try:
            await asyncio.wait(workers, return_when=asyncio.FIRST_EXCEPTION)
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.wait(workers)
        for worker in workers:
            if not worker.cancelled():
                worker.result()

    def stop(self) -> None:
        """Ends `run`: handlers that run may end."""
        self._stopping = True
        self.cancel()

    async def _work(self, handler: Callable[[Delivery[T]], Awaitable[object]], part: Part) -> None:
        pause = _FIRST_PAUSE
        while not self._stopping and not self._closed:
            try:
                message = await self.next()
            except (errors.Cancelled, errors.Closed):
                if self._stopping or self._closed:
                    return
                raise
            except errors.ConsumerLost as lost:
                logger.warning("%s", lost)
                continue
            except errors.ServerError as away:
                if not away.retriable:
                    raise
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
                continue
            pause = _FIRST_PAUSE
            if message is not None:
                await self._handle(handler, part, message)

    async def _handle(
        self, handler: Callable[[Delivery[T]], Awaitable[object]], part: Part, message: Delivery[T],
    ) -> None:
        action, delay = "ack", 0.0
        try:
            await handler(message)
        except Exception as raised:
            action, delay = part.settle_failed(message, raised)
        except BaseException:  # the task is cancelled
            if not message.settled:
                _crew.calls.do(lambda: _give_back(message._delivery))
            raise
        if message.settled:
            return
        try:
            await (message.ack() if action == "ack" else message.release(delay))
        except errors.DistcoordError as error:
            logger.warning("message %s of topic %r could not be settled: %s", message.id, message.source, error)

    # ------------------------------------------------------------ the consumer itself

    async def close(self) -> None:
        """Leaves the group; what it holds is delivered to others at once. Closing twice is allowed. Raises a
        ServerError when the server could not be told: the lease ends it then."""
        with self._lock:
            self._closed = True
            consumer, self._consumer = self._consumer, None
            waiters = list(self._waiters.items())
        for come, loop in waiters:
            tell(loop, come, errors.Closed(f"{self!r} was closed"))
        if consumer is not None:
            await call(consumer.close)

    async def __aenter__(self) -> Consumer[T]:
        await self.join()
        return self

    async def __aexit__(
        self, kind: Optional[type[BaseException]], value: Optional[BaseException], trace: Optional[TracebackType],
    ) -> None:
        await end_block(self.close, value)

    async def name(self) -> str:
        """The consumer's name; joins if it has not."""
        return await call(lambda: self._joined().name)

    @property
    def group(self) -> str:
        """The group's name."""
        return self._group

    @property
    def topic(self) -> Topic[T]:
        """The topic that it reads."""
        return self._topic

    @property
    def missed(self) -> int:
        """How many messages the group has missed, as far as this consumer knows; 0 before it has joined."""
        consumer = self._consumer
        return 0 if consumer is None else consumer.missed

    def __repr__(self) -> str:
        state = " closed" if self._closed else ""
        return f"<distcoord.aio.Consumer of group {self._group!r} of topic {self._topic.name!r}{state}>"

    def __reduce__(self) -> Any:
        raise TypeError("a consumer belongs to its process and cannot be pickled; send the topic")


def _no_function(message: object) -> None:
    """In place of the handler of a part, which here is a coroutine function."""


def _give_back(delivery: _sync.Delivery[Any]) -> None:
    try:
        delivery.release()
    except errors.DistcoordError:
        pass  # it is lost, or the end of the consumer gives it back
