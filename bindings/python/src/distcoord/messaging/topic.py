"""Topics: messages that are kept, read from any position by any number, and by consumer groups at least once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from ctypes import byref, c_char_p, c_int64, c_size_t, create_string_buffer
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, Optional, TypeVar, Union

from .. import _abi, _calls, errors
from .._handles import Handle
from .._library import functions
from ..queues.pushing import lengths_of
from ..shared.codec import Codec
from .consumer import Consumer, ConsumerOptions
from .message import Subscription

if TYPE_CHECKING:
    from datetime import datetime

    from .serving import Handlers


T = TypeVar("T")
H = TypeVar("H", bound=Callable[..., object])

_Error = _abi.distcoord_error
_ID_CAPACITY = 48
_MOST_AT_ONCE = 100_000
_TEN_YEARS_MS = 3650 * 86_400_000


class GroupInfo(NamedTuple):
    """How a consumer group stands, as of a moment ago."""

    name: str
    """Its name."""
    waiting: int
    """Messages that it has not been delivered yet."""
    held: int
    """Messages that its consumers have neither acknowledged nor given back."""
    consumers: int
    """Its living consumers."""


class TopicInfo(NamedTuple):
    """How a topic stands, as of a moment ago."""

    messages: int
    """Messages that are kept."""
    published: int
    """Messages ever published."""
    first_id: str
    """Id of the oldest message that is kept; "" when there is none."""
    last_id: str
    """Id of the newest message that is kept; "" when there is none."""
    groups: tuple[GroupInfo, ...]
    """Its consumer groups."""


class TopicOptions(NamedTuple):
    """See `Client.topic`."""

    max_messages: Optional[int] = 100_000
    max_age: Optional[float] = 7 * 86_400.0


class _Native(Handle):
    """Topic options of the library."""

    __slots__ = ()
    _free = functions.topic_options_free

    def __init__(self, options: TopicOptions) -> None:
        self._own(functions.topic_options_new())
        messages, age = options.max_messages, options.max_age
        functions.topic_options_set_max_messages(
            self._pointer, 0 if messages is None else _calls.integer(messages, "max_messages", 1, 1_000_000_000))
        functions.topic_options_set_max_age_ms(
            self._pointer, 0 if age is None else _calls.duration_ms(age, "max_age", 1_000, _TEN_YEARS_MS))


_native = lru_cache(maxsize=32)(_Native)


class Topic(Handle, Generic[T]):
    """A topic: what is published is kept for a time or up to a number, and read from any position.

    `subscribe` reads all messages, `consumer` shares them among the consumers of a group, at least once each. Values
    are JSON, of the `type` that the topic was made with, or bytes (`raw`). A handle may be used by several threads, and
    pickles by name.
    """

    __slots__ = ("_client", "_codec", "_handlers", "_name", "_options")
    _free = functions.topic_free

    def __init__(
        self, client: Handle, name: str, codec: Codec[T], options: TopicOptions = TopicOptions(),
    ) -> None:
        native = _native(options)
        self._client = client
        self._name = name
        self._codec = codec
        self._options = options
        self._handlers: Optional[Handlers] = None
        self._own(_abi.distcoord_topic())
        error = _Error()
        status = functions.topic_open(
            client._pointer, _calls.text(name, "name"), native._pointer, byref(self._pointer), byref(error))
        _calls.check(status, error)

    # ------------------------------------------------------------ publishing

    def publish(self, value: T) -> str:
        """Publishes a message, which is on the server when this returns; returns its id. Raises NotSerializable,
        TooLarge, ServerErrors."""
        data = self._codec.encode(value, self._name)
        id = create_string_buffer(_ID_CAPACITY)
        error = _Error()
        status = functions.topic_publish(self._pointer, data, len(data), id, _ID_CAPACITY, byref(error))
        _calls.check(status, error)
        return id.value.decode()

    def publish_many(self, values: Iterable[T]) -> int:
        """Publishes many messages, in order, in as few round trips as their size allows; returns how many. When it
        fails the first of them may have been published: `published` of the error says how many were for certain.
        """
        encoded = [self._codec.encode(value, f"{self._name}[{index}]") for index, value in enumerate(values)]
        total = 0
        for begin in range(0, len(encoded), _MOST_AT_ONCE):
            part = encoded[begin:begin + _MOST_AT_ONCE]
            published = c_size_t()
            error = _Error()
            status = functions.topic_publish_many(
                self._pointer, (c_char_p * len(part))(*part), lengths_of(part), len(part), byref(published),
                byref(error))
            total += published.value
            if status != _abi.OK:
                failed = _calls.failure(status, error)
                if isinstance(failed, errors.DistcoordError):
                    failed.published = total
                raise failed
        return total

    # ------------------------------------------------------------ reading

    def subscribe(
        self, after: Optional[str] = None, since: Union[datetime, float, None] = None, ahead: int = 256,
    ) -> Subscription[T]:
        """Reads the topic: after the message with the id `after` ("0": from the oldest that is kept on), or from the
        first published at the time `since` (a datetime with time zone, or seconds since 1970) or later; without both,
        what is published from now on. Nothing is dropped for a slow reader as long as the server keeps it. `ahead`: how
        many messages are fetched ahead, 1 to 10 000.
        """
        position, since_ms = position_of(after, since)
        return Subscription._of_topic(
            self._pointer, self._name, position, since_ms, _calls.integer(ahead, "ahead", 1, 10_000), self._codec)

    def consumer(
        self, group: str, name: Optional[str] = None, lease: float = 10.0, prefetch: int = 64, *,
        from_new: bool = False, ack_timeout: Optional[float] = None,
    ) -> Consumer[T]:
        """Joins the consumer group `group`, which is made if it is not there. Raises ConsumerExists, ServerErrors.

        `name`: the consumer's within its group, 1 to 128 bytes; None for one that the library makes. `lease`: seconds
        for which what it holds outlives its process, 0.1 to 86 400. `prefetch`: how many messages it holds at most that
        were neither acknowledged nor released, 1 to 10 000. `from_new`: whether a group that is not there yet begins
        with the next message that is published, and not with the oldest that is kept. `ack_timeout`: seconds for which
        a living consumer may hold a message before it goes to another, 1 to 86 400; None for no limit.
        """
        return Consumer(self, group, ConsumerOptions(name, lease, prefetch, from_new, ack_timeout))

    def on(
        self, group: str, type: Any = None, concurrency: int = 1, retry_delay: float = 1.0,
        max_deliveries: Optional[int] = None, **options: Any,
    ) -> Callable[[H], H]:
        """A decorator that has a function called with the value of each message of a consumer group, by `run`:

            @topic.on("billing", type=Order)
            def bill(order: Order) -> None: ...

        `type`: what the value is made into; None for the topic's. `concurrency`, `retry_delay`, `max_deliveries`: see
        `Consumer.run`; `options`: see `consumer`. The function stays callable.
        """
        from .serving import Handlers, Part  # here, because it is for those alone who run handlers in threads

        topic = self if type is None else Topic(self._client, self._name, Codec(type, False), self._options)
        _calls.integer(concurrency, "concurrency", 1, 10_000)
        handlers = self._handlers = self._handlers or Handlers()

        def declare(function: H) -> H:
            if not callable(function):
                raise TypeError("a handler must be a function that takes a value")
            handlers.declare(lambda: Part(
                topic.consumer(group, **options), lambda message: function(message.value), concurrency, retry_delay,
                max_deliveries))
            return function

        return declare

    def run(self, signals: bool = False) -> None:
        """Calls the handlers declared with `on`, each group in threads of its own, until `stop`; see `Consumer.run`."""
        if self._handlers is None:
            raise errors.invalid(f"topic {self._name!r} has no handlers; declare one with `on`")
        self._handlers.run(signals, f"topic {self._name!r}")

    def stop(self) -> None:
        """Ends `run`: handlers that run may end, the rest is given back. Returns at once, also from a signal handler.
        """
        if self._handlers is not None:
            self._handlers.stop()

    # ------------------------------------------------------------ looking after it

    def inspect(self) -> Optional[TopicInfo]:
        """How the topic and its groups stand; None when nothing was ever published, or it is forgotten, and it has no
        group. Asks the server.
        """
        info = _abi.distcoord_topic_info()
        error = _Error()
        status = functions.topic_inspect(self._pointer, byref(info), byref(error))
        if status == _abi.NOT_FOUND:
            return None
        if status != _abi.OK:
            raise _calls.failure(status, error)
        try:
            return TopicInfo(
                functions.topic_info_messages(info),
                functions.topic_info_published(info),
                functions.topic_info_first_id(info).decode(),
                functions.topic_info_last_id(info).decode(),
                tuple(GroupInfo(
                    functions.topic_info_group_name(info, index).decode(),
                    functions.topic_info_group_waiting(info, index),
                    functions.topic_info_group_held(info, index),
                    functions.topic_info_group_consumers(info, index),
                ) for index in range(functions.topic_info_group_count(info))))
        finally:
            functions.topic_info_free(info)

    def seek(self, group: str, after: Optional[str] = None, since: Union[datetime, float, None] = None) -> bool:
        """Moves a group to a position, back to read again or forward to skip: see `subscribe`. What its consumers hold
        stays with them. Returns whether there is such a group."""
        position, since_ms = position_of(after, since)
        error = _Error()
        status = functions.topic_seek(self._pointer, _calls.text(group, "group"), position, since_ms, byref(error))
        return _found(status, error)

    def delete_group(self, group: str) -> bool:
        """Deletes a group; its consumers get ConsumerLost. Returns whether there was one."""
        error = _Error()
        return _found(functions.topic_delete_group(self._pointer, _calls.text(group, "group"), byref(error)), error)

    def trim(self, keep: int = 0) -> int:
        """Drops all messages but the newest `keep`; returns how many."""
        dropped = c_int64()
        error = _Error()
        status = functions.topic_trim(
            self._pointer, _calls.integer(keep, "keep", 0, 2**53), byref(dropped), byref(error))
        _calls.check(status, error)
        return dropped.value

    @property
    def name(self) -> str:
        """The topic's name."""
        return self._name

    def __repr__(self) -> str:
        return f"<distcoord.Topic {self._name!r}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return Topic, (self._client, self._name, self._codec, self._options)


def position_of(after: Optional[str], since: Union[datetime, float, None]) -> tuple[Optional[bytes], int]:
    """A position as the library takes it."""
    if after is not None and since is not None:
        raise errors.invalid("a position is after a message or since a time, not both")
    if after is not None:
        return _calls.text(after, "after"), 0
    return None, 0 if since is None else max(1, _calls.moment_ms(since, "since"))


def _found(status: int, error: _abi.distcoord_error) -> bool:
    if status == _abi.NOT_FOUND:
        return False
    _calls.check(status, error)
    return True
