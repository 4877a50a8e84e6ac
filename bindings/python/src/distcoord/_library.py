"""Finds and loads libdistcoord, and refuses one whose interface is another than this package's."""

from __future__ import annotations

import os
from ctypes import CDLL, PyDLL, c_char_p, c_int32

from . import _abi

SONAME = "libdistcoord.so.0"
VARIABLE = "DISTCOORD_LIBRARY"


def candidates() -> list[str]:
    """Where the library is looked for, in order: as `DISTCOORD_LIBRARY` says and nowhere else, or beside this module
    and then wherever the dynamic loader finds it."""
    named = os.environ.get(VARIABLE)
    if named:
        return [named]
    return [os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib", SONAME), SONAME]


def load() -> _abi.Functions:
    """The first library that can be loaded, with its functions bound.

    Raises ImportError naming every place tried, or both interface numbers when they differ.
    """
    failures = []
    for candidate in candidates():
        try:
            library = CDLL(candidate)
            version = library.distcoord_abi_version
        except (OSError, AttributeError) as error:
            failures.append(f"  {candidate}: {error}")
            continue
        version.restype = c_int32
        version.argtypes = []
        number = version()
        if number != _abi.ABI_VERSION:
            library.distcoord_version.restype = c_char_p
            text = (library.distcoord_version() or b"?").decode("utf-8", "replace")
            raise ImportError(
                f"{candidate} is libdistcoord {text} with interface {number}, but this package is version"
                f" {_abi.VERSION_STRING} for interface {_abi.ABI_VERSION}; install the two from one release"
                f" or set {VARIABLE}")
        try:
            return _abi.Functions(library, PyDLL(candidate))
        except AttributeError as error:
            raise ImportError(
                f"{candidate} is older than this package, version {_abi.VERSION_STRING}: {error}") from error
    raise ImportError(
        "libdistcoord was not found; tried\n" + "\n".join(failures)
        + f"\nInstall the package's wheel, put {SONAME} on the loader's path, or name it in {VARIABLE}")


functions = load()
