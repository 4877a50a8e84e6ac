"""Channels and topics for tasks."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Iterable
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any, Generic, Optional, TypeVar, Union

from .. import _calls, errors
from .._handles import Handle
from ..messaging import topic as _sync
from ..messaging.message import Message
from ..messaging.message import Subscription as _Subscription
from ..shared.codec import Codec
from ._attempt import call
from ._stream import Stream
from .consumer import Consumer, Delivery

if TYPE_CHECKING:
    from datetime import datetime

T = TypeVar("T")
H = TypeVar("H", bound=Callable[..., Awaitable[object]])

# So many messages that have come are fetched from the library in one turn of a thread.
_AT_ONCE = 64


class Subscription(Stream[Message[T]]):
    """An asynchronous iterator over messages of channels, or of a topic: see `distcoord.Subscription`. It begins with
    `async with`, or with its first use; what was published before does not arrive."""

    __slots__ = ()

    async def next(self, timeout: Optional[float] = -1) -> Optional[Message[T]]:
        """The next message, waiting at most `timeout` seconds for it: -1 (or None) for ever, 0 looks once. None when
        there was none. Raises Cancelled, Closed, ServerErrors.
        """
        found = await self._next(_calls.wait_ms(timeout))
        return None if found is None else found[0]

    async def add(self, name: str) -> None:
        """Subscribes another channel: what is published after this returns, arrives."""
        await call(lambda: self._begun().add(name))

    async def remove(self, name: str) -> bool:
        """Ends the subscription of a channel; returns whether it was subscribed."""
        return await call(lambda: self._begun().remove(name))

    def _begun(self) -> _Subscription[T]:
        begun: Any = self._begin()
        return begun  # type: ignore[no-any-return]

    @property
    def missed(self) -> int:
        """How many messages were missed in all; 0 before it began and once it is closed."""
        taking: Any = self._taking
        return 0 if taking is None else int(taking.missed)


def subscription(client: Handle, names: tuple[str, ...], capacity: int, codec: Codec[T]) -> Subscription[T]:
    """See `Aio.subscribe`."""
    return Subscription(client, lambda: _Subscription._of_channels(client, names, capacity, codec), at_once=_AT_ONCE)


class Topic(Generic[T]):
    """A topic, for asyncio: see `distcoord.Topic`."""

    __slots__ = ("_handlers", "_running", "_topic", "__weakref__")

    def __init__(
        self, client: Handle, name: str, codec: Codec[T], options: _sync.TopicOptions = _sync.TopicOptions(),
    ) -> None:
        self._topic = _sync.Topic(client, name, codec, options)
        self._handlers: list[Callable[[AsyncExitStack], Awaitable[tuple[Consumer[Any], Awaitable[None]]]]] = []
        self._running: list[Consumer[Any]] = []

    async def publish(self, value: T) -> str:
        """Publishes a message; returns its id: see `distcoord.Topic.publish`. When the task is cancelled meanwhile the
        publishing goes on."""
        return await call(self._topic.publish, value)

    async def publish_many(self, values: Iterable[T]) -> int:
        """Publishes many messages; returns how many: see `distcoord.Topic.publish_many`."""
        return await call(self._topic.publish_many, list(values))

    def subscribe(
        self, after: Optional[str] = None, since: Union[datetime, float, None] = None, ahead: int = 256,
    ) -> Subscription[T]:
        """Reads the topic: see `distcoord.Topic.subscribe`."""
        topic = self._topic
        return Subscription(topic._client, lambda: topic.subscribe(after, since, ahead), at_once=_AT_ONCE)

    def consumer(
        self, group: str, name: Optional[str] = None, lease: float = 10.0, prefetch: int = 64, *,
        from_new: bool = False, ack_timeout: Optional[float] = None,
    ) -> Consumer[T]:
        """A consumer of the group `group`: see `distcoord.Topic.consumer`. It joins with its first use, or with
        `async with`."""
        topic = self._topic
        return Consumer(self, group, lambda: topic.consumer(
            group, name, lease, prefetch, from_new=from_new, ack_timeout=ack_timeout))

    def on(
        self, group: str, type: Any = None, concurrency: int = 1, retry_delay: float = 1.0,
        max_deliveries: Optional[int] = None, **options: Any,
    ) -> Callable[[H], H]:
        """A decorator that has a coroutine function called with the value of each message of a consumer group, by
        `run`: see `distcoord.Topic.on`."""
        sync = self._topic
        topic = self if type is None else Topic(sync._client, sync.name, Codec(type, False), sync._options)
        _calls.integer(concurrency, "concurrency", 1, 10_000)

        def declare(function: H) -> H:
            given: Any = function
            if not inspect.iscoroutinefunction(given):
                raise TypeError("a handler must be a coroutine function that takes a value")

            async def handle(message: Delivery[Any]) -> None:
                await function(message.value)

            async def begin(stack: AsyncExitStack) -> tuple[Consumer[Any], Awaitable[None]]:
                consumer = await stack.enter_async_context(topic.consumer(group, **options))
                return consumer, consumer.run(handle, concurrency, retry_delay, max_deliveries)

            self._handlers.append(begin)
            return function

        return declare

    async def run(self) -> None:
        """Calls the handlers declared with `on` until `stop`, or until its task is cancelled: see
        `distcoord.aio.Consumer.run`."""
        if not self._handlers:
            raise errors.invalid(f"topic {self.name!r} has no handlers; declare one with `on`")
        async with AsyncExitStack() as stack:
            runs = []
            try:
                for begin in self._handlers:
                    consumer, run = await begin(stack)
                    self._running.append(consumer)
                    runs.append(asyncio.ensure_future(run))
                await asyncio.wait(runs, return_when=asyncio.FIRST_EXCEPTION)
            finally:
                self._running.clear()
                for each in runs:
                    each.cancel()
                if runs:
                    await asyncio.wait(runs)
            for each in runs:
                if not each.cancelled():
                    each.result()

    def stop(self) -> None:
        """Ends `run`: handlers that run may end."""
        for consumer in list(self._running):
            consumer.stop()

    async def inspect(self) -> Optional[_sync.TopicInfo]:
        """How the topic and its groups stand: see `distcoord.Topic.inspect`."""
        return await call(self._topic.inspect)

    async def seek(
        self, group: str, after: Optional[str] = None, since: Union[datetime, float, None] = None,
    ) -> bool:
        """Moves a group to a position: see `distcoord.Topic.seek`."""
        return await call(self._topic.seek, group, after, since)

    async def delete_group(self, group: str) -> bool:
        """Deletes a group; its consumers get ConsumerLost. Returns whether there was one."""
        return await call(self._topic.delete_group, group)

    async def trim(self, keep: int = 0) -> int:
        """Drops all messages but the newest `keep`; returns how many."""
        return await call(self._topic.trim, keep)

    @property
    def name(self) -> str:
        """The topic's name."""
        return self._topic.name

    def __repr__(self) -> str:
        return repr(self._topic).replace("distcoord.", "distcoord.aio.", 1)

    def __reduce__(self) -> tuple[Any, ...]:
        return Topic, self._topic.__reduce__()[1]
