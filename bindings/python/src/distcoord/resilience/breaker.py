"""Circuit breakers: when calls of something fail too often, nobody makes them for a while."""

from __future__ import annotations

import functools
from collections.abc import Callable
from ctypes import byref, c_int64, c_uint64
from functools import lru_cache
from threading import local
from types import TracebackType
from typing import TYPE_CHECKING, Any, NamedTuple, Optional, TypeVar, Union, cast

from .. import _abi, _calls, errors
from .._handles import Handle
from .._library import functions
from .._watches import Source, Watch, taken

if TYPE_CHECKING:
    from typing_extensions import ParamSpec


    P = ParamSpec("P")

R = TypeVar("R")

Kinds = Union[type[BaseException], tuple[type[BaseException], ...]]
"""Exceptions as `except` takes them."""

STATES = {
    _abi.BREAKER_CLOSED: "closed", _abi.BREAKER_OPEN: "open", _abi.BREAKER_HALF_OPEN: "half-open",
    _abi.BREAKER_FORCED_CLOSED: "forced-closed", _abi.BREAKER_FORCED_OPEN: "forced-open",
}
_FALLBACKS = {"local": _abi.FALLBACK_LOCAL, "closed": _abi.FALLBACK_CLOSED, "open": _abi.FALLBACK_OPEN}

_DAY_MS = 86_400_000
_Error = _abi.distcoord_error
_allow = functions.breaker_allow
_report = functions.breaker_report


class BreakerInfo(NamedTuple):
    """How a breaker stands, as of a moment ago."""

    state: str
    """"closed", "open", "half-open", "forced-closed" or "forced-open"."""
    failures: int
    """Failures that count at present, at most the threshold."""
    succeeded: int
    """Calls that have succeeded, ever."""
    failed: int
    """Calls that have failed, ever."""
    rejected: int
    """Calls that were rejected, ever, as far as the server was told."""
    opened: int
    """How many times it has opened."""
    trials: int
    """Trials that are under way."""
    since: float
    """Since when it is in this state: seconds since 1970 by the server's clock; 0 when it has never changed."""
    retry_after: Optional[float]
    """Seconds that it stays open, 0 when it is not open; None when it is forced open."""


class BreakerOptions(NamedTuple):
    """See `Client.breaker`."""

    failures: int = 5
    sampling: float = 300.0
    recovery: float = 60.0
    trials: int = 1
    trial_timeout: float = 60.0
    fallback: str = "local"
    flush: float = 0.25
    expected: Kinds = Exception
    ignore: Kinds = ()


class _Native(Handle):
    """Breaker options of the library."""

    __slots__ = ()
    _free = functions.breaker_options_free

    def __init__(self, options: BreakerOptions) -> None:
        self._own(functions.breaker_options_new())
        pointer = self._pointer
        functions.breaker_options_set_failure_threshold(
            pointer, _calls.integer(options.failures, "failures", 1, 10_000))
        functions.breaker_options_set_sampling_ms(
            pointer, _calls.duration_ms(options.sampling, "sampling", 10, _DAY_MS))
        functions.breaker_options_set_recovery_ms(
            pointer, _calls.duration_ms(options.recovery, "recovery", 10, _DAY_MS))
        functions.breaker_options_set_trials(pointer, _calls.integer(options.trials, "trials", 1, 1_000))
        functions.breaker_options_set_trial_timeout_ms(
            pointer, _calls.duration_ms(options.trial_timeout, "trial_timeout", 10, _DAY_MS))
        functions.breaker_options_set_fallback(pointer, _calls.choice(options.fallback, "fallback", _FALLBACKS))
        functions.breaker_options_set_flush_ms(pointer, _calls.duration_ms(options.flush, "flush", 10, 60_000))


_native = lru_cache(maxsize=32)(_Native)


def _info(info: _abi.distcoord_breaker_info) -> BreakerInfo:
    retry_after_ms = functions.breaker_info_retry_after_ms(info)
    return BreakerInfo(
        STATES[functions.breaker_info_state(info)],
        functions.breaker_info_failures(info),
        functions.breaker_info_succeeded(info),
        functions.breaker_info_failed(info),
        functions.breaker_info_rejected(info),
        functions.breaker_info_opened(info),
        functions.breaker_info_trials(info),
        functions.breaker_info_since_ms(info) / 1000,
        None if retry_after_ms < 0 else retry_after_ms / 1000)


def _take(source: Source, wait_ms: int) -> Optional[tuple[BreakerInfo]]:
    return taken(
        functions.breaker_watch_next, source, wait_ms, _abi.distcoord_breaker_info(), _info,
        functions.breaker_info_free)


