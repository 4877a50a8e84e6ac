"""What annotations make of what arrived."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Dict, List, NamedTuple, NewType, Optional, Set, Tuple, TypedDict, Union
from uuid import UUID

import pytest

import distcoord
from distcoord.app._rebuild import rebuilder
from distcoord.app._signature import Signature

if TYPE_CHECKING:
    from somewhere import Unknown  # type: ignore[import-not-found]


class Colour(Enum):
    RED = "red"


@dataclass
class Line:
    product: UUID
    price: Decimal


@dataclass
class Order:
    id: int
    lines: list[Line] = field(default_factory=list)
    parent: Optional[Order] = None
    total: Decimal = field(init=False, default=Decimal(0))


@dataclass
class Checked:
    n: int

    def __post_init__(self) -> None:
        if self.n < 0:
            raise ValueError("n is negative")


class Point(NamedTuple):
    x: Decimal
    y: Decimal = Decimal(0)


class Row(TypedDict, total=False):
    when: datetime
    note: str


class Model:
    """Shaped like a model of pydantic."""

    def __init__(self, n: int) -> None:
        self.n = n

    @classmethod
    def model_validate(cls, value: Any) -> Model:
        return cls(value["n"])

    def model_dump(self, mode: str) -> Any:
        return {"n": self.n}


Ident = NewType("Ident", UUID)
SEVEN = UUID(int=7)
NOON = datetime(2026, 1, 2, 12, tzinfo=timezone.utc)


def made(annotation: Any, value: Any) -> Any:
    rebuild = rebuilder(annotation)
    assert rebuild is not None
    return rebuild(value, "it")


@pytest.mark.parametrize("annotation, value, expected", [
    (datetime, "2026-01-02T12:00:00Z", NOON), (datetime, NOON, NOON), (date, "2026-01-02", date(2026, 1, 2)),
    (time, "03:04:05", time(3, 4, 5)), (timedelta, 1.5, timedelta(seconds=1.5)),
    (timedelta, "90", timedelta(seconds=90)),
    (bytes, "aGk=", b"hi"), (bytearray, "aGk=", bytearray(b"hi")), (UUID, str(SEVEN), SEVEN),
    (Ident, str(SEVEN), SEVEN),
    (Decimal, "1.10", Decimal("1.10")), (Decimal, 1.1, Decimal("1.1")), (Decimal, 3, Decimal(3)),
    (Path, "/a", Path("/a")), (Colour, "red", Colour.RED), (Colour, Colour.RED, Colour.RED),
    (Optional[UUID], None, None), (Optional[UUID], str(SEVEN), SEVEN), (Union[UUID, int], 5, 5),
    (Union[int, UUID, None], str(SEVEN), SEVEN), (Union[UUID, str], "text", "text"),
    (list[UUID], [str(SEVEN)], [SEVEN]), (List[UUID], [str(SEVEN)], [SEVEN]), (Sequence[UUID], [str(SEVEN)], [SEVEN]),
    (Iterable[UUID], [str(SEVEN)], [SEVEN]), (Dict[str, UUID], {"a": str(SEVEN)}, {"a": SEVEN}),
    (Mapping[str, Optional[UUID]], {"a": None}, {"a": None}), (set[int], [1, 2], {1, 2}),
    (Set[UUID], [str(SEVEN)], {SEVEN}),
    (frozenset, [1], frozenset({1})), (tuple, [1, 2], (1, 2)), (Tuple[UUID, ...], [str(SEVEN)], (SEVEN,)),
    (tuple[int, UUID], [1, str(SEVEN)], (1, SEVEN)), (tuple[()], [], ()),
    (Point, ["1.5"], Point(Decimal("1.5"))), (Point, (1, 2), Point(Decimal(1), Decimal(2))),
    (Row, {"when": "2026-01-02T12:00:00Z", "note": "x"}, {"when": NOON, "note": "x"}),
    (Order, {"id": 1, "lines": [{"product": str(SEVEN), "price": "2"}], "parent": {"id": 0}, "total": "5"},
     Order(1, [Line(SEVEN, Decimal(2))], Order(0))),
    (list[dict[str, list[Line]]], [{"a": [{"product": str(SEVEN), "price": 1}]}], [{"a": [Line(SEVEN, Decimal(1))]}]),
])
def test_what_annotations_make(annotation: Any, value: Any, expected: Any) -> None:
    again = made(annotation, value)
    assert again == expected and type(again) is type(expected)


@pytest.mark.parametrize("annotation", [
    int, str, float, bool, dict, list, Any, None, "x", list[int], dict[str, str], Optional[int], Union[int, str],
    object,
])
def test_annotations_that_ask_for_nothing(annotation: Any) -> None:
    assert rebuilder(annotation) is None


def test_annotations_do_not_validate() -> None:
    assert made(list[UUID], "not a list") == "not a list"
    assert made(Dict[str, UUID], 5) == 5


@pytest.mark.parametrize("annotation, value, path, words", [
    (UUID, "seven", "it", "'seven' is no UUID"),
    (list[UUID], [str(SEVEN), "x"], "it[1]", "'x' is no UUID"),
    (Order, {"id": 1, "lines": [{"product": "x", "price": 1}]}, "it.lines[0].product", "'x' is no UUID"),
    (Order, {"id": 1, "colour": 2}, "it", "Order has no field 'colour'"),
    (Order, {}, "it", "missing 1 required positional argument: 'id'"),
    (Order, 5, "it", "5 is no object to make a Order of"),
    (Optional[Order], {"id": 1, "parent": 3}, "it.parent", "3 is no object"),
    (Checked, {"n": -1}, "it", "n is negative"),
    (tuple[int, UUID], [1], "it", "[1] is no list of 2"),
    (set[int], 5, "it", "5 is no list"),
    (dict[str, UUID], {"a b": "x"}, "it['a b']", "'x' is no UUID"),
    (Colour, "blue", "it", "'blue' is no Colour"),
])
def test_an_error_names_the_part_that_does_not_fit(annotation: Any, value: Any, path: str, words: str) -> None:
    with pytest.raises(distcoord.NotReadable) as caught:
        made(annotation, value)
    assert caught.value.path == path
    assert str(caught.value).startswith(f"{path}: ") and words in str(caught.value)


def test_models() -> None:
    assert made(Model, {"n": 3}).n == 3


def test_what_only_type_checkers_import_spoils_nothing_else() -> None:
    def task(a: Unknown, b: UUID, *rest: Decimal, c: date, **more: UUID) -> list[UUID]:
        return [b]

    args, kwargs = Signature(task, "task").rebuild(
        ("x", str(SEVEN), "1.5"), {"c": "2026-01-02", "d": str(SEVEN)})
    assert args == ("x", SEVEN, Decimal("1.5"))
    assert kwargs == {"c": date(2026, 1, 2), "d": SEVEN}
    assert Signature(task, "task").rebuild_result([str(SEVEN)]) == [SEVEN]


def test_the_path_begins_with_the_argument() -> None:
    def task(a: int, order: Order) -> None: ...

    signature = Signature(task, "task")
    bad = json.loads('{"id": 1, "lines": [5]}')
    with pytest.raises(distcoord.NotReadable, match=r"^args\[1\]\.lines\[0\]: "):
        signature.rebuild((1, bad), {})
    with pytest.raises(distcoord.NotReadable, match=r"^kwargs\.order\.lines\[0\]: "):
        signature.rebuild((1,), {"order": bad})
