"""Messages of channels and topics, and the subscriptions that they come by."""

from __future__ import annotations

from collections.abc import Iterable
from ctypes import byref, c_int64, string_at
from typing import TYPE_CHECKING, Generic, Optional, TypeVar

from .. import _abi, _calls
from .._handles import Handle
from .._library import functions
from .._watches import Polled, Source, taken
from ..shared.codec import Codec

if TYPE_CHECKING:
    from datetime import datetime


T = TypeVar("T")

_Error = _abi.distcoord_error


class Message(Generic[T]):
    """A message of a channel or a topic."""

    __slots__ = ("_codec", "_published_ms", "deliveries", "id", "missed", "payload", "source")

    source: str
    """Name of the channel or topic it came by."""
    payload: bytes
    """Its bytes."""
    missed: int
    """How many messages of the same source were missed directly before this one: the reader was too slow, or away, or
    they were no longer kept."""
    id: str
    """Of a topic: its id, a position from which to read on; "" of a channel."""
    deliveries: int
    """Of a consumer group: how many times it has been delivered, this time included; 1 for all others."""

    def __init__(self, message: _abi.distcoord_message, codec: Codec[T]) -> None:
        self._codec = codec
        self.source = functions.message_source(message).decode()
        address = functions.message_payload(message)
        self.payload = string_at(address, functions.message_length(message)) if address else b""
        self.missed = functions.message_missed(message)
        self.id = functions.message_id(message).decode()
        self._published_ms = functions.message_published_ms(message)
        self.deliveries = functions.message_deliveries(message)

    @property
    def value(self) -> T:
        """What was published, of the type that the reader was made with. Raises NotReadable when the bytes are not
        that."""
        return self._codec.decode(self.payload, self.source)

    @property
    def published(self) -> Optional[datetime]:
        """Of a topic: when it was published, by the server's clock, in UTC; None of a channel."""
        return _calls.moment(self._published_ms)

    def __repr__(self) -> str:
        number = f" {self.id}" if self.id else ""
        return f"<distcoord.{type(self).__name__}{number} of {self.source!r}: {self.payload[:80]!r}>"


class _Native(Source):
    """A subscription of the library."""

    __slots__ = ()
    _free = functions.subscription_free

    def __init__(self) -> None:
        self._own(_abi.distcoord_subscription())

    def cancel(self) -> None:
        functions.subscription_cancel(self._pointer)


class Subscription(Polled[Message[T]]):
    """An iterator over messages of channels, or of a topic, in order of arrival. It ends when it is closed.

    A channel's has a buffer of its own: when its reader is too slow the oldest messages fall out, and `missed` of the
    next one says how many. A topic's reads on from the server, which keeps them.
    """

    __slots__ = ("_codec", "_names")
    _descriptor = functions.subscription_event_fd

    def __init__(self, native: _Native, codec: Codec[T], names: Iterable[str]) -> None:
        super().__init__(native)
        self._codec = codec
        self._names = tuple(names)

    @classmethod
    def _of_channels(cls, client: Handle, names: tuple[str, ...], capacity: int, codec: Codec[T]) -> Subscription[T]:
        """See `Client.subscribe`."""
        native = _Native()
        error = _Error()
        status = functions.subscription_open(
            client._pointer, _calls.integer(capacity, "capacity", 1, 1_000_000), byref(native._pointer), byref(error))
        _calls.check(status, error)
        made = cls(native, codec, ())
        for name in names:
            made.add(name)
        return made

    @classmethod
    def _of_topic(
        cls, topic: _abi.distcoord_topic, name: str, after: Optional[bytes], since_ms: int, capacity: int,
        codec: Codec[T],
    ) -> Subscription[T]:
        """See `Topic.subscribe`."""
        native = _Native()
        error = _Error()
        status = functions.topic_subscribe(topic, after, since_ms, capacity, byref(native._pointer), byref(error))
        _calls.check(status, error)
        return cls(native, codec, (name,))

    def add(self, name: str) -> None:
        """Subscribes another channel: what is published after this returns, arrives."""
        error = _Error()
        status = functions.subscription_add(self._open()._pointer, _calls.text(name, "name"), byref(error))
        _calls.check(status, error)
        if name not in self._names:
            self._names = (*self._names, name)

    def remove(self, name: str) -> bool:
        """Ends the subscription of a channel; returns whether it was subscribed. Messages that have arrived stay."""
        error = _Error()
        status = functions.subscription_remove(self._open()._pointer, _calls.text(name, "name"), byref(error))
        self._names = tuple(each for each in self._names if each != name)
        if status == _abi.NOT_FOUND:
            return False
        _calls.check(status, error)
        return True

    def _take(self, source: Source, wait_ms: int) -> Optional[tuple[Message[T]]]:
        return taken(
            functions.subscription_next, source, wait_ms, _abi.distcoord_message(),
            lambda message: Message(message, self._codec), functions.message_free)

    def next(self, timeout: Optional[float] = -1) -> Optional[Message[T]]:
        """The next message, waiting at most `timeout` seconds for it: -1 (or None) for ever, 0 looks once. None when
        there was none. Raises Cancelled, Closed, ServerErrors.
        """
        found = self._next(_calls.wait_ms(timeout))
        return None if found is None else found[0]

    @property
    def missed(self) -> int:
        """How many messages were missed in all; 0 once it is closed."""
        source = self._source
        return 0 if source is None else functions.subscription_missed(source._pointer)

    @property
    def names(self) -> tuple[str, ...]:
        """The channels, or the topic, that it reads."""
        return self._names

    def __repr__(self) -> str:
        return f"<distcoord.Subscription of {', '.join(map(repr, self._names))}{'' if self._source else ' closed'}>"


def publish(client: Handle, name: str, data: bytes) -> int:
    """See `Client.publish`."""
    receivers = c_int64()
    error = _Error()
    status = functions.channel_publish(
        client._pointer, _calls.text(name, "name"), data, len(data), byref(receivers), byref(error))
    _calls.check(status, error)
    return receivers.value
