"""The part of `client.aio` that makes elections, barriers, shared state, topics, breakers and the like."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, Optional, TypeVar, overload

from ..barriers.double_barrier import DoubleBarrierOptions
from ..barriers.membership import MembershipOptions
from ..elections.election import ElectionOptions
from ..messaging.message import publish
from ..messaging.topic import TopicOptions
from ..resilience.breaker import BreakerOptions, Kinds
from ..resilience.limiter import LimiterOptions
from ..shared.codec import Codec
from ._attempt import call
from .barriers import Barrier, DoubleBarrier, Event, Latch, Membership
from .elections import Election
from .messaging import Subscription, Topic, subscription
from .resilience import Breaker, Limiter
from .shared import State

T = TypeVar("T")

_WEEK = 7 * 86_400.0


class Making:
    """Handles for tasks. Arguments are those of the client's methods of the same names."""

    __slots__ = ()

    _client: Any

    # ------------------------------------------------------------ where processes meet

    def election(
        self, name: str, lease: float = 10.0, value: Optional[str] = None, *, renewal: Optional[float] = None,
        step_down: Optional[float] = None,
    ) -> Election:
        """A handle on the election `name`."""
        return Election(self._client, name, ElectionOptions(lease, value, renewal, step_down))

    def barrier(
        self, name: str, parties: int, action: Optional[Callable[[], object]] = None, timeout: Optional[float] = -1,
    ) -> Barrier:
        """A handle on the barrier `name`; its action may be a coroutine function."""
        return Barrier(self._client, name, parties, action, timeout)

    def latch(self, name: str, count: Optional[int] = None) -> Latch:
        """A handle on the latch `name`."""
        return Latch(self._client, name, count)

    def event(self, name: str) -> Event:
        """A handle on the event `name`."""
        return Event(self._client, name)

    def double_barrier(
        self, name: str, parties: int, lease: float = 10.0, on_death: Literal["break", "shrink"] = "break",
        timeout: Optional[float] = -1,
    ) -> DoubleBarrier:
        """A party of the double barrier `name`."""
        return DoubleBarrier(self._client, name, parties, DoubleBarrierOptions(lease, on_death, timeout))

    def membership(
        self, name: str, value: Optional[str] = None, id: Optional[str] = None, lease: float = 10.0,
    ) -> Membership:
        """A view on the group `name`, with which to join it, too."""
        return Membership(self._client, name, MembershipOptions(value, id, lease))

    # ------------------------------------------------------------ what they share

    @overload
    def state(self, scope: Optional[str] = None, *, raw: Literal[True]) -> State[bytes]: ...
    @overload
    def state(self, scope: Optional[str] = None, *, type: type[T]) -> State[T]: ...
    @overload
    def state(self, scope: Optional[str] = None, *, type: Any = ..., raw: bool = ...) -> State[Any]: ...

    def state(self, scope: Optional[str] = None, *, type: Any = Any, raw: bool = False) -> State[Any]:
        """A handle on a scope of shared state."""
        return State(self._client, scope, Codec(type, raw))

    async def publish(self, name: str, value: Any, *, raw: bool = False) -> int:
        """Publishes a message on the channel `name`; returns how many clients got it. When the task is cancelled
        meanwhile the publishing goes on."""
        return await call(publish, self._client, name, Codec(Any, raw).encode(value, name))

    @overload
    def subscribe(self, *names: str, capacity: int = 1024, raw: Literal[True]) -> Subscription[bytes]: ...
    @overload
    def subscribe(self, *names: str, capacity: int = 1024, type: type[T]) -> Subscription[T]: ...
    @overload
    def subscribe(
        self, *names: str, capacity: int = 1024, type: Any = ..., raw: bool = ...) -> Subscription[Any]: ...

    def subscribe(
        self, *names: str, capacity: int = 1024, type: Any = Any, raw: bool = False) -> Subscription[Any]:
        """Subscribes channels: `async with client.aio.subscribe("a") as messages: async for message in messages:`. What
        is published from the beginning of the block on, arrives."""
        return subscription(self._client, names, capacity, Codec(type, raw))

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
        """A handle on the topic `name`."""
        return Topic(self._client, name, Codec(type, raw), TopicOptions(max_messages, max_age))

    def breaker(
        self, name: str, failures: int = 5, sampling: float = 300.0, recovery: float = 60.0, trials: int = 1, *,
        trial_timeout: float = 60.0, fallback: Literal["local", "closed", "open"] = "local", flush: float = 0.25,
        expected: Kinds = Exception, ignore: Kinds = (),
    ) -> Breaker:
        """A handle on the circuit breaker `name`."""
        return Breaker(self._client, name, BreakerOptions(
            failures, sampling, recovery, trials, trial_timeout, fallback, flush, expected, ignore))

    def limiter(
        self, name: str, permits: int = 10, per: float = 1.0, burst: Optional[int] = None, *,
        algorithm: Literal["token-bucket", "sliding-window"] = "token-bucket", timeout: Optional[float] = -1,
    ) -> Limiter:
        """A handle on the rate limiter `name`."""
        return Limiter(self._client, name, LimiterOptions(permits, per, burst, algorithm, timeout))
