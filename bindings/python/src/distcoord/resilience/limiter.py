"""Rate limiters: so many permits per period, for each key of its own, never one more."""

from __future__ import annotations

import functools
from collections.abc import Callable
from ctypes import byref, c_int64
from functools import lru_cache
from threading import local
from types import TracebackType
from typing import TYPE_CHECKING, Any, NamedTuple, Optional, TypeVar, cast

from .. import _abi, _calls, errors
from .._handles import Handle
from .._library import functions

if TYPE_CHECKING:
    from typing_extensions import ParamSpec


    P = ParamSpec("P")

R = TypeVar("R")

_ALGORITHMS = {"token-bucket": _abi.LIMIT_TOKEN_BUCKET, "sliding-window": _abi.LIMIT_SLIDING_WINDOW}
_MOST = 1_000_000
_THIRTY_DAYS_MS = 30 * 86_400_000
_Error = _abi.distcoord_error


class LimiterInfo(NamedTuple):
    """What could be taken, as of a moment ago."""

    available: int
    """Permits that could be taken now."""
    wait_time: float
    """Seconds after which there will be one; 0 when there is."""


class LimiterOptions(NamedTuple):
    """See `Client.limiter`."""

    permits: int = 10
    per: float = 1.0
    burst: Optional[int] = None
    algorithm: str = "token-bucket"
    timeout: Optional[float] = -1


class _Native(Handle):
    """Limiter options of the library."""

    __slots__ = ()
    _free = functions.limiter_options_free

    def __init__(self, options: LimiterOptions) -> None:
        self._own(functions.limiter_options_new())
        pointer = self._pointer
        functions.limiter_options_set_algorithm(
            pointer, _calls.choice(options.algorithm, "algorithm", _ALGORITHMS))
        functions.limiter_options_set_limit(
            pointer, _calls.integer(options.permits, "permits", 1, _MOST),
            _calls.duration_ms(options.per, "per", 1, _THIRTY_DAYS_MS))
        if options.burst is not None:
            functions.limiter_options_set_burst(pointer, _calls.integer(options.burst, "burst", 1, _MOST))


_native = lru_cache(maxsize=32)(_Native)


class Limiter(Handle):
    """A rate limiter that all processes share: `acquire` takes a permit and waits until it is due; `with limiter:` and
    `@limiter` on a function or coroutine function take one for each block or call, and raise LimitExceeded when none is
    due within the limiter's `timeout`.

    Who has to wait gets its moment at once, in order of arrival, and sleeps until then; times are the server's. Each
    `key` has permits of its own. A handle may be used by several threads, and pickles by name.
    """

    __slots__ = ("_client", "_last", "_name", "_options")
    _free = functions.limiter_free

    def __init__(self, client: Handle, name: str, options: LimiterOptions = LimiterOptions()) -> None:
        native = _native(options._replace(timeout=-1))
        _calls.wait_ms(options.timeout)
        self._client = client
        self._name = name
        self._options = options
        self._last = local()
        self._own(_abi.distcoord_limiter())
        error = _Error()
        status = functions.limiter_open(
            client._pointer, _calls.text(name, "name"), native._pointer, byref(self._pointer), byref(error))
        _calls.check(status, error)

    def acquire(self, permits: int = 1, key: Optional[str] = None, timeout: Optional[float] = -1) -> bool:
        """Takes permits of `key` (None: those of the limiter itself), and waits until they are due, at most `timeout`
        seconds: -1 (or None) for ever, 0 not at all. Returns whether they were had; when they would be due later than
        that it returns False at once, and nothing was taken. `wait_time` says more.

        Raises InvalidArgument when there are never as many at once, Cancelled, ServerErrors.
        """
        had, self._last.wait = self._acquire(permits, key, _calls.wait_ms(timeout))
        return had

    def _acquire(self, permits: int, key: Optional[str], wait_ms: int) -> tuple[bool, float]:
        """Whether they were had, and how long that took or would have taken."""
        waited = c_int64()
        error = _Error()
        status = functions.limiter_acquire(
            self._pointer, _key(key), _calls.integer(permits, "permits", 1, _MOST), wait_ms, byref(waited),
            byref(error))
        if status == _abi.TIMED_OUT:
            return False, waited.value / 1000
        _calls.check(status, error)
        return True, waited.value / 1000

    @property
    def wait_time(self) -> float:
        """Of this thread's last `acquire` here: how many seconds it waited; when it returned False, after how many the
        permits would have been due."""
        return float(getattr(self._last, "wait", 0.0))

    def inspect(self, key: Optional[str] = None) -> LimiterInfo:
        """How many permits could be taken now. Asks the server."""
        available, wait = c_int64(), c_int64()
        error = _Error()
        status = functions.limiter_inspect(self._pointer, _key(key), byref(available), byref(wait), byref(error))
        _calls.check(status, error)
        return LimiterInfo(available.value, wait.value / 1000)

    def reset(self, key: Optional[str] = None) -> None:
        """Forgets what was taken. Those who wait still do."""
        error = _Error()
        _calls.check(functions.limiter_reset(self._pointer, _key(key), byref(error)), error)

    def cancel(self) -> None:
        """Ends the waits in progress on this handle, each with Cancelled. Later calls are not affected."""
        functions.limiter_cancel(self._pointer)

    def _exceeded(self, key: Optional[str], wait_time: float) -> errors.LimitExceeded:
        error = errors.LimitExceeded(
            f"limiter {self._name!r} has no permit within {self._options.timeout:g} seconds; one is due in"
            f" {wait_time:g} seconds")
        error.name, error.key, error.wait_time, error.status = self._name, key, wait_time, _abi.TIMED_OUT
        return error

    def __enter__(self) -> Limiter:
        if not self.acquire(timeout=self._options.timeout):
            raise self._exceeded(None, self.wait_time)
        return self

    def __exit__(
        self, kind: Optional[type[BaseException]], value: Optional[BaseException], trace: Optional[TracebackType],
    ) -> None:
        pass  # a permit is used up, not given back

    def __call__(self, function: Callable[P, R]) -> Callable[P, R]:
        """As a decorator: each call of the function, or coroutine function, takes a permit first."""
        import inspect  # here, because it takes a while to load, and those who decorate have it mostly

        if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
            raise TypeError(f"{function.__qualname__} is a generator, whose body runs after the call: use `with` in it")
        if inspect.iscoroutinefunction(function):
            from ..aio.resilience import Limiter as AioLimiter

            return cast("Callable[P, R]", AioLimiter(self._client, self._name, self._options)(function))

        @functools.wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            with self:
                return function(*args, **kwargs)

        return call

    @property
    def name(self) -> str:
        """The limiter's name."""
        return self._name

    def __repr__(self) -> str:
        options = self._options
        return f"<distcoord.Limiter {self._name!r} {options.permits} per {options.per:g} s>"

    def __reduce__(self) -> tuple[Any, ...]:
        return Limiter, (self._client, self._name, self._options)


def _key(key: Optional[str]) -> Optional[bytes]:
    return None if key is None else _calls.text(key, "key")
