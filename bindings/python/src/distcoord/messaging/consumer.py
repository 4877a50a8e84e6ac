"""Consumers: members of a consumer group, each of which holds what was delivered to it until it is acknowledged."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from ctypes import byref, c_char_p, c_size_t
from functools import lru_cache
from types import TracebackType
from typing import TYPE_CHECKING, Any, NamedTuple, Optional, TypeVar

from .. import _abi, _calls, errors
from .._handles import Handle
from .._library import functions
from .._watches import Source, Takes
from .message import Message

if TYPE_CHECKING:
    from .serving import Serving
    from .topic import Topic

T = TypeVar("T")

_Error = _abi.distcoord_error
_MOST_AT_ONCE = 10_000
_DAY_MS = 86_400_000


class ConsumerOptions(NamedTuple):
    """See `Topic.consumer`."""

    name: Optional[str] = None
    lease: float = 10.0
    prefetch: int = 64
    from_new: bool = False
    ack_timeout: Optional[float] = None


class _Options(Handle):
    """Consumer options of the library."""

    __slots__ = ()
    _free = functions.consumer_options_free

    def __init__(self, options: ConsumerOptions) -> None:
        self._own(functions.consumer_options_new())
        pointer = self._pointer
        if options.name is not None:
            status = functions.consumer_options_set_name(pointer, _calls.text(options.name, "name"))
            _calls.check_setter(status, "name (a name of 1 to 128 bytes)", options.name)
        functions.consumer_options_set_lease_ms(pointer, _calls.duration_ms(options.lease, "lease", 100, _DAY_MS))
        functions.consumer_options_set_prefetch(pointer, _calls.integer(options.prefetch, "prefetch", 1, 10_000))
        functions.consumer_options_set_from_new(pointer, bool(options.from_new))
        if options.ack_timeout is not None:
            functions.consumer_options_set_ack_timeout_ms(
                pointer, _calls.duration_ms(options.ack_timeout, "ack_timeout", 1_000, _DAY_MS))


_options = lru_cache(maxsize=32)(_Options)


class _Native(Source):
    """A consumer of the library."""

    __slots__ = ()
    _free = functions.consumer_free

    def __init__(self) -> None:
        self._own(_abi.distcoord_consumer())

    def cancel(self) -> None:
        functions.consumer_cancel(self._pointer)


class Delivery(Message[T]):
    """A message that was delivered to a consumer, which holds it until it is acknowledged or released. Dropping it does
    neither."""

    __slots__ = ("_consumer", "settled")

    settled: bool
    """Whether it was acknowledged or released through this object."""

    def __init__(self, message: _abi.distcoord_message, consumer: Consumer[T]) -> None:
        super().__init__(message, consumer._topic._codec)
        self._consumer = consumer
        self.settled = False

    def ack(self) -> None:
        """Says that it is done: see `Consumer.ack`."""
        self._consumer.ack(self)

    def release(self, delay: float = 0) -> None:
        """Gives it back: see `Consumer.release`."""
        self._consumer.release(self, delay)


class Consumer(Takes[Delivery[T]]):
    """A consumer of a group of a topic: `for message in consumer: ...; message.ack()`. It ends when it is closed.

    Each message of the topic goes to one consumer of the group, is held by it until it is acknowledged, and goes to
    another when this one released it or died. The library renews its lease. `with consumer:` closes it at the end. It
    belongs to its process, and may be used by several threads.
    """

    __slots__ = ("_group", "_serving", "_topic")

    _serving: Optional[Serving]

    def __init__(self, topic: Topic[T], group: str, options: ConsumerOptions) -> None:
        native = _Native()
        given = _options(options)
        error = _Error()
        status = functions.consumer_open(
            topic._pointer, _calls.text(group, "group"), given._pointer, byref(native._pointer), byref(error))
        if status == _abi.EXISTS:
            raise errors.about(errors.ConsumerExists(
                f"group {group!r} of topic {topic.name!r} has a living consumer {options.name!r}"), topic.name, status)
        _calls.check(status, error)
        super().__init__(native)
        self._topic = topic
        self._group = group
        self._serving = None

    # ------------------------------------------------------------ taking

    def _take(self, source: Source, wait_ms: int) -> Optional[tuple[Delivery[T]]]:
        message = _abi.distcoord_message()
        error = _Error()
        status = functions.consumer_next(source._pointer, wait_ms, byref(message), byref(error))
        if status == _abi.OK:
            try:
                return (Delivery(message, self),)
            finally:
                functions.message_free(message)
        if status == _abi.TIMED_OUT:
            return None
        if status == _abi.LOST:
            raise errors.about(errors.ConsumerLost(
                f"the lease of consumer {self._what()} has ended: what it held goes to others"),
                self._topic.name, status)
        raise _calls.failure(status, error)

    def next(self, timeout: Optional[float] = -1) -> Optional[Delivery[T]]:
        """The next message of the group, waiting at most `timeout` seconds for it: -1 (or None) for ever, 0 looks once.
        None when there was none. Those that a dead consumer held, and those released, come first.

        Raises ConsumerLost when the lease had ended, whereupon the next call joins anew; Cancelled, Closed,
        ServerErrors.
        """
        found = self._next(_calls.wait_ms(timeout))
        return None if found is None else found[0]

    # ------------------------------------------------------------ settling

    def ack(self, message: Message[T]) -> None:
        """Says that a message is done. Raises MessageLost when this consumer does not hold it any more: it may be
        delivered to another then."""
        error = _Error()
        status = functions.consumer_acknowledge(self._open()._pointer, message.id.encode(), byref(error))
        self._settled(message, status, error)

    def ack_many(self, messages: Sequence[Message[T]]) -> int:
        """Says that many messages are done, up to 10 000 in a round trip; returns how many of them this consumer still
        held. The others may be delivered again."""
        held = 0
        for begin in range(0, len(messages), _MOST_AT_ONCE):
            part = messages[begin:begin + _MOST_AT_ONCE]
            count = c_size_t()
            error = _Error()
            ids = (c_char_p * len(part))(*(message.id.encode() for message in part))
            status = functions.consumer_acknowledge_many(
                self._open()._pointer, ids, len(part), byref(count), byref(error))
            if status != _abi.LOST:
                _calls.check(status, error)
            held += count.value
            for message in part:
                if isinstance(message, Delivery):
                    message.settled = True
        return held

    def release(self, message: Message[T], delay: float = 0) -> None:
        """Gives a message back: it is delivered again, at once or after `delay` seconds, up to a day. Raises
        MessageLost like `ack`."""
        error = _Error()
        status = functions.consumer_release(
            self._open()._pointer, message.id.encode(), _calls.duration_ms(delay, "delay", 0, _DAY_MS), byref(error))
        self._settled(message, status, error)

    def _settled(self, message: Message[T], status: int, error: _abi.distcoord_error) -> None:
        if status in (_abi.OK, _abi.LOST) and isinstance(message, Delivery):
            message.settled = True
        if status == _abi.LOST:
            lost = errors.about(errors.MessageLost(
                f"message {message.id} of topic {self._topic.name!r} is not held by this consumer any more, and may be"
                " delivered to another"), self._topic.name, status)
            lost.id = message.id
            raise lost
        _calls.check(status, error)

    # ------------------------------------------------------------ handlers

    def run(
        self, handler: Callable[[Delivery[T]], object], concurrency: int = 1, signals: bool = False,
        retry_delay: float = 1.0, max_deliveries: Optional[int] = None, grace: Optional[float] = 30.0,
    ) -> None:
        """Calls `handler(message)` for each message, in `concurrency` threads, until `stop` or `close`.

        A message whose handler returns is acknowledged, unless the handler has settled it; one whose handler raises is
        logged and delivered again after `retry_delay` seconds, twice that the next time, and so on up to 5 minutes;
        after `max_deliveries` of them (None: never) it is given up, that is, logged as an error and acknowledged. While
        the server is away this waits and goes on.

        `signals`: whether SIGTERM and SIGINT stop it while this runs, which must be in the main thread then. `grace`:
        seconds that handlers may take at the end; None for ever. Raises ServerErrors that will not pass.
        """
        from .serving import Part, Serving

        serving = Serving([Part(self, handler, concurrency, retry_delay, max_deliveries)], grace)
        self._serving = serving
        try:
            serving.run(signals, f"consumer {self._what()}")
        finally:
            self._serving = None

    def stop(self) -> None:
        """Ends `run`: handlers that run may end. Returns at once, also from a signal handler."""
        serving = self._serving
        if serving is not None:
            serving.stop()

    # ------------------------------------------------------------ the consumer itself

    def close(self) -> None:
        """Leaves the group; what it holds is delivered to others at once. Closing twice is allowed. Raises a
        ServerError when the server could not be told: the lease ends it then."""
        source = self._source
        super().close()
        if source is not None:
            error = _Error()
            _calls.check(functions.consumer_close(source._pointer, byref(error)), error)

    def __exit__(
        self, kind: Optional[type[BaseException]], value: Optional[BaseException], trace: Optional[TracebackType],
    ) -> None:
        _calls.end_block(self.close, value)

    @property
    def name(self) -> str:
        """The consumer's name."""
        return functions.consumer_name(self._open()._pointer).decode()

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
        """How many messages the group has missed, as far as this consumer knows: they were no longer kept when it was
        their turn."""
        return functions.consumer_missed(self._open()._pointer)

    def _what(self) -> str:
        return f"of group {self._group!r} of topic {self._topic.name!r}"

    def __repr__(self) -> str:
        return f"<distcoord.Consumer {self._what()}{'' if self._source else ' closed'}>"

    def __reduce__(self) -> Any:
        raise TypeError("a consumer belongs to its process and cannot be pickled; send the topic")