class Breaker(Handle):
    """A circuit breaker that all processes share: `breaker.call(function, ...)`, `@breaker` on a function or coroutine
    function, or `with breaker:`. While it lets nothing through they raise BreakerOpen, with `retry_after`.

    Closed, calls are let through without a round trip, and failures are told to the server in the background; as many
    as `failures` within the `sampling` time open it for all. After the `recovery` time a few trials decide whether it
    closes. Exceptions of the `expected` kinds count as failures, all others, and those to `ignore`, say nothing about
    what was called and do not count. While the server is away no call fails for that. A handle may be used by several
    threads, and pickles by name.
    """

    __slots__ = ("_blocks", "_client", "_expected", "_ignore", "_name", "_options", "_used")
    _free = functions.breaker_free

    def __init__(self, client: Handle, name: str, options: BreakerOptions = BreakerOptions()) -> None:
        native = _native(options._replace(expected=Exception, ignore=()))
        self._client = client
        self._name = name
        self._options = options
        self._expected = _kinds(options.expected, "expected")
        self._ignore = _kinds(options.ignore, "ignore")
        self._blocks = local()
        self._used = False
        self._own(_abi.distcoord_breaker())
        error = _Error()
        status = functions.breaker_open(
            client._pointer, _calls.text(name, "name"), native._pointer, byref(self._pointer), byref(error))
        _calls.check(status, error)

    # ------------------------------------------------------------ calls

    def allow(self) -> int:
        """Asks whether a call may be made; if so, it must be reported: returns the number to `report` with. Raises
        BreakerOpen. For calls that `call` and `with` do not fit."""
        permit = c_uint64()
        retry_after_ms = c_int64()
        error = _Error()
        status = _allow(self._pointer, byref(permit), byref(retry_after_ms), byref(error))
        self._used = True
        if status == 0:
            return permit.value
        if status != _abi.REJECTED:
            raise _calls.failure(status, error)
        after = None if retry_after_ms.value < 0 else retry_after_ms.value / 1000
        rejected = errors.about(errors.BreakerOpen(
            f"breaker {self._name!r} lets no call through"
            + ("" if after is None else f", ask again in {after:g} seconds")), self._name, status)
        rejected.retry_after = after
        raise rejected

    def report(self, permit: int, failure: Optional[BaseException] = None) -> None:
        """Tells how an allowed call has ended: well, or with an exception, which counts if it is of the expected kinds.
        """
        error = _Error()
        status = _report(self._pointer, permit, self._outcome(failure), byref(error))
        if status != 0:
            raise _calls.failure(status, error)

    def _is_quick(self) -> bool:
        """Whether neither asking nor reporting takes a round trip now: after the first call, while it is closed."""
        return self._used and functions.breaker_state(self._pointer) == _abi.BREAKER_CLOSED

    def _outcome(self, failure: Optional[BaseException]) -> int:
        if failure is None:
            return _abi.CALL_SUCCEEDED
        if isinstance(failure, self._expected) and not isinstance(failure, self._ignore):
            return _abi.CALL_FAILED
        return _abi.CALL_DISCARDED

    def call(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Calls the function if the breaker allows it, reports how that ended, and returns its result or raises its
        exception. Raises BreakerOpen when it was not called."""
        permit = self.allow()
        try:
            result = function(*args, **kwargs)
        except BaseException as failure:
            raised = failure  # the name of an `except` is gone after it
            _calls.end_block(lambda: self.report(permit, raised), raised)
            raise
        self.report(permit)
        return result

    def __call__(self, function: Callable[P, R]) -> Callable[P, R]:
        """As a decorator: each call of the function, or coroutine function, is a call through the breaker."""
        import inspect  # here, because it takes a while to load, and those who decorate have it mostly

        if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
            raise TypeError(f"{function.__qualname__} is a generator, whose body runs after the call: use `with` in it")
        if inspect.iscoroutinefunction(function):
            from ..aio.resilience import Breaker as AioBreaker

            return cast("Callable[P, R]", AioBreaker._of(self)(function))

        @functools.wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            return self.call(function, *args, **kwargs)

        return call

    def __enter__(self) -> Breaker:
        permit = self.allow()
        try:
            self._blocks.permits.append(permit)
        except AttributeError:
            self._blocks.permits = [permit]
        return self

    def __exit__(
        self, kind: Optional[type[BaseException]], value: Optional[BaseException], trace: Optional[TracebackType],
    ) -> None:
        permit = self._blocks.permits.pop()
        _calls.end_block(lambda: self.report(permit, value), value)

    # ------------------------------------------------------------ how it stands

    @property
    def state(self) -> str:
        """What this process knows of the state, without asking the server: "closed", "open", "half-open",
        "forced-closed" or "forced-open"."""
        return STATES[functions.breaker_state(self._pointer)]

    def inspect(self) -> BreakerInfo:
        """How it stands. Asks the server."""
        info = _abi.distcoord_breaker_info()
        error = _Error()
        status = functions.breaker_inspect(self._pointer, byref(info), byref(error))
        if status != _abi.OK:
            raise _calls.failure(status, error)
        try:
            return _info(info)
        finally:
            functions.breaker_info_free(info)

    def watch(self, timeout: Optional[float] = -1) -> Watch[BreakerInfo]:
        """Watches its state: iterates over how it stands now and then after each change. Ends when nothing has changed
        for `timeout` seconds (-1 or None: never)."""
        return Watch(f"breaker {self._name!r}", self, functions.breaker_watch, _take, timeout)

    def force_open(self) -> None:
        """Has it reject all calls, for all, until `reset`."""
        self._force(True)

    def force_closed(self) -> None:
        """Has it let all calls through, for all, whatever fails, until `reset`."""
        self._force(False)

    def _force(self, open: bool) -> None:
        error = _Error()
        _calls.check(functions.breaker_force(self._pointer, open, byref(error)), error)

    def reset(self) -> None:
        """Closes it, forgets failures, and ends what was forced."""
        error = _Error()
        _calls.check(functions.breaker_reset(self._pointer, byref(error)), error)

    def flush(self) -> None:
        """Tells the server what was counted here, now. Closing the client does so, too."""
        error = _Error()
        _calls.check(functions.breaker_flush(self._pointer, byref(error)), error)

    @property
    def name(self) -> str:
        """The breaker's name."""
        return self._name

    def __repr__(self) -> str:
        return f"<distcoord.Breaker {self._name!r} {self.state}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return Breaker, (self._client, self._name, self._options)


def _kinds(kinds: Kinds, what: str) -> tuple[type[BaseException], ...]:
    each = kinds if isinstance(kinds, tuple) else (kinds,)
    for kind in each:
        if not (isinstance(kind, type) and issubclass(kind, BaseException)):
            raise TypeError(f"{what} must be an exception class or a tuple of them, not {kind!r}")
    return each
