"""The decorator that lets each call of a function hold a lock."""

from __future__ import annotations

import functools
import inspect
import re
from collections import deque
from collections.abc import Callable
from string import Formatter
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast
from weakref import WeakValueDictionary

from . import _calls, errors
from ._handles import Handle
from ._options import LockOptions
from .locks.lock import Lock
from .locks.rlock import RLock

if TYPE_CHECKING:
    from typing_extensions import ParamSpec

    P = ParamSpec("P")

R = TypeVar("R")
L = TypeVar("L")

# So many handles of names with fields stay after their calls, for locks that linger.
_RECENT = 64


def locked(client: Handle, name: str, options: LockOptions) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """See `Client.locked`."""
    _calls.text(name, "name")
    options.checked().native()

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
            raise TypeError(f"{function.__qualname__} is a generator, whose body runs after the call: use `with` in it")
        names = _Names(name, function)
        if inspect.iscoroutinefunction(function):
            return cast("Callable[P, R]", _around_coroutine(client, options, names, function))
        return _around_function(client, options, names, function)

    return decorate


def _around_function(client: Handle, options: LockOptions, names: _Names, function: Callable[P, R]) -> Callable[P, R]:
    kind = RLock if options.reentrant else Lock
    handles = _Handles(lambda name: kind(client, name, options))

    @functools.wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        with handles.of(names.of(args, kwargs)):
            return function(*args, **kwargs)

    return call


def _around_coroutine(client: Handle, options: LockOptions, names: _Names, function: Any) -> Any:
    from .aio.locks import make

    handles = _Handles(lambda name: make(client, name, options))

    @functools.wraps(function)
    async def call(*args: Any, **kwargs: Any) -> Any:
        async with handles.of(names.of(args, kwargs)):
            return await function(*args, **kwargs)

    return call


class _Names:
    """The lock's name for each call."""

    def __init__(self, template: str, function: Callable[..., Any]) -> None:
        self._template = template
        try:
            fields = [field for _, field, _, _ in Formatter().parse(template) if field is not None]
        except ValueError as error:
            raise errors.invalid(f"name {template!r} is malformed: {error}") from error
        self._fixed = None if fields else template.format()
        if not fields:
            return
        self._signature = inspect.signature(function)
        for field in fields:
            argument = re.split(r"[.\[]", field, maxsplit=1)[0]
            if argument not in self._signature.parameters:
                raise errors.invalid(
                    f"name {template!r} has the field {{{field}}}, but {function.__qualname__} has no such argument")

    def of(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
        if self._fixed is not None:
            return self._fixed
        bound = self._signature.bind(*args, **kwargs)
        bound.apply_defaults()
        return self._template.format_map(bound.arguments)


class _Handles(Generic[L]):
    """One handle for each name while any call uses it: a reentrant one knows its owner, and one that lingers its
    grant."""

    def __init__(self, make: Callable[[str], L]) -> None:
        self._make = make
        self._used: WeakValueDictionary[str, L] = WeakValueDictionary()
        self._recent: deque[L] = deque(maxlen=_RECENT)

    def of(self, name: str) -> L:
        handle = self._used.get(name)
        if handle is None:
            handle = self._used.setdefault(name, self._make(name))
            self._recent.append(handle)
        return handle
