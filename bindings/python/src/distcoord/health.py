"""Health reports: whether the server and the way to it are fit for what is done with them."""

from __future__ import annotations

from ctypes import byref
from typing import NamedTuple

from . import _abi, _calls
from ._library import functions


class Check(NamedTuple):
    """One line of a health report."""

    name: str
    """What was checked, for example "memory policy"."""
    state: str
    """"healthy", "degraded" or "unhealthy"."""
    detail: str
    """What was found, and what to do about it."""


class Health(NamedTuple):
    """A health report."""

    state: str
    """The worst state of the checks: "healthy", "degraded" or "unhealthy"."""
    checks: tuple[Check, ...]
    """The checks in the order in which they ran."""


_STATES = {_abi.HEALTHY: "healthy", _abi.DEGRADED: "degraded", _abi.UNHEALTHY: "unhealthy"}


def check(client: _abi.distcoord_client) -> Health:
    """The report of the library."""
    report = _abi.distcoord_health()
    error = _abi.distcoord_error()
    status = functions.client_check(client, byref(report), byref(error))
    try:
        _calls.check(status, error)
        return Health(
            _STATES[functions.health_state(report)],
            tuple(
                Check(
                    functions.health_name(report, index).decode(),
                    _STATES[functions.health_check_state(report, index)],
                    functions.health_detail(report, index).decode("utf-8", "replace"))
                for index in range(functions.health_count(report))))
    finally:
        functions.health_free(report)
