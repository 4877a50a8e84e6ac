"""Instances of a distributed run: the same program, started several times, works through one workflow together."""

from __future__ import annotations

from collections.abc import Iterable
from ctypes import byref, create_string_buffer
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any, NoReturn, Optional, Union

from .. import _abi, _calls, errors
from .._handles import Handle
from .._insisting import insist
from .._library import functions
from .._options import lease_ms
from ..queues.push import comma_list
from ..queues.queue import Queue, QueueOptions
from .run import Results, Run
from .summary import RunSummary, read_summary
from .workflow import Workflow

if TYPE_CHECKING:
    from ..client import Client

_MOST_INSTANCES = 100_000
_MOST_EXPIRY_MS = 30 * 86_400_000
_IDENTITY_CAPACITY = 129
_Error = _abi.distcoord_error


def run_identity(explicit: Optional[str] = None, with_attempt: bool = False) -> str:
    """The identity of this run: `explicit`; else the first that is there of the environment variables GITHUB_SHA,
    BUILD_SOURCEVERSION and CI_COMMIT_SHA; else what `git rev-parse HEAD` says; else a random UUID.

    `with_attempt`: whether to add which attempt of the pipeline it is, so that running it again is a new run; not to an
    explicit identity.
    """
    given = None if explicit is None else _calls.text(explicit, "explicit")
    buffer = create_string_buffer(_IDENTITY_CAPACITY)
    error = _Error()
    status = functions.run_identity(given, bool(with_attempt), buffer, _IDENTITY_CAPACITY, byref(error))
    _calls.check(status, error)
    return buffer.value.decode()


@dataclass(frozen=True)
class InstanceInfo:
    """An instance that lives."""

    index: int
    """Which it is, from 0."""
    worker: str
    """The identity of its client, as tasks tell who ran them (`TaskInfo.worker`)."""
    capabilities: tuple[str, ...]
    """What it has."""


@dataclass(frozen=True)
class InstanceOptions:
    """See `Client.join_run`."""

    identity: Optional[str] = None
    with_attempt: bool = False
    prefix: Optional[str] = None
    index: Optional[int] = None
    total: Optional[int] = None
    index_variable: Optional[str] = None
    total_variable: Optional[str] = None
    capabilities: Union[str, Iterable[str], None] = None
    lease: float = 10.0
    expiry: float = 3600.0
    fail_fast: bool = False


class _Options(Handle):
    """Options of instances of the library."""

    __slots__ = ()
    _free = functions.instance_options_free

    def __init__(self, given: InstanceOptions) -> None:
        self._own(functions.instance_options_new())
        pointer = self._pointer
        for value, set_, what in (
            (given.identity, functions.instance_options_set_identity, "identity (1 to 128 bytes)"),
            (given.prefix, functions.instance_options_set_prefix, "prefix (at most 128 bytes)"),
            (given.index_variable, functions.instance_options_set_index_variable, "index_variable"),
            (given.total_variable, functions.instance_options_set_total_variable, "total_variable"),
        ):
            if value is not None:
                _calls.check_setter(set_(pointer, _calls.text(value, what)), what, value)
        functions.instance_options_set_with_attempt(pointer, bool(given.with_attempt))
        if given.index is not None:
            functions.instance_options_set_index(
                pointer, _calls.integer(given.index, "index", 0, _MOST_INSTANCES - 1))
        if given.total is not None:
            functions.instance_options_set_total(pointer, _calls.integer(given.total, "total", 1, _MOST_INSTANCES))
        if given.capabilities is not None:
            names = comma_list(given.capabilities, "capabilities")
            status = functions.instance_options_set_capabilities(pointer, _calls.text(names, "capabilities"))
            _calls.check_setter(status, "capabilities (at most 64 names of letters, digits and ._+-:/)", names)
        functions.instance_options_set_lease_ms(pointer, lease_ms(given.lease))
        functions.instance_options_set_expiry_ms(
            pointer, _calls.duration_ms(given.expiry, "expiry", 10_000, _MOST_EXPIRY_MS))
        functions.instance_options_set_fail_fast(pointer, bool(given.fail_fast))


class _Native(Handle):
    """An instance of the library, which lives until nothing uses it any more."""

    __slots__ = ()
    _free = functions.instance_free

    def __init__(self) -> None:
        self._own(_abi.distcoord_instance())


def _not_freed(pointer: Any) -> None:
    """For what belongs to an instance."""


class _InstanceQueue(Queue):
    """The queue of an instance, which owns it."""

    __slots__ = ("_native",)
    _free = staticmethod(_not_freed)

    def __init__(self, client: Client, native: _Native, lease: float) -> None:
        self._native = native
        self._client = client
        self._options = QueueOptions(lease=lease)
        self._own(functions.instance_queue(native._pointer))
        self._name = functions.queue_name(self._pointer).decode()

    def __reduce__(self) -> NoReturn:
        raise TypeError("the queue of an instance belongs to its process and cannot be pickled")


class _InstanceRun(Run):
    """The run of an instance, which owns it."""

    __slots__ = ()
    _free = staticmethod(_not_freed)


class _Summary(Handle):
    __slots__ = ()
    _free = functions.run_summary_free

    def __init__(self) -> None:
        self._own(_abi.distcoord_run_summary())


