"""How values become bytes and back: typed JSON as tasks have it, or the bytes as they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, Optional, TypeVar

from .. import _calls

T = TypeVar("T")


class Codec(Generic[T]):
    """Values of one type. Pickles as what it was made with."""

    __slots__ = ("_rebuild", "raw", "type")

    def __init__(self, type: Any, raw: bool) -> None:
        """`type`: what JSON is made into, as an annotation says it: a dataclass, `list[int]`, a TypedDict; Any for
        plain values. `raw`: values are bytes, sent as they are.
        """
        if raw and type is not Any:
            raise TypeError("raw values are bytes, so they have no other type")
        self.type = type
        self.raw = bool(raw)
        self._rebuild: Optional[Callable[[Any, str], Any]] = None
        if not raw and type is not Any:
            from ..app._rebuild import rebuilder

            self._rebuild = rebuilder(type)

    def encode(self, value: Any, what: str) -> bytes:
        """The bytes of a value; `what` names it in errors. Raises NotSerializable."""
        if self.raw:
            return _calls.payload_bytes(value)
        return write(value, what)

    def decode(self, data: bytes, what: str) -> T:
        """The value of bytes. Raises NotReadable."""
        if self.raw:
            return data  # type: ignore[return-value]
        from ..app import _json

        value = _json.decode(data, what)
        return value if self._rebuild is None else self._rebuild(value, what)  # type: ignore[no-any-return]

    def __reduce__(self) -> tuple[Any, ...]:
        return Codec, (self.type, self.raw)


def write(value: Any, what: str) -> bytes:
    """A value as JSON. Raises NotSerializable."""
    from ..app import _json  # here, because programs that use locks alone need none of it

    return _json.encode(value, what)
