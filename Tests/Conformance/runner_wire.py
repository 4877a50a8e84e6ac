"""Requests and answers of the Python runner; README.md has the protocol."""

from __future__ import annotations

from distcoord import _abi

STATUS_NAMES = {
    value: name for name, value in vars(_abi).items() if name.startswith("ERROR_") and isinstance(value, int)
} | {getattr(_abi, name): name for name in (
    "TIMED_OUT", "EMPTY", "NOT_HELD", "LOST", "EXISTS", "CANCELLED", "INTERRUPTED", "BROKEN", "NOT_FOUND", "EXPIRED",
    "CHANGED", "REJECTED")}


def encode(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    data = value if isinstance(value, bytes) else str(value).encode()
    return "".join(chr(byte) if 33 <= byte <= 126 and byte != 37 else f"%{byte:02X}" for byte in data)


def ok(**keys: object) -> str:
    return " ".join(["OK", *(f"{key}={encode(value)}" for key, value in keys.items())])


def seconds(arguments: dict[str, bytes], key: str, missing: float) -> float:
    """A time of the protocol as the package takes it."""
    if key not in arguments:
        return missing
    ms = int(arguments[key])
    return -1 if ms < 0 else ms / 1000
