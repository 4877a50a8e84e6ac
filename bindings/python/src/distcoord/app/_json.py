"""Values as JSON and back. Every language reads it: what JSON has is sent as it is, the rest as a tagged object.

    None, bool, int, float, str, list, dict      as they are; keys must be str, floats finite
    a dataclass                                  an object of its fields
    an Enum                                      its value
    datetime, date, time, timedelta, bytes, UUID, Decimal, Path, tuple, set, frozenset
                                                 {"$type": "datetime", "value": "2026-01-02T03:04:05+00:00"}

A tag's value is text, in ISO 8601 for times, seconds for a timedelta and base64 for bytes, or a list. An object that
itself looks like a tag is sent as `{"$type": "dict", "value": [[key, value], ...]}`; one with an unknown tag arrives as
the dict that it is. Dataclasses, enums and named tuples are made again where an annotation says so (see _rebuild).
"""

from __future__ import annotations

import base64
import dataclasses
import json
import math
import reprlib
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from json import encoder as _json_encoder
from pathlib import Path, PurePath
from typing import Any, Optional
from uuid import UUID

from ..errors import NotReadable, NotSerializable

TYPE, VALUE = "$type", "value"

_SCALARS = frozenset({str, int, bool, type(None)})
_NUMBERS_AND_TEXT = _SCALARS | {float}
_STRING_KEYS = {str}
_MICROSECOND = timedelta(microseconds=1)

# ---------------------------------------------------------------- writing


def encode(value: Any, root: str) -> bytes:
    """`value` as JSON. Raises NotSerializable naming the part that cannot be written; `root` names the whole."""
    return write(prepared(value, root), root)


def write(value: Any, root: str) -> bytes:
    """JSON of a value that is plain already, apart from floats that are not finite."""
    try:
        text = _write(value)
    except ValueError:
        text = _write(_convert(value, [root], set()))  # says which float it was
    except RecursionError:
        raise _too_deep(root, value) from None
    try:
        return text.encode()
    except UnicodeEncodeError:  # half a surrogate pair, as in file names that are not UTF-8
        return json.dumps(value, separators=(",", ":")).encode()


def prepared(value: Any, root: str) -> Any:
    """`value` itself when it is plain JSON, else a copy that is."""
    if is_plain(value):
        return value
    try:
        return _convert(value, [root], set())
    except RecursionError:
        raise _too_deep(root, value) from None


def is_plain(value: Any) -> bool:
    """Whether the value is made of nothing but JSON's own types: then it needs no copy. Floats are looked at by the
    encoder."""
    try:
        return _is_plain(value)
    except RecursionError:
        return False


def _one_shot() -> Callable[[Any], str]:
    """The encoder in C, made once: `json.dumps` makes one for each call, which takes longer than writing a small
    value. Without its search for cycles, whose notes two threads could not share; a cycle is met before."""
    made: Any = getattr(_json_encoder, "c_make_encoder", None)
    if made is None:
        return json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode
    write = made(None, _refuse, _json_encoder.encode_basestring, None, ":", ",", False, False, False)
    join = "".join
    return lambda value: join(write(value, 0))


def _refuse(value: Any) -> Any:
    raise ValueError(f"{type(value).__name__} is not plain")


_write = _one_shot()


def _is_plain(value: Any) -> bool:
    kind = type(value)
    if kind in _NUMBERS_AND_TEXT:
        return True
    if kind is list:
        return set(map(type, value)) <= _NUMBERS_AND_TEXT or all(map(_is_plain, value))
    if kind is dict:
        if value and set(map(type, value)) != _STRING_KEYS or len(value) == 2 and _looks_tagged(value):
            return False
        values = value.values()
        return set(map(type, values)) <= _NUMBERS_AND_TEXT or all(map(_is_plain, values))
    return False


def _looks_tagged(value: dict[Any, Any]) -> bool:
    return TYPE in value and VALUE in value


