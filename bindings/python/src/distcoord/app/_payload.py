"""What a call and a result look like as bytes.

A call is `{"args": [...], "kwargs": {...}}` with the content type `application/json`. A job that another program
pushed may hold any JSON: a list is the arguments, an object the arguments by name, anything else the one argument, and
no bytes at all are no arguments. The content type decides how bytes are read, and pickles are only read by an app that
says so, because loading one runs whatever its writer wants.
"""

from __future__ import annotations

import importlib
import pickle
from typing import Any, Protocol

from ..errors import NotSerializable
from . import _json

JSON = "application/json"
PICKLE = "application/x-python-pickle"
TEXT = "text/plain"
BYTES = "application/octet-stream"

SERIALIZERS = {"json": JSON, "pickle": PICKLE, "cloudpickle": PICKLE}
"""The content type that each serializer writes."""

_NOTHING = b'{"args":[],"kwargs":{}}'
_CALL_KEYS = frozenset({"args", "kwargs"})
# Every pickle since protocol 2 begins so, and no text in UTF-8 does.
_PICKLE_MARK = b"\x80"


class Bytes(Protocol):
    """What of a job is looked at here."""

    @property
    def payload(self) -> bytes: ...
    @property
    def content_type(self) -> str: ...


def write_call(serializer: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bytes:
    """The payload of a call. Raises NotSerializable."""
    if serializer != "json":
        return _pickled(serializer, (args, kwargs), "the arguments")
    if not args and not kwargs:
        return _NOTHING
    try:
        plain_args = _json.prepared([*args], "args")
        plain_kwargs = kwargs
        if kwargs and not _json.is_plain(kwargs):
            if _json.TYPE in kwargs:
                raise NotSerializable(f"an argument cannot have the name {_json.TYPE!r}, which marks tagged objects")
            plain_kwargs = {
                name: _json.prepared(value, f"kwargs{_json.step(name)}") for name, value in kwargs.items()}
        return _json.write({"args": plain_args, "kwargs": plain_kwargs}, "")
    except NotSerializable as error:
        raise _with_advice(error) from None


def _with_advice(error: NotSerializable) -> NotSerializable:
    """The error, with what tasks can do about it beside."""
    advised = NotSerializable(f"{error}, or declare the task with serializer=\"pickle\"") if error.path else error
    advised.path = error.path
    return advised


def read_call(job: Bytes, accept_pickle: bool) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments, by place and by name. Raises NotReadable."""
    payload = job.payload
    if payload == _NOTHING or not payload:
        return (), {}
    kind = content_type = job.content_type
    if kind != JSON and kind:
        kind = kind.partition(";")[0].strip().lower()
        if kind == PICKLE:
            return _unpickled_call(payload, accept_pickle)
        if kind == TEXT:
            return (payload.decode("utf-8", "replace"),), {}
        if kind == BYTES:
            return (payload,), {}
        if kind != JSON and not kind.endswith("+json"):
            raise _json.unreadable(
                "payload", f"content type {content_type!r} is not known here; known are {JSON}, {TEXT}, {BYTES} and,"
                f" for apps with accept_pickle=True, {PICKLE}")
    value = _json.decode(payload, "payload")
    if type(value) is dict:
        if value.keys() <= _CALL_KEYS and value:
            args, kwargs = value.get("args", []), value.get("kwargs", {})
            if type(args) is list and type(kwargs) is dict:
                return tuple(args), kwargs
        return (), value
    return (tuple(value), {}) if type(value) is list else ((value,), {})


def write_result(serializer: str, value: Any) -> bytes:
    """The result's bytes; none for None. Raises NotSerializable."""
    if value is None:
        return b""
    if serializer != "json":
        return _pickled(serializer, value, "the result")
    try:
        return _json.encode(value, "result")
    except NotSerializable as error:
        raise _with_advice(error) from None


def read_result(data: bytes, accept_pickle: bool) -> Any:
    """The value of a result. Raises NotReadable."""
    if not data:
        return None
    if data[:1] == _PICKLE_MARK:
        return _unpickled(data, "result", accept_pickle)
    return _json.decode(data, "result")


def _pickled(serializer: str, value: Any, what: str) -> bytes:
    try:
        if serializer == "cloudpickle":
            dumps: Any = importlib.import_module("cloudpickle").dumps  # only for those who ask for it
            return bytes(dumps(value))
        return pickle.dumps(value, protocol=4)
    except ImportError:
        raise
    except Exception as error:
        raise NotSerializable(f"{what} cannot be pickled: {error}") from error


def _unpickled(data: bytes, what: str, accepted: bool) -> Any:
    if not accepted:
        raise _json.unreadable(
            what, "it is a pickle, which this app does not accept: loading one runs whatever its writer wants."
            " App(accept_pickle=True) accepts them from everybody who can write to the server")
    try:
        return pickle.loads(data)
    except Exception as error:
        raise _json.unreadable(what, f"the pickle cannot be loaded: {type(error).__name__}: {error}") from error


def _unpickled_call(payload: bytes, accepted: bool) -> tuple[tuple[Any, ...], dict[str, Any]]:
    value = _unpickled(payload, "payload", accepted)
    if not (isinstance(value, tuple) and len(value) == 2):
        raise _json.unreadable("payload", "the pickle holds no call")
    args, kwargs = value
    return tuple(args), dict(kwargs)


def check_serializer(name: str, accept_pickle: bool) -> None:
    """Raises ValueError for a serializer that is not known, or not allowed."""
    if name not in SERIALIZERS:
        raise ValueError(f"serializer must be one of {', '.join(map(repr, SERIALIZERS))}, not {name!r}")
    if SERIALIZERS[name] == PICKLE and not accept_pickle:
        raise ValueError(
            f"serializer={name!r} needs App(accept_pickle=True), because who can write to the server can then run any"
            " code in this program")
