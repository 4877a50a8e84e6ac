"""What is kept of a failed attempt: kind, message and traceback, within the library's limit."""

from __future__ import annotations

from typing import Union

from .. import _calls

_LIMIT = 65_536 - 64  # of all texts together, less what their packing takes
_MESSAGE_LIMIT = 16_384  # of a message that has a traceback beside it


def describe(error: Union[str, BaseException]) -> tuple[bytes, bytes, bytes]:
    """Kind, message and traceback of an error; of one in words the message alone."""
    if isinstance(error, str):
        return b"", _cut(error, _LIMIT), b""
    if not isinstance(error, BaseException):
        raise TypeError(f"error must be str or an exception, not {type(error).__name__}")
    import traceback  # here, because it takes a while to load and most programs never need it

    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    type_text = _cut(name, 255)
    try:
        message = str(error)
    except Exception:
        message = f"<{name} whose message cannot be had>"
    message_text = _cut(message, _MESSAGE_LIMIT)
    trace = "".join(traceback.format_exception(kind, error, error.__traceback__)).rstrip("\n")
    return type_text, message_text, _cut(trace, _LIMIT - len(type_text) - len(message_text))


def _cut(text: str, limit: int) -> bytes:
    """The text, if need be without its middle: what was tried stands at the beginning, what came of it at the end."""
    encoded = _calls.lenient_text(text)
    if len(encoded) <= limit:
        return encoded
    half = (limit - 16) // 2
    head, tail = encoded[:half].decode("utf-8", "ignore"), encoded[-half:].decode("utf-8", "ignore")
    return f"{head}\n[...]\n{tail}".encode()