def _convert(value: Any, trail: list[str], inside: set[int]) -> Any:
    """A plain copy of the value. `trail` is the way to it, `inside` are the containers on that way."""
    kind = type(value)
    if kind in _SCALARS:
        return value
    if isinstance(value, Enum):
        return _convert(value.value, trail, inside)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise _refused(trail, value, "JSON has no word for it")
        return float(value)
    for plain in (str, int):
        if isinstance(value, plain):
            return plain(value)
    tag = _TAGS.get(kind) or _tag_of_subclass(value)
    if tag is not None:
        return {TYPE: tag[0], VALUE: tag[1](value)}
    mark = id(value)
    if mark in inside:
        raise _refused(trail, value, "it contains itself")
    inside.add(mark)
    try:
        return _convert_container(value, trail, inside)
    finally:
        inside.discard(mark)


def _convert_container(value: Any, trail: list[str], inside: set[int]) -> Any:
    if isinstance(value, dict):
        return _convert_dict(value, trail, inside)
    if isinstance(value, list):
        return _convert_items(value, trail, inside)
    if isinstance(value, tuple):
        return {TYPE: "tuple", VALUE: _convert_items(value, trail, inside)}
    if isinstance(value, (set, frozenset)):
        # In an order that only depends on the elements, so that equal calls have equal payloads.
        items = sorted(_convert_items(value, trail, inside), key=lambda item: json.dumps(item, sort_keys=True))
        return {TYPE: "frozenset" if isinstance(value, frozenset) else "set", VALUE: items}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        return _convert_dict(fields, trail, inside)
    dump = getattr(value, "model_dump", None)  # a model of pydantic
    if dump is not None and not isinstance(value, type):
        return _convert(dump(mode="json"), trail, inside)
    raise _refused(trail, value, f"{_name(type(value))} has no form in JSON")


def _convert_dict(value: dict[Any, Any], trail: list[str], inside: set[int]) -> Any:
    converted = {}
    for key, item in value.items():
        if not isinstance(key, str):
            raise _refused([*trail, f"[{_shown(key)}]"], key, "keys must be str", "the key ")
        trail.append(step(key))
        converted[str(key)] = _convert(item, trail, inside)
        trail.pop()
    if len(converted) == 2 and _looks_tagged(converted):
        return {TYPE: "dict", VALUE: [[key, item] for key, item in converted.items()]}
    return converted


def _convert_items(value: Any, trail: list[str], inside: set[int]) -> list[Any]:
    converted = []
    for index, item in enumerate(value):
        trail.append(f"[{index}]")
        converted.append(_convert(item, trail, inside))
        trail.pop()
    return converted


def step(key: str) -> str:
    """The part of a path that leads to a key."""
    return f".{key}" if key.isidentifier() else f"[{key!r}]"


def _name(kind: type) -> str:
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def _shown(value: Any) -> str:
    try:
        return reprlib.repr(value)
    except Exception:
        return f"<{type(value).__name__}>"


def _refused(trail: list[str], value: Any, reason: str, what: str = "") -> NotSerializable:
    path = "".join(trail).lstrip(".")
    error = NotSerializable(
        f"{path}: {what}{_shown(value)} cannot be sent as JSON: {reason}. Send what it is made of instead")
    error.path = path
    return error


def _too_deep(root: str, value: Any) -> NotSerializable:
    return _refused([root], value, "it is nested too deeply, or contains itself")


def _seconds(value: timedelta) -> str:
    """Seconds as an exact decimal number."""
    microseconds = value // _MICROSECOND
    whole, rest = divmod(abs(microseconds), 1_000_000)
    text = f"{whole}.{rest:06d}".rstrip("0").rstrip(".")
    return f"-{text}" if microseconds < 0 else text


def _base64(value: Any) -> str:
    return base64.b64encode(value).decode("ascii")


