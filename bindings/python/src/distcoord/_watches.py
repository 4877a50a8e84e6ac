"""Watches: what is followed on the server, taken change by change."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from ctypes import byref
from types import TracebackType
from typing import Any, ClassVar, Generic, NoReturn, Optional, TypeVar

from . import _abi, _calls, _interrupt, errors
from ._handles import Handle
from ._insisting import insist
from ._library import functions

T = TypeVar("T")
Self = TypeVar("Self", bound="Takes[Any]")


class Source(Handle):
    """Where changes come from: a handle of the library with a wait, a cancel and mostly a descriptor. It lives until it
    was closed and the last call on it has returned."""

    __slots__ = ()

    def cancel(self) -> None:
        """Ends the waits in progress."""
        raise NotImplementedError


class Takes(Generic[T]):
    """What is taken one by one: an iterator, which ends when it was closed or nothing came for its `timeout`.

    Nothing that was taken from the library is lost on the way: what an exception of a signal handler kept from its
    caller is the next one's.
    """

    __slots__ = ("_kept", "_source", "_timeout", "_waits", "__weakref__")

    _source: Optional[Source]

    def __init__(self, source: Source, timeout: Optional[float] = -1) -> None:
        self._source = source
        self._timeout = timeout
        self._kept: deque[T] = deque()
        self._waits: list[None] = []

    def _take(self, source: Source, wait_ms: int) -> Optional[tuple[T]]:
        """What comes within that time; None when nothing did."""
        raise NotImplementedError

    def _next(self, wait_ms: int) -> Optional[tuple[T]]:
        """The same, once more what had come before."""
        if self._kept:
            try:
                return (self._kept.popleft(),)
            except IndexError:  # another thread was faster
                pass
        self._waits.append(None)
        try:
            taken = self._take(self._open(), wait_ms)
        except errors.Cancelled:
            if self._source is None:
                raise self._over() from None
            raise
        finally:
            self._waits.pop()
        if taken is not None and _interrupt.pending and _interrupt.is_due():
            self._kept.append(taken[0])
            raise _interrupt.take()
        return taken

    def _open(self) -> Source:
        source = self._source
        if source is None:
            raise self._over()
        return source

    def _over(self) -> errors.DistcoordError:
        error = errors.Closed(f"{self!r} was closed")
        error.status = _abi.ERROR_CLOSED
        return error

    def __iter__(self: Self) -> Self:
        return self

    def __next__(self) -> T:
        try:
            taken = self._next(_calls.wait_ms(self._timeout))
        except errors.Closed:
            if self._source is None:
                raise StopIteration from None
            raise
        if taken is None:
            raise StopIteration
        return taken[0]

    def cancel(self) -> None:
        """Ends the waits in progress, each with Cancelled. Later calls are not affected."""
        source = self._source
        if source is not None:
            source.cancel()

    def close(self) -> None:
        """Ends it, and the waits in progress; its iteration is over then. Closing twice is allowed."""
        source, self._source = self._source, None
        if source is not None and self._waits:
            source.cancel()
            insist(source.cancel, lambda: not self._waits)

    def __enter__(self: Self) -> Self:
        return self

    def __exit__(
        self, kind: Optional[type[BaseException]], value: Optional[BaseException], trace: Optional[TracebackType],
    ) -> None:
        self.close()

    def __reduce__(self) -> NoReturn:
        raise TypeError("what is being followed belongs to its process and cannot be pickled; send the handle")


class Polled(Takes[T]):
    """What has a descriptor to wait for beside the library's wait."""

    __slots__ = ()

    _descriptor: ClassVar[Callable[..., int]]

    def fileno(self) -> int:
        """A descriptor that is readable while there may be something to take, for `select` and event loops. Valid until
        it is closed. Do not read, write or close it."""
        descriptor = self._descriptor(self._open()._pointer)
        if descriptor < 0:
            error = errors.InternalError(
                "no file descriptor is left for the event; raise the process's limit (ulimit -n)")
            error.status = _abi.ERROR_INTERNAL
            raise error
        return descriptor


class _Native(Source):
    """A watch of the library."""

    __slots__ = ()
    _free = functions.watch_free

    def __init__(self) -> None:
        self._own(_abi.distcoord_watch())

    def cancel(self) -> None:
        functions.watch_cancel(self._pointer)


class Watch(Polled[T]):
    """An iterator over what is there and then over each change: in order, never an older one after a newer one; changes
    that come faster than they are taken may be given as one. It survives lost connections.

    It ends when nothing has changed for its `timeout` seconds (-1: never), or was closed. For one taker at a time.
    """

    __slots__ = ("_read", "_what")
    _descriptor = functions.watch_event_fd

    def __init__(
        self, what: str, made_by: Handle, begin: Callable[..., int], read: Callable[[Source, int], Optional[tuple[T]]],
        timeout: Optional[float], *arguments: Any,
    ) -> None:
        """`begin`: the library's function that begins it on the handle, with `arguments`. `read`: waits so many
        milliseconds for a change."""
        _calls.wait_ms(timeout)
        native = _Native()
        error = _abi.distcoord_error()
        status = begin(made_by._pointer, *arguments, byref(native._pointer), byref(error))
        _calls.check(status, error)
        super().__init__(native, timeout)
        self._read = read
        self._what = what

    def _take(self, source: Source, wait_ms: int) -> Optional[tuple[T]]:
        return self._read(source, wait_ms)

    def next(self, timeout: Optional[float] = -1) -> T:
        """The next change, waiting at most `timeout` seconds for it: -1 (or None) for ever, 0 looks once. Raises
        WatchTimeout (also a TimeoutError) when there was none, Cancelled, Closed, ServerErrors.
        """
        taken = self._next(_calls.wait_ms(timeout))
        if taken is None:
            raise timed_out(self._what, timeout)
        return taken[0]

    def __repr__(self) -> str:
        return f"<distcoord.Watch of {self._what}{'' if self._source else ' closed'}>"


def taken(
    take: Callable[..., int], source: Source, wait_ms: int, place: Any, read: Callable[[Any], T], free: Any,
) -> Optional[tuple[T]]:
    """Takes a change with a function of the library, into `place`, and reads it; None when none came in time."""
    error = _abi.distcoord_error()
    status = take(source._pointer, wait_ms, byref(place), byref(error))
    if status == _abi.OK:
        try:
            return (read(place),)
        finally:
            free(place)
    if status == _abi.TIMED_OUT:
        return None
    raise _calls.failure(status, error)


def timed_out(what: str, timeout: Optional[float]) -> errors.WatchTimeout:
    """The error of a wait in which nothing has changed."""
    error = errors.WatchTimeout(f"{what}: nothing has changed within {timeout:g} seconds")
    error.status = _abi.TIMED_OUT
    return error