class _List(Handle):
    """A list of instances of the library."""

    __slots__ = ()
    _free = functions.instance_list_free

    def __init__(self) -> None:
        self._own(_abi.distcoord_instance_list())

    def item(self, index: int) -> InstanceInfo:
        """One of its items."""
        pointer = self._pointer
        capabilities = functions.instance_list_capabilities(pointer, index).decode()
        return InstanceInfo(
            functions.instance_list_index(pointer, index), functions.instance_list_worker(pointer, index).decode(),
            tuple(capabilities.split(",")) if capabilities else ())


class Instance:
    """One instance of a distributed run, made by `Client.join_run`. It claims tasks from `queue` until the run has
    ended. `with` leaves the run at the end of the block. Belongs to its process."""

    __slots__ = ("_client", "_ended", "_given", "_native", "_results", "_waits", "__weakref__")

    _native: Optional[_Native]

    def __init__(
        self, client: Client, workflow: Workflow, options: InstanceOptions, results: Optional[Results] = None,
    ) -> None:
        self._client = client
        self._given = options
        self._results = results
        self._waits: list[None] = []
        given = _Options(options)
        native = _Native()
        error = _Error()
        status = functions.instance_join(
            client._pointer, workflow._pointer, given._pointer, byref(native._pointer), byref(error))
        self._ended = status == _abi.EXPIRED
        if status == _abi.EXISTS:
            functions.error_free(error)
            raise errors.about_run(
                errors.InstanceExists, "an instance with that index lives: each needs an index of its own, from 0",
                options.identity or "", status)
        if status not in (_abi.OK, _abi.EXPIRED):
            raise _calls.failure(status, error)
        self._native = native
        _calls.raise_due()

    def _open(self) -> _Native:
        native = self._native
        if native is None:
            error = errors.Closed(f"{self!r} has left the run")
            error.status = _abi.ERROR_CLOSED
            raise error
        return native

    @property
    def came_late(self) -> bool:
        """Whether the run had ended when it joined."""
        return self._ended

    @property
    def identity(self) -> str:
        """The identity of the run."""
        return functions.instance_identity(self._open()._pointer).decode()

    @property
    def index(self) -> int:
        """Which instance this is, from 0."""
        return functions.instance_index(self._open()._pointer)

    @property
    def total(self) -> int:
        """How many instances there are to be."""
        return functions.instance_total(self._open()._pointer)

    @property
    def is_coordinator(self) -> bool:
        """Whether this instance coordinates at the moment: it starts the run, and answers for it."""
        return functions.instance_is_coordinator(self._open()._pointer)

    @property
    def queue(self) -> Queue:
        """The queue to claim tasks from, with this instance's capabilities and lease. It keeps the instance in the run,
        as `run` does."""
        return _InstanceQueue(self._client, self._open(), self._given.lease)

    @property
    def run(self) -> Run:
        """The run. Until the coordinator has started it its methods raise RunNotFound."""
        native = self._open()
        return _InstanceRun._of(
            _InstanceQueue(self._client, native, self._given.lease), functions.instance_run(native._pointer),
            self._results)

    def wait(self, timeout: Optional[float] = -1) -> RunSummary:
        """Waits for the end of the run, also while it has not been started: at most `timeout` seconds, -1 (or None) for
        ever, 0 looks once. Raises RunTimeout, Conflict when another workflow runs under this identity, RunLost when the
        run was there and its keys are gone, Cancelled, ServerErrors.
        """
        native, summary = self._open(), _Summary()
        error = _Error()
        self._waits.append(None)
        try:
            status = functions.instance_wait(
                native._pointer, _calls.wait_ms(timeout), byref(summary._pointer), byref(error))
        finally:
            self._waits.pop()
        if status == _abi.TIMED_OUT:
            raise errors.about_run(
                errors.RunTimeout, f"run {self.identity} has not ended in time", self.identity, status)
        if status == _abi.LOST:
            raise errors.about_run(
                errors.RunLost, f"all that the server knew of run {self.identity} is gone", self.identity, status)
        _calls.check(status, error)
        return read_summary(summary._pointer)

    def members(self) -> list[InstanceInfo]:
        """The instances that live, by index."""
        listed = _List()
        error = _Error()
        _calls.check(functions.instance_members(self._open()._pointer, byref(listed._pointer), byref(error)), error)
        return [listed.item(index) for index in range(functions.instance_list_count(listed._pointer))]

    def cancel(self) -> None:
        """Ends the waits in progress on this handle, each with Cancelled. It does not stop the run."""
        functions.instance_cancel(self._open()._pointer)

    def leave(self) -> None:
        """Leaves the run, which goes on by others, and ends the waits in progress. What of `queue` and `run` is still
        in use keeps the instance in the run until that is dropped. Leaving twice is allowed."""
        native, self._native = self._native, None
        if native is not None and self._waits:
            functions.instance_cancel(native._pointer)
            held = native  # until the waits have ended
            insist(lambda: functions.instance_cancel(held._pointer), lambda: not self._waits)

    def __enter__(self) -> Instance:
        return self

    def __exit__(
        self, kind: Optional[type[BaseException]], value: Optional[BaseException], trace: Optional[TracebackType],
    ) -> None:
        self.leave()

    def __repr__(self) -> str:
        if self._native is None:
            return "<distcoord.Instance that has left>"
        return f"<distcoord.Instance {self.index} of {self.total} of run {self.identity!r}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("an instance belongs to its process and cannot be pickled")
