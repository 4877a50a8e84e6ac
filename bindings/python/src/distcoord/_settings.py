"""What a client was opened with, and the library's object for it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from ctypes import c_char_p
from typing import NamedTuple, Optional, Union

from . import _calls, _interrupt, _log
from ._handles import Handle
from ._library import functions

MAX_PAYLOAD = 67_108_864
MAX_NODES = 64


class Settings(NamedTuple):
    """What a client was opened with, as given; what was not given is taken from the environment at the opening."""

    url: Optional[str] = None
    namespace: Optional[str] = None
    label: Optional[str] = None
    timeout: float = 10.0
    connect_timeout: float = 5.0
    user: Optional[str] = None
    password: Optional[str] = None
    max_payload: int = MAX_PAYLOAD
    log: Optional[Callable[[int, str], object]] = None
    log_level: int = _log.INFO
    minimum_nodes: int = 0
    guardian: Union[bool, tuple[str, ...]] = False


class NativeOptions(Handle):
    """Client options of the library."""

    __slots__ = ()
    _free = functions.options_free

    def __init__(self, settings: Settings, sink: Optional[_log.Registration]) -> None:
        self._own(functions.options_new())
        set_ = self._set
        if settings.namespace is not None:
            set_(functions.options_set_namespace, "namespace", settings.namespace)
        if settings.label is not None:
            set_(functions.options_set_label, "label", settings.label)
        if settings.user is not None or settings.password is not None:
            user = None if settings.user is None else _calls.text(settings.user, "user")
            password = None if settings.password is None else _calls.text(settings.password, "password")
            _calls.check_setter(
                functions.options_set_credentials(self._pointer, user, password), "user or password", settings.user)
        functions.options_set_command_timeout_ms(
            self._pointer, _calls.duration_ms(settings.timeout, "timeout", 1, 600_000))
        functions.options_set_connect_timeout_ms(
            self._pointer, _calls.duration_ms(settings.connect_timeout, "connect_timeout", 1, 600_000))
        functions.options_set_max_payload(
            self._pointer, _calls.integer(settings.max_payload, "max_payload", 1, MAX_PAYLOAD))
        functions.options_set_minimum_nodes(
            self._pointer, _calls.integer(settings.minimum_nodes, "minimum_nodes", 0, MAX_NODES))
        if settings.guardian:
            self._set_guardian(settings.guardian)
        if sink is not None:
            level = _log.library_level(settings.log_level)
            functions.options_set_log(self._pointer, level, _log.function, sink.number)
        functions.options_set_interrupt(self._pointer, _interrupt.function, None)

    def _set(self, setter: Callable[..., int], what: str, value: str) -> None:
        _calls.check_setter(setter(self._pointer, _calls.text(value, what)), what, value)

    def _set_guardian(self, guardian: Union[bool, tuple[str, ...]]) -> None:
        if guardian is True:
            guardian = (sys.executable, "-m", "distcoord.guardian")
        arguments = [_calls.text(argument, "an argument of the guardian") for argument in guardian or ()]
        status = functions.options_set_guardian(
            self._pointer, (c_char_p * len(arguments))(*arguments), len(arguments))
        _calls.check_setter(status, "guardian (a program and its arguments)", guardian)
