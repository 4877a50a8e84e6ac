"""What a task's function takes and gives: checks calls before they are sent, and makes of what arrived what the
annotations say."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, Optional

from ._json import step
from ._rebuild import annotations_of, rebuilder

_PLACED = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
_Rebuild = Callable[[Any, str], Any]


class Signature:
    """The signature of one function."""

    def __init__(self, function: Callable[..., Any], name: str) -> None:
        self._function = function
        self._name = name
        self.signature = inspect.signature(function)
        parameters = self.signature.parameters.values()
        placed = [parameter for parameter in parameters if parameter.kind in _PLACED]
        self._least = sum(parameter.default is parameter.empty for parameter in placed)
        self._most = len(placed)
        if any(parameter.kind is parameter.VAR_POSITIONAL for parameter in parameters):
            self._most = 1 << 30
        if any(parameter.kind is parameter.KEYWORD_ONLY and parameter.default is parameter.empty
               for parameter in parameters):
            self._most = -1  # a call without keywords never fits
        # Annotations are looked at when the first value arrives: what they name may be defined after the function.
        self._ready = False
        self._by_place: list[Optional[_Rebuild]] = []
        self._by_name: dict[str, _Rebuild] = {}
        self._rest: Optional[_Rebuild] = None
        self._rest_by_name: Optional[_Rebuild] = None
        self._anything = False
        self._result: Optional[_Rebuild] = None

    def check(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Raises TypeError for a call that the function would not accept."""
        if kwargs or not self._least <= len(args) <= self._most:
            self.bound(args, kwargs)

    def bound(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> inspect.BoundArguments:
        """The arguments by name, defaults included."""
        try:
            bound = self.signature.bind(*args, **kwargs)
        except TypeError as error:
            raise TypeError(f"{self._name}(): {error}") from None
        bound.apply_defaults()
        return bound

    def rebuild(
        self, args: tuple[Any, ...], kwargs: dict[str, Any],
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The arguments as the annotations want them. Raises NotReadable."""
        if not self._ready:
            self._prepare()
        if not self._anything:
            return args, kwargs
        if args:
            placed, known = self._by_place, len(self._by_place)
            made = []
            for index, value in enumerate(args):
                rebuild = placed[index] if index < known else self._rest
                made.append(value if rebuild is None else rebuild(value, f"args[{index}]"))
            args = tuple(made)
        if kwargs:
            named: dict[str, Any] = {}
            for name, value in kwargs.items():
                rebuild = self._by_name.get(name, self._rest_by_name)
                named[name] = value if rebuild is None else rebuild(value, f"kwargs{step(name)}")
            kwargs = named
        return args, kwargs

    def rebuild_result(self, value: Any) -> Any:
        """The result as the return annotation wants it. Raises NotReadable."""
        if not self._ready:
            self._prepare()
        return value if self._result is None or value is None else self._result(value, "result")

    def _prepare(self) -> None:
        hints = annotations_of(self._function)
        for parameter in self.signature.parameters.values():
            rebuild = rebuilder(hints[parameter.name]) if parameter.name in hints else None
            if parameter.kind in _PLACED:
                self._by_place.append(rebuild)
            if parameter.kind is parameter.VAR_POSITIONAL:
                self._rest = rebuild
            elif parameter.kind is parameter.VAR_KEYWORD:
                self._rest_by_name = rebuild
            elif rebuild is not None:
                self._by_name[parameter.name] = rebuild
        self._anything = bool(
            self._by_name or any(self._by_place) or self._rest is not None or self._rest_by_name is not None)
        self._result = rebuilder(hints["return"]) if "return" in hints else None
        self._ready = True
