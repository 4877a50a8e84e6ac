"""The way of values into the library and of answers out of it: one place for units, texts and errors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import ceil
from operator import index
from typing import TYPE_CHECKING, Any, Optional, Union

from . import _abi, _interrupt, errors
from ._library import functions

if TYPE_CHECKING:
    from datetime import datetime

Payload = Union[bytes, bytearray, memoryview, str]
"""What can be pushed, and given as result: bytes, or text, which is sent as UTF-8."""

_FOREVER = -1
_LARGEST = 2**63 - 1
_LAST_MOMENT = 253_402_300_800_000  # the end of what `datetime` can say


def failure(status: int, error: Optional[_abi.distcoord_error] = None, what: str = "") -> BaseException:
    """The exception for a status that a method has no answer of its own for; frees `error`.

    `what` says what was being done, for calls whose status comes without words.
    """
    message = server_text = ""
    retriable = False
    if error:
        message = functions.error_message(error).decode("utf-8", "replace")
        server_text = functions.error_server_text(error).decode("utf-8", "replace")
        retriable = functions.error_is_retriable(error)
        functions.error_free(error)
    if _interrupt.pending and _interrupt.is_due():
        return _interrupt.take()
    if status in (_abi.CANCELLED, _abi.INTERRUPTED):
        message = "the wait was cancelled, or its client closed"
    elif not message:
        message = functions.status_name(status).decode().lower().replace("_", " ")
        message = f"{what}: {message}" if what else message
    exception = errors.BY_STATUS.get(status, errors.DistcoordError)(message)
    exception.status = status
    exception.server_text = server_text
    exception.retriable = retriable
    return exception


def check(status: int, error: _abi.distcoord_error) -> None:
    """Raises for every status but success, and after that what a signal handler raised meanwhile: for calls whose
    success need not be undone then."""
    if status != _abi.OK:
        raise failure(status, error)
    if _interrupt.pending:
        raise_due()


def raise_due() -> None:
    """Raises what a signal handler raised during a wait that succeeded all the same; to be called if `pending`, by
    methods whose success need not be undone because it goes away with the result."""
    if _interrupt.is_due():
        raise _interrupt.take()


def wait_ms(timeout: Optional[float]) -> int:
    """Milliseconds for a wait of `timeout` seconds; -1 and None wait for ever. A time above 0 never becomes 0, which
    would be a try."""
    if timeout is None or timeout == -1:
        return _FOREVER
    if not timeout >= 0:
        raise errors.invalid(f"timeout must be 0 or more seconds, or -1 to wait for ever, not {timeout!r}")
    ms = timeout * 1000
    return ceil(ms) if ms < _LARGEST else _FOREVER


def duration_ms(seconds: float, what: str, least: int, most: int) -> int:
    """Milliseconds for a duration, checked to be within `least` and `most` milliseconds."""
    ms = seconds * 1000
    if not least <= ms <= most:  # refuses not-a-number too
        raise errors.invalid(f"{what} must be {least / 1000:g} to {most / 1000:g} seconds, not {seconds!r}")
    return round(ms)


def moment_ms(moment: Union[datetime, float], what: str) -> int:
    """Milliseconds since 1970 of a moment: a datetime with a time zone, or seconds since 1970."""
    if isinstance(moment, (int, float)):
        seconds = float(moment)
    elif hasattr(moment, "utcoffset"):
        if moment.utcoffset() is None:
            raise errors.invalid(
                f"{what} must say which time zone it means, and {moment!r} does not: datetime.now(timezone.utc) does,"
                " and moment.astimezone() takes it as local time")
        seconds = moment.timestamp()
    else:
        raise TypeError(f"{what} must be a datetime or seconds since 1970, not {type(moment).__name__}")
    ms = seconds * 1000
    if not 0 <= ms < _LAST_MOMENT:  # refuses not-a-number too
        raise errors.invalid(f"{what} must be a moment after 1970 and before 10000, not {moment!r}")
    return round(ms)


def moment(ms: int) -> Optional[datetime]:
    """The datetime in UTC for milliseconds since 1970; None for 0, which says that there is none."""
    if not ms:
        return None
    from datetime import datetime, timedelta, timezone  # here, because most programs never look

    return datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(milliseconds=ms)


def choice(value: str, what: str, choices: Mapping[str, int]) -> int:
    """The library's number for one of several words."""
    number = choices.get(value) if isinstance(value, str) else None
    if number is None:
        raise errors.invalid(f"{what} must be one of {', '.join(map(repr, choices))}, not {value!r}")
    return number


def integer(value: int, what: str, least: int, most: int) -> int:
    """`value` when it is a whole number within the range; ctypes would cut off what does not fit."""
    number = index(value)
    if not least <= number <= most:
        raise errors.invalid(f"{what} must be {least} to {most}, not {value!r}")
    return number


def text(value: str, what: str) -> bytes:
    """`value` as UTF-8 without NUL, at which the library would stop reading."""
    if not isinstance(value, str):
        raise TypeError(f"{what} must be str, not {type(value).__name__}")
    try:
        encoded = value.encode("utf-8")
    except UnicodeEncodeError as error:
        raise errors.invalid(f"{what} cannot be written as UTF-8: {error.reason}") from error
    if b"\0" in encoded:
        raise errors.invalid(f"{what} contains a NUL character")
    return encoded


def lenient_text(value: str) -> bytes:
    """`value` as UTF-8 for people to read: what cannot be sent is replaced."""
    return value.replace("\0", "\ufffd").encode("utf-8", "backslashreplace")


def payload_bytes(payload: Payload) -> bytes:
    """The bytes of a payload; without a copy for `bytes`."""
    if isinstance(payload, bytes):
        return payload
    if isinstance(payload, str):
        return payload.encode("utf-8")
    if isinstance(payload, (bytearray, memoryview)):
        return bytes(payload)
    raise TypeError(f"a payload must be bytes, bytearray, memoryview or str, not {type(payload).__name__}")


def add_note(exception: Optional[BaseException], error: BaseException) -> None:
    """Tells of an error at the end of a `with` block whose own exception goes on; nowhere before Python 3.11."""
    note = getattr(exception, "add_note", None)
    if note is not None:
        note(f"distcoord: {type(error).__name__}: {error}")


def end_block(give_back: Callable[[], None], exception: Optional[BaseException]) -> None:
    """The end of a `with` block: an error of giving back is raised, unless the block's own exception goes on, which
    says more of what went wrong."""
    try:
        give_back()
    except errors.DistcoordError as error:
        if exception is None:
            raise
        add_note(exception, error)


def check_setter(status: int, what: str, value: Any) -> None:
    """Raises InvalidArgument when an option was refused."""
    if status != _abi.OK:
        raise errors.invalid(f"{what} is not accepted: {value!r}")


__all__ = [
    "Payload", "add_note", "check", "check_setter", "choice", "duration_ms", "end_block", "failure", "integer",
    "lenient_text", "moment", "moment_ms", "payload_bytes", "raise_due", "text", "wait_ms",
]
