"""Values as JSON and back, and the errors that name what cannot be sent."""

from __future__ import annotations

import json
import math
import socket
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum, IntEnum
from pathlib import Path
from typing import Any, NamedTuple, Optional
from uuid import UUID

import pytest

import distcoord
from distcoord.app import _json, _payload

UTC = timezone.utc


class Colour(Enum):
    RED = "red"


class Level(IntEnum):
    HIGH = 3


class Point(NamedTuple):
    x: int
    y: int


@dataclass
class User:
    name: str
    socket: Any = None
    tags: list[str] = field(default_factory=list)


class Job(NamedTuple):
    payload: bytes
    content_type: str


def read_call(payload: bytes, content_type: str, accept_pickle: bool) -> Any:
    return _payload.read_call(Job(payload, content_type), accept_pickle)


def there_and_back(value: Any) -> Any:
    return _json.decode(_json.encode(value, "it"), "it")


@pytest.mark.parametrize("value", [
    None, True, False, 0, -1, 10**30, 1.5, -0.0, 1e300, "", "é\n\"\\ \u2028 🎈", [], {}, [1, "a", None],
    {"a": {"b": [1]}}, {"": 1, "a b": 2},
    datetime(2026, 1, 2, 3, 4, 5, 678_901), datetime(2026, 1, 2, tzinfo=UTC),
    datetime(2026, 1, 2, tzinfo=timezone(timedelta(hours=5, minutes=30))), date(2026, 1, 2), time(3, 4, 5, 6),
    timedelta(0), timedelta(days=-1, microseconds=1), timedelta(seconds=1.5), timedelta.max, timedelta.min,
    b"", bytes(range(256)), UUID(int=7), Decimal("1.10"), Decimal("-0E-7"), Decimal("1e999"), Path("/a/b c"),
    (), (1, (2, "x")), set(), {1, 2, "a"}, frozenset({b"x"}), [(1, {2}), {"k": (3,)}],
    {"$type": "set", "value": [1]}, {"$type": "x", "value": {"$type": "dict", "value": 1}}, {"$type": 1}, "half \ud800",
])
def test_what_is_sent_arrives(value: Any) -> None:
    again = there_and_back(value)
    assert again == value and type(again) is type(value)


@pytest.mark.parametrize("value, arrives", [
    (Colour.RED, "red"), (Level.HIGH, 3), (User("ann"), {"name": "ann", "socket": None, "tags": []}),
    (Point(1, 2), (1, 2)), (OrderedDict(a=1), {"a": 1}), (bytearray(b"x"), b"x"), (memoryview(b"x"), b"x"),
])
def test_what_arrives_in_a_plainer_form(value: Any, arrives: Any) -> None:
    again = there_and_back([value])[0]
    assert again == arrives and type(again) is type(arrives)


def test_plain_values_are_plain_json_for_every_language() -> None:
    assert _json.encode({"a": [1, 2.5, "é", None, True]}, "it") == '{"a":[1,2.5,"é",null,true]}'.encode()
    assert json.loads(_json.encode(datetime(2026, 1, 2, tzinfo=UTC), "it")) == {
        "$type": "datetime", "value": "2026-01-02T00:00:00+00:00"}


def test_sets_are_written_in_one_order() -> None:
    names = [f"name-{number}" for number in range(50)]
    assert _json.encode(set(names), "it") == _json.encode(set(reversed(names)), "it")


@pytest.mark.parametrize("args, kwargs, path, words", [
    ((User("ann", socket.AF_INET.__class__),), {}, "args[0].socket", "no form in JSON"),
    ((1, {"user": User("ann", object())}), {}, "args[1].user.socket", "object has no form in JSON"),
    ((), {"when": [1, {"a b": 1j}]}, "kwargs.when[1]['a b']", "complex has no form in JSON"),
    ((math.nan,), {}, "args[0]", "no word for it"),
    (([1, [math.inf]],), {}, "args[0][1][0]", "no word for it"),
    ((), {"x": -math.inf}, "kwargs.x", "no word for it"),
    (({1: "a"},), {}, "args[0][1]", "keys must be str"),
    (({"a": {None: 1}},), {}, "args[0].a[None]", "keys must be str"),
    (({"a": {(1, 2)}}, {3: 4}), {}, "args[1][3]", "keys must be str"),
    ((lambda: 1,), {}, "args[0]", "function has no form in JSON"),
])
def test_an_error_names_the_part_that_cannot_be_sent(
    args: tuple[Any, ...], kwargs: dict[str, Any], path: str, words: str,
) -> None:
    with pytest.raises(distcoord.NotSerializable) as caught:
        _payload.write_call("json", args, kwargs)
    assert isinstance(caught.value, TypeError)
    assert caught.value.path == path
    assert str(caught.value).startswith(f"{path}: ") and words in str(caught.value)


def test_the_error_shows_the_value_though_its_repr_fails() -> None:
    class Odd:
        def __repr__(self) -> str:
            raise RuntimeError

    with pytest.raises(distcoord.NotSerializable, match=r"^it\[0\]: <Odd"):
        _json.encode([Odd()], "it")


