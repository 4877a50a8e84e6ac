"""The part of a client that makes shared state, channels, topics, breakers and limiters."""

from __future__ import annotations

from typing import Any, Literal, Optional, TypeVar, overload

from ._handles import Handle
from .messaging.message import Subscription, publish
from .messaging.topic import Topic, TopicOptions
from .resilience.breaker import Breaker, BreakerOptions, Kinds
from .resilience.limiter import Limiter, LimiterOptions
from .shared.codec import Codec
from .shared.state import State

T = TypeVar("T")

_WEEK = 7 * 86_400.0


class Sharing(Handle):
    """The part of a client for what processes share.

    Values are JSON, with tagged objects for what JSON lacks. `type` says what is made of it on reading: a dataclass, a
    TypedDict, `list[int]`; without it they are plain. `raw`: values are bytes (or text, on writing) and sent as they
    are.
    """

    __slots__ = ()

    @overload
    def state(self, scope: Optional[str] = None, *, raw: Literal[True]) -> State[bytes]: ...
    @overload
    def state(self, scope: Optional[str] = None, *, type: type[T]) -> State[T]: ...
    @overload
    def state(self, scope: Optional[str] = None, *, type: Any = ..., raw: bool = ...) -> State[Any]: ...

    def state(self, scope: Optional[str] = None, *, type: Any = Any, raw: bool = False) -> State[Any]:
        """A handle on a scope of shared state, None for the one named "default"; nothing is sent. `type`, `raw`: what
        its values are."""
        return State(self, scope, Codec(type, raw))

    def publish(self, name: str, value: Any, *, raw: bool = False) -> int:
        """Publishes a message on the channel `name`: who is subscribed gets it, at most once. Returns how many clients
        got it, on this server. With `raw` the value is bytes or text, sent as they are. Raises NotSerializable,
        TooLarge, ServerErrors.
        """
        return publish(self, name, Codec(Any, raw).encode(value, name))

    @overload
    def subscribe(self, *names: str, capacity: int = 1024, raw: Literal[True]) -> Subscription[bytes]: ...
    @overload
    def subscribe(self, *names: str, capacity: int = 1024, type: type[T]) -> Subscription[T]: ...
    @overload
    def subscribe(
        self, *names: str, capacity: int = 1024, type: Any = ..., raw: bool = ...) -> Subscription[Any]: ...

    def subscribe(
        self, *names: str, capacity: int = 1024, type: Any = Any, raw: bool = False) -> Subscription[Any]:
        """Subscribes channels: `for message in client.subscribe("a", "b"): message.value`. What is published after this
        returns, arrives. `capacity`: how many messages it holds for a slow reader, 1 to 1 000 000, and never more than
        64 MiB. `type`, `raw`: what the values are.
        """
        return Subscription._of_channels(self, names, capacity, Codec(type, raw))

    @overload
    def topic(
        self, name: str, max_messages: Optional[int] = ..., max_age: Optional[float] = ..., *, raw: Literal[True],
    ) -> Topic[bytes]: ...
    @overload
    def topic(
        self, name: str, max_messages: Optional[int] = ..., max_age: Optional[float] = ..., *, type: type[T],
    ) -> Topic[T]: ...
    @overload
    def topic(
        self, name: str, max_messages: Optional[int] = ..., max_age: Optional[float] = ..., *, type: Any = ...,
        raw: bool = ...,
    ) -> Topic[Any]: ...

    def topic(
        self, name: str, max_messages: Optional[int] = 100_000, max_age: Optional[float] = _WEEK, *, type: Any = Any,
        raw: bool = False,
    ) -> Topic[Any]:
        """A handle on the topic `name`; nothing is sent. `max_messages`: how many messages are kept, the newest, up to
        1 000 000 000; a few more may be. `max_age`: for how many seconds they are kept, 1 to ten years; a topic into
        which nothing is published for that long is forgotten, with its groups. None for no limit. The limits are
        applied by whoever publishes. `type`, `raw`: what the values are.
        """
        return Topic(self, name, Codec(type, raw), TopicOptions(max_messages, max_age))

    def breaker(
        self, name: str, failures: int = 5, sampling: float = 300.0, recovery: float = 60.0, trials: int = 1, *,
        trial_timeout: float = 60.0, fallback: Literal["local", "closed", "open"] = "local", flush: float = 0.25,
        expected: Kinds = Exception, ignore: Kinds = (),
    ) -> Breaker:
        """A handle on the circuit breaker `name`; nothing is sent. All handles of a name should have the same options.

        `failures`, 1 to 10 000, within `sampling` seconds open it. `recovery`: seconds that it stays open before it
        tries. `trials`: how many calls, 1 to 1 000, it lets through then, all of which must succeed. `trial_timeout`:
        seconds after which a trial that nobody has reported is taken for failed. `fallback`: what it does while the
        server is away: count for this process alone, let every call through, or none. `flush`: seconds for which
        counts may wait in the process, 0.01 to 60. `expected`: exceptions that count as failures. `ignore`: those of
        them that do not.
        """
        return Breaker(self, name, BreakerOptions(
            failures, sampling, recovery, trials, trial_timeout, fallback, flush, expected, ignore))

    def limiter(
        self, name: str, permits: int = 10, per: float = 1.0, burst: Optional[int] = None, *,
        algorithm: Literal["token-bucket", "sliding-window"] = "token-bucket", timeout: Optional[float] = -1,
    ) -> Limiter:
        """A handle on the rate limiter `name`; nothing is sent. All handles of a name should have the same options.

        `permits` per `per` seconds, up to 1 000 000 per 30 days. A token bucket fills up evenly, and holds `burst`
        tokens, which may be taken at once after a quiet time; None for as many as `permits`. A sliding window lets at
        most `permits` through in any span of one period. `timeout`: how many seconds `with`, and decorated functions,
        wait before they raise LimitExceeded; -1 for ever.
        """
        return Limiter(self, name, LimiterOptions(permits, per, burst, algorithm, timeout))
