"""Exit statuses of the worker program; the same as those of the `distcoord` command."""

from __future__ import annotations

from .. import errors

USAGE = 64
UNREACHABLE = 69
SOFTWARE = 70
NOT_PERMITTED = 77
CONFIGURATION = 78

NEVER_CURED = frozenset({USAGE, NOT_PERMITTED, CONFIGURATION})
"""Statuses of a start that would fail in the same way again."""


def status_of(error: BaseException) -> int:
    """The status for an error that ends the program."""
    if isinstance(error, errors.NotPermitted):
        return NOT_PERMITTED
    if isinstance(error, (errors.InvalidArgument, errors.UnsupportedServer)):
        return CONFIGURATION
    if isinstance(error, errors.ServerError):
        return UNREACHABLE
    return SOFTWARE