def test_what_contains_itself() -> None:
    cycle: list[Any] = [1]
    cycle.append({"again": cycle})
    with pytest.raises(distcoord.NotSerializable, match=r"^args\[0\]\[1\]\.again: .*contains itself"):
        _payload.write_call("json", (cycle,), {})
    shared = [1]
    assert there_and_back([shared, shared]) == [[1], [1]]


def test_what_is_nested_too_deeply() -> None:
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(distcoord.NotSerializable, match="nested too deeply"):
        _json.encode(deep, "it")
    with pytest.raises(distcoord.NotReadable, match="nested too deeply"):
        _json.decode(b"[" * 100_000 + b"]" * 100_000, "it")
    while deep:
        deep = deep.pop()  # not by the collector's recursion


@pytest.mark.parametrize("data, words", [
    (b"hello\n", "it is not JSON"), (b"{", "it is not JSON"), (b"\xff", "it is not JSON"),
    (b"[NaN]", "JSON has no NaN"),
    (b'{"$type":"datetime","value":"yesterday"}', "'yesterday' is no datetime"),
    (b'{"$type":"bytes","value":"%"}', "'%' is no bytes"), (b'{"$type":"set","value":3}', "3 is no set"),
    (b'{"$type":"uuid","value":5}', "5 is no uuid"), (b'{"$type":"decimal","value":"ten"}', "'ten' is no decimal"),
])
def test_what_cannot_be_read(data: bytes, words: str) -> None:
    with pytest.raises(distcoord.NotReadable) as caught:
        _json.decode(data, "it")
    assert words in str(caught.value) and caught.value.path == "it"


def test_blanks_around_a_value() -> None:
    assert _json.decode(b' \n[1, 2]\n', "it") == [1, 2]
    for data in (b"[1] 2", b"", b" ", b"[1"):
        with pytest.raises(distcoord.NotReadable, match="it is not JSON"):
            _json.decode(data, "it")


def test_unknown_tags_are_objects_like_others() -> None:
    assert _json.decode(b'{"$type":"apple","value":1}', "it") == {"$type": "apple", "value": 1}
    assert _json.decode(b'{"$type":[],"value":1}', "it") == {"$type": [], "value": 1}
    assert _json.decode(b'{"\\u0024type":"tuple","value":[1]}', "it") == (1,)


@pytest.mark.parametrize("payload, content_type, args, kwargs", [
    (b"", "", (), {}),
    (b"", "application/json", (), {}),
    (b'{"args":[1],"kwargs":{"a":2}}', "application/json", (1,), {"a": 2}),
    (b'{"args":[1]}', "", (1,), {}),
    (b'{"kwargs":{"a":2}}', "", (), {"a": 2}),
    (b'{"args":3}', "", (), {"args": 3}),
    (b'[1,"a"]', "application/json; charset=utf-8", (1, "a"), {}),
    (b'{"a":1,"b":2}', "application/vnd.api+json", (), {"a": 1, "b": 2}),
    (b"{}", "", (), {}),
    (b"5", "", (5,), {}),
    (b'"text"', "", ("text",), {}),
    (b"null", "", (None,), {}),
    (b"plain text", "text/plain", ("plain text",), {}),
    (b"\x00\xff", "application/octet-stream", (b"\x00\xff",), {}),
])
def test_what_other_programs_may_push(
    payload: bytes, content_type: str, args: tuple[Any, ...], kwargs: dict[str, Any],
) -> None:
    assert read_call(payload, content_type, False) == (args, kwargs)


def test_content_types_that_are_not_read() -> None:
    with pytest.raises(distcoord.NotReadable, match="'application/xml' is not known"):
        read_call(b"<a/>", "application/xml", True)


def test_pickles_are_read_only_where_they_are_accepted() -> None:
    payload = _payload.write_call("pickle", (1, {2: 3}), {"a": 1j})
    assert read_call(payload, _payload.PICKLE, True) == ((1, {2: 3}), {"a": 1j})
    with pytest.raises(distcoord.NotReadable, match="does not accept"):
        read_call(payload, _payload.PICKLE, False)
    with pytest.raises(distcoord.NotReadable, match="it is not JSON"):
        read_call(payload, "application/json", True)
    result = _payload.write_result("pickle", {2: 3})
    assert _payload.read_result(result, True) == {2: 3}
    with pytest.raises(distcoord.NotReadable, match="does not accept"):
        _payload.read_result(result, False)
    with pytest.raises(distcoord.NotReadable, match="cannot be loaded"):
        read_call(b"\x80\x04oops", _payload.PICKLE, True)
    with pytest.raises(distcoord.NotSerializable, match="cannot be pickled"):
        _payload.write_call("pickle", (lambda: 1,), {})


def test_no_result_is_no_bytes() -> None:
    assert _payload.write_result("json", None) == b""
    assert _payload.read_result(b"", False) is None
    assert _payload.read_result(b"null", False) is None
    value: Optional[int] = _payload.read_result(_payload.write_result("json", 0), False)
    assert value == 0