# Subclasses come before what they derive from: a datetime is a date.
_TAGS: dict[type, tuple[str, Callable[[Any], Any]]] = {
    datetime: ("datetime", datetime.isoformat),
    date: ("date", date.isoformat),
    time: ("time", time.isoformat),
    timedelta: ("timedelta", _seconds),
    bytes: ("bytes", _base64),
    bytearray: ("bytes", _base64),
    memoryview: ("bytes", lambda value: _base64(bytes(value))),
    UUID: ("uuid", str),
    Decimal: ("decimal", str),
    PurePath: ("path", str),
}


def _tag_of_subclass(value: Any) -> Optional[tuple[str, Callable[[Any], Any]]]:
    for kind, tag in _TAGS.items():
        if isinstance(value, kind):
            return tag
    return None


# ---------------------------------------------------------------- reading


def decode(data: bytes, root: str) -> Any:
    """The value of JSON. Raises NotReadable."""
    try:
        text = data.decode()
        # The second is how a writer may spell "$"; reading without looking for tags is twice as fast.
        return _read_tagged(text) if '"$type"' in text or "\\u0024" in text else _read_plain(text)
    except RecursionError:
        raise unreadable(root, "it is nested too deeply") from None
    except NotReadable as error:
        raise unreadable(root, str(error)) from None
    except ValueError as error:
        raise unreadable(root, f"it is not JSON: {error}: {_shown(data)}") from None


def unreadable(path: str, reason: str) -> NotReadable:
    """The error for a part that cannot be read."""
    error = NotReadable(f"{path}: {reason}")
    error.path = path
    return error


def parse_datetime(text: str) -> datetime:
    """A moment in ISO 8601; Python before 3.11 does not know the Z."""
    return datetime.fromisoformat(f"{text[:-1]}+00:00" if text[-1:] in "Zz" else text)


def parse_time(text: str) -> time:
    """A time of day in ISO 8601."""
    return time.fromisoformat(f"{text[:-1]}+00:00" if text[-1:] in "Zz" else text)


def parse_seconds(value: Any) -> timedelta:
    """A span from seconds, as text or number."""
    return timedelta(microseconds=round(Decimal(str(value)) * 1_000_000))


def parse_bytes(text: str) -> bytes:
    """Bytes from base64."""
    return base64.b64decode(text, validate=True)


def _items(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError("not a list")
    return value


READERS: dict[str, Callable[[Any], Any]] = {
    "datetime": parse_datetime,
    "date": date.fromisoformat,
    "time": parse_time,
    "timedelta": parse_seconds,
    "bytes": parse_bytes,
    "uuid": UUID,
    "decimal": Decimal,
    "path": Path,
    "tuple": lambda value: tuple(_items(value)),
    "set": lambda value: set(_items(value)),
    "frozenset": lambda value: frozenset(_items(value)),
    "dict": lambda value: dict(_items(value)),
}


def _untag(value: dict[str, Any]) -> Any:
    if len(value) != 2 or not _looks_tagged(value):
        return value
    tag = value[TYPE]
    reader = READERS.get(tag) if isinstance(tag, str) else None
    if reader is None:
        return value
    try:
        return reader(value[VALUE])
    except (ValueError, TypeError, AttributeError, ArithmeticError) as error:
        raise NotReadable(f"{_shown(value[VALUE])} is no {tag}: {error or type(error).__name__}") from None


def _no_constant(name: str) -> Any:
    raise ValueError(f"JSON has no {name}")


_plain_decoder = json.JSONDecoder(parse_constant=_no_constant)
_scan_plain: Any = _plain_decoder.scan_once  # type: ignore[attr-defined]
_read_tagged = json.JSONDecoder(parse_constant=_no_constant, object_hook=_untag).decode


def _read_plain(text: str) -> Any:
    # Without the decoder's looks for blanks around the value, which take as long as a small value itself.
    try:
        value, end = _scan_plain(text, 0)
    except StopIteration:
        end = -1
    return value if end == len(text) else _plain_decoder.decode(text)
