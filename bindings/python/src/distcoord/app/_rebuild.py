"""Makes of plain values what annotations say: of an object the dataclass, of text the datetime, of a list the tuple.

Annotations rebuild, they do not validate: where one asks for nothing that JSON lacks, any value passes, as in a call of
Python. What is of the right type already, because it came tagged, is left alone.
"""

from __future__ import annotations

import collections.abc
import dataclasses
import sys
import typing
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import Path, PurePath
from typing import Any, Optional, Union, cast
from uuid import UUID

from . import _json

Rebuild = Callable[[Any], Any]


class _Mismatch(Exception):
    """What does not fit; the steps to it are added on the way out, innermost first."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.steps: list[str] = []


def rebuilder(annotation: Any) -> Optional[Callable[[Any, str], Any]]:
    """A function that takes a value and its path and answers what the annotation says, or raises NotReadable; None
    when there is nothing to do for it."""
    rebuild = _compiled(annotation)
    if rebuild is None:
        return None
    inner = rebuild

    def apply(value: Any, path: str) -> Any:
        try:
            return inner(value)
        except _Mismatch as mismatch:
            raise _json.unreadable(path + "".join(reversed(mismatch.steps)), str(mismatch)) from None

    return apply


def annotations_of(function: Any) -> dict[str, Any]:
    """The function's annotations, evaluated one by one: one that names what only type checkers import is left out, and
    does not spoil the others."""
    target = getattr(function, "__wrapped__", function)
    raw = getattr(target, "__annotations__", {})
    try:
        return typing.get_type_hints(target, include_extras=False)
    except Exception:
        pass
    space = getattr(target, "__globals__", {})
    found = {}
    for name, annotation in raw.items():
        if isinstance(annotation, str):
            try:
                annotation = eval(annotation, space)  # the program's own text
            except Exception:
                continue
        found[name] = annotation
    return found


_known: dict[type, Rebuild] = {}


def _compiled(annotation: Any) -> Optional[Rebuild]:
    origin = typing.get_origin(annotation)
    arguments = typing.get_args(annotation)
    if origin is not None:
        return _compiled_generic(origin, arguments)
    supertype = getattr(annotation, "__supertype__", None)  # NewType
    if supertype is not None:
        return _compiled(supertype)
    if not isinstance(annotation, type):
        return None
    known = _known.get(annotation)
    if known is not None:
        return known
    for kind, parse in _PARSERS.items():
        if annotation is kind or kind is PurePath and issubclass(annotation, PurePath):
            return _parsed(annotation, Path if kind is PurePath else parse)
    if issubclass(annotation, Enum):
        return _parsed(annotation, annotation)
    if dataclasses.is_dataclass(annotation):
        return _Fields(annotation).rebuild
    if issubclass(annotation, tuple):
        hints = getattr(annotation, "__annotations__", None)
        return _named_tuple(annotation) if hasattr(annotation, "_fields") and hints else _collection(annotation, None)
    if annotation in (set, frozenset, bytearray):
        return _collection(annotation, None) if annotation is not bytearray else _parsed(
            bytearray, lambda text: bytearray(_json.parse_bytes(text)))
    if hasattr(annotation, "model_validate") and hasattr(annotation, "model_dump"):
        return _parsed(annotation, annotation.model_validate)
    if hasattr(annotation, "__total__") and issubclass(annotation, dict):
        return _typed_dict(annotation)
    return None


def _compiled_generic(origin: Any, arguments: tuple[Any, ...]) -> Optional[Rebuild]:
    if origin is typing.Annotated:
        return _compiled(arguments[0])
    if origin is Union or origin is getattr(sys.modules["types"], "UnionType", None):
        return _union(arguments)
    if not isinstance(origin, type):
        return None
    if issubclass(origin, tuple):
        if len(arguments) == 2 and arguments[1] is Ellipsis:
            return _collection(tuple, _compiled(arguments[0]))
        return _fixed_tuple(arguments)
    if issubclass(origin, (set, frozenset)):
        return _collection(origin, _compiled(arguments[0]))
    if issubclass(origin, collections.abc.Set):
        return _collection(frozenset if origin is collections.abc.Set else set, _compiled(arguments[0]))
    if issubclass(origin, collections.abc.Mapping):
        return _mapping(_compiled(arguments[1])) if len(arguments) == 2 else None
    if issubclass(origin, collections.abc.Iterable) and len(arguments) == 1:
        inner = _compiled(arguments[0])
        return None if inner is None else _each(inner)
    if dataclasses.is_dataclass(origin):
        return _compiled(origin)
    return None


# ---------------------------------------------------------------- single values


def _decimal(value: Any) -> Decimal:
    return Decimal(str(value))


_PARSERS: dict[type, Rebuild] = {
    datetime: _json.parse_datetime,
    date: date.fromisoformat,
    time: _json.parse_time,
    timedelta: _json.parse_seconds,
    bytes: _json.parse_bytes,
    UUID: UUID,
    Decimal: _decimal,
    PurePath: Path,
}


def _parsed(kind: type, parse: Rebuild) -> Rebuild:
    def rebuild(value: Any) -> Any:
        if isinstance(value, kind):
            return value
        try:
            return parse(value)
        except Exception as error:
            why = f": {error}" if isinstance(error, ValueError) else ""  # others tell of the parser's inside
            raise _Mismatch(f"{_json._shown(value)} is no {kind.__name__}{why}") from None

    return rebuild


def _union(arguments: tuple[Any, ...]) -> Optional[Rebuild]:
    """The first alternative that the value fits. Types that JSON has itself come first: text for `Union[UUID, str]` is
    text unless it is tagged."""
    candidates = [(argument, _compiled(argument)) for argument in arguments if argument is not type(None)]
    rebuilds = [rebuild for _, rebuild in candidates if rebuild is not None]
    if not rebuilds:
        return None
    plain = tuple(
        kind for argument, rebuild in candidates if rebuild is None
        for kind in (typing.get_origin(argument) or argument,) if isinstance(kind, type))
    open_ended = any(rebuild is None and not isinstance(typing.get_origin(argument) or argument, type)
                     for argument, rebuild in candidates)

    def rebuild(value: Any) -> Any:
        if value is None or plain and isinstance(value, plain):
            return value
        failures = []
        for candidate in rebuilds:
            try:
                return candidate(value)
            except _Mismatch as mismatch:
                failures.append(mismatch)
        if open_ended or plain:
            return value
        raise failures[0]

    return rebuild


# ---------------------------------------------------------------- containers


def _at(step: str, rebuild: Rebuild, value: Any) -> Any:
    try:
        return rebuild(value)
    except _Mismatch as mismatch:
        mismatch.steps.append(step)
        raise


def _each(rebuild: Rebuild) -> Rebuild:
    def apply(value: Any) -> Any:
        if not isinstance(value, (list, tuple)):
            return value
        return [_at(f"[{index}]", rebuild, item) for index, item in enumerate(value)]

    return apply


def _collection(kind: Any, inner: Optional[Rebuild]) -> Rebuild:
    def apply(value: Any) -> Any:
        if not isinstance(value, (list, tuple, set, frozenset)):
            raise _Mismatch(f"{_json._shown(value)} is no list to make a {kind.__name__} of")
        items = value if inner is None else [_at(f"[{index}]", inner, item) for index, item in enumerate(value)]
        return items if type(items) is kind else kind(items)

    return apply


def _fixed_tuple(arguments: tuple[Any, ...]) -> Rebuild:
    inner = [_compiled(argument) for argument in arguments if argument != ()]

    def apply(value: Any) -> Any:
        if not isinstance(value, (list, tuple)) or len(value) != len(inner):
            raise _Mismatch(f"{_json._shown(value)} is no list of {len(inner)}")
        return tuple(
            item if rebuild is None else _at(f"[{index}]", rebuild, item)
            for index, (rebuild, item) in enumerate(zip(inner, value)))

    return apply


def _mapping(inner: Optional[Rebuild]) -> Optional[Rebuild]:
    if inner is None:
        return None
    rebuild = inner

    def apply(value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {key: _at(_json.step(str(key)), rebuild, item) for key, item in value.items()}

    return apply


def _typed_dict(kind: Any) -> Optional[Rebuild]:
    hints = _hints(kind)
    inner = {name: rebuild for name, hint in hints.items() if (rebuild := _compiled(_unrequired(hint))) is not None}
    if not inner:
        return None

    def apply(value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {
            key: _at(_json.step(key), inner[key], item) if key in inner else item for key, item in value.items()}

    return apply


def _unrequired(hint: Any) -> Any:
    """What a field of a TypedDict is inside Required[...] and NotRequired[...]."""
    if str(typing.get_origin(hint)).endswith("Required"):
        return typing.get_args(hint)[0]
    return hint


def _named_tuple(kind: Any) -> Rebuild:
    hints = _hints(kind)
    inner = [(f".{name}", _compiled(hints.get(name, Any))) for name in kind._fields]

    def apply(value: Any) -> Any:
        if isinstance(value, kind):
            return value
        if not isinstance(value, (list, tuple)) or len(value) > len(inner):
            raise _Mismatch(f"{_json._shown(value)} is no list to make a {kind.__name__} of")
        try:
            return kind(*(
                item if rebuild is None else _at(step, rebuild, item)
                for (step, rebuild), item in zip(inner, value)))
        except TypeError as error:
            raise _Mismatch(f"{_json._shown(value)} makes no {kind.__name__}: {error}") from None

    return apply


class _Fields:
    """Makes a dataclass of an object. Its fields are looked at when the first one is made: a class may have fields of
    its own type."""

    def __init__(self, kind: Any) -> None:
        self._kind = kind
        self._inner: Optional[dict[str, Optional[Rebuild]]] = None
        _known[kind] = self.rebuild

    def rebuild(self, value: Any) -> Any:
        kind = self._kind
        if isinstance(value, kind):
            return value
        if not isinstance(value, dict):
            raise _Mismatch(f"{_json._shown(value)} is no object to make a {kind.__name__} of")
        inner = self._inner
        if inner is None:
            hints = _hints(kind)
            inner = self._inner = {
                field.name: _compiled(hints.get(field.name, Any)) for field in dataclasses.fields(kind) if field.init}
        made = {}
        for key, item in value.items():
            if key not in inner:
                if any(field.name == key for field in dataclasses.fields(kind)):
                    continue  # not an argument of its constructor, which computes it again
                raise _Mismatch(f"{kind.__name__} has no field {key!r}")
            rebuild = inner[key]
            made[key] = item if rebuild is None else _at(_json.step(key), rebuild, item)
        try:
            return kind(**made)
        except Exception as error:
            raise _Mismatch(f"{_json._shown(value)} makes no {kind.__name__}: {error}") from None


def _hints(kind: Any) -> dict[str, Any]:
    try:
        return typing.get_type_hints(kind)
    except Exception:
        # One name that cannot be found would leave all fields as they are; find the others one by one.
        space = vars(sys.modules.get(kind.__module__, typing))
        found: dict[str, Any] = {}
        for base in reversed(kind.__mro__):
            for name, hint in cast("dict[str, Any]", base.__dict__.get("__annotations__", {})).items():
                try:
                    found[name] = eval(hint, dict(space)) if isinstance(hint, str) else hint
                except Exception:
                    found.pop(name, None)
        return found
