"""Workflows: graphs of tasks, as the C interface builds them. An `App` makes them of functions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from ctypes import byref
from typing import TYPE_CHECKING, Any, NoReturn, Optional, TypedDict, Union

from .. import _abi, _calls, errors
from .._handles import Handle
from .._library import functions
from ..queues.push import DAY_MS, JobOptions, Push
from .run import Results, Run

if TYPE_CHECKING:
    from typing_extensions import Literal, Unpack

    from ..queues.queue import Queue

    Policy = Literal["all", "best_effort", "at_least"]

_POLICIES = {
    "all": _abi.GROUP_ALL, "best_effort": _abi.GROUP_BEST_EFFORT, "at_least": _abi.GROUP_AT_LEAST}
_MOST_MEMBERS = 2**31 - 1
_MOST_ROUNDS = 10_000
_YEAR_MS = 365 * DAY_MS
_Error = _abi.distcoord_error


class NodeOptions(TypedDict, total=False):
    """Options of tasks and maps; `Push` says what they mean, but that there are no retries unless some are asked for.
    `task`: under which name workers know what to do, the node's if not given."""

    task: str
    priority: int
    delay: float
    retries: int
    backoff: float
    backoff_max: float
    timeout: Optional[float]
    capabilities: Union[str, Iterable[str]]
    capability_timeout: Optional[float]
    pool: str
    worker: Optional[str]
    concurrency_key: Optional[str]
    content_type: str
    headers: Optional[Mapping[str, str]]


class Workflow(Handle):
    """A graph of tasks, maps and groups, built node by node, and started with `Queue.start`, any number of times.

    A node begins when all that it needs have ended, none of them badly, and at least one succeeded; when all were
    skipped it is skipped, too, and when one ended badly it is blocked. Names are unique within the workflow, 1 to 200
    bytes, without "[" and "]". For one thread at a time.
    """

    __slots__ = ()
    _free = functions.workflow_free

    def __init__(self, name: str) -> None:
        self._own(_abi.distcoord_workflow())
        error = _Error()
        _calls.check(
            functions.workflow_new(_calls.text(name, "name"), byref(self._pointer), byref(error)), error)

    # ------------------------------------------------------------ nodes

    def add_task(
        self, name: str, arguments: _calls.Payload = b"", *, group: Optional[str] = None, needs: Iterable[str] = (),
        always: bool = False, language: str = "", **options: Unpack[NodeOptions],
    ) -> None:
        """Adds a task. `arguments`: what its worker is given as payload. `group`: the group it belongs to, added
        before. `needs`: names of nodes that must have ended before. `always`: run whatever became of those, also when
        the run is being stopped. `language`: of its workers, "" for any. Raises InvalidArgument.
        """
        data = _calls.payload_bytes(arguments)
        native = _options_of(options)
        error = _Error()
        status = functions.workflow_add_task(
            self._pointer, _name(name), _optional(group, "group"), data, len(data), native._pointer, byref(error))
        _calls.check(status, error)
        self._describe(name, needs, always, language)

    def add_map(
        self, name: str, items: Optional[_calls.Payload] = None, arguments: _calls.Payload = b"", *,
        source: Optional[str] = None, group: Optional[str] = None, needs: Iterable[str] = (), always: bool = False,
        language: str = "", policy: Policy = "all", at_least: Optional[int] = None, **options: Unpack[NodeOptions],
    ) -> None:
        """Adds a map: one task, "name[0]", "name[1]" and so on, for each item of a JSON array: `items`, or the result
        of the node `source`. See `add_task`, and `add_group` for the policy."""
        data = _calls.payload_bytes(arguments)
        literal = None if items is None else _json_text(items)
        native = _options_of(options)
        error = _Error()
        status = functions.workflow_add_map(
            self._pointer, _name(name), _optional(group, "group"), _optional(source, "source"), literal, data,
            len(data), native._pointer, byref(error))
        _calls.check(status, error)
        self._set_policy(name, policy, at_least)
        self._describe(name, needs, always, language)

    def add_group(
        self, name: str, *, group: Optional[str] = None, needs: Iterable[str] = (), always: bool = False,
        policy: Policy = "all", at_least: Optional[int] = None,
    ) -> None:
        """Adds a group, whose members begin when it does; it ends when all of them have ended. It has succeeded when
        none of them ended badly ("all"), always ("best_effort"), or when `at_least` so many of them succeeded."""
        error = _Error()
        status = functions.workflow_add_group(self._pointer, _name(name), _optional(group, "group"), byref(error))
        _calls.check(status, error)
        self._set_policy(name, policy, at_least)
        self._describe(name, needs, always, "")

    def add_need(self, name: str, needed: str) -> None:
        """Says that a node needs another to have ended; either may be added later."""
        error = _Error()
        _calls.check(functions.workflow_add_need(self._pointer, _name(name), _name(needed), byref(error)), error)

    def add_loop(self, first: str, last: str, at_most: int) -> None:
        """Lets the nodes from `first` to `last` run again when the worker of `last` asks for it (`RunTask.repeat`):
        `at_most` so many rounds in all, up to 10 000."""
        rounds = _calls.integer(at_most, "at_most", 1, _MOST_ROUNDS)
        error = _Error()
        status = functions.workflow_add_loop(self._pointer, _name(first), _name(last), rounds, byref(error))
        _calls.check(status, error)

    def _set_policy(self, name: str, policy: str, at_least: Optional[int]) -> None:
        number, least = policy_of(policy, at_least)
        if number != _abi.GROUP_ALL:
            error = _Error()
            _calls.check(
                functions.workflow_set_policy(self._pointer, _name(name), number, least, byref(error)), error)

    def _describe(self, name: str, needs: Iterable[str], always: bool, language: str) -> None:
        if isinstance(needs, str):
            raise TypeError("needs must be several names, not one str")
        for needed in needs:
            self.add_need(name, needed)
        if always:
            error = _Error()
            _calls.check(functions.workflow_set_always(self._pointer, _name(name), True, byref(error)), error)
        if language:
            error = _Error()
            status = functions.workflow_set_language(
                self._pointer, _name(name), _calls.text(language, "language"), byref(error))
            _calls.check(status, error)

    # ------------------------------------------------------------ looking at it

    def validate(self) -> None:
        """Checks the whole: unknown names, needs in a circle, nodes that could never begin, loops that cross. Raises
        InvalidArgument, which names all that was found, one per line, each with the path. Starting checks, too."""
        error = _Error()
        _calls.check(functions.workflow_validate(self._pointer, byref(error)), error)

    def check_capabilities(self, queue: Queue) -> None:
        """Checks that workers that were heard of in the last minute have what the tasks require. Raises NoSuchWorker
        naming each task that nobody could run on that queue, and what is missing."""
        error = _Error()
        status = functions.workflow_check_capabilities(self._pointer, queue._pointer, byref(error))
        if status == _abi.ERROR_INVALID_ARGUMENT:
            missing = errors.NoSuchWorker(str(_calls.failure(status, error)))
            missing.status = status
            raise missing
        _calls.check(status, error)

    @property
    def name(self) -> str:
        """Its name."""
        return functions.workflow_name(self._pointer).decode()

    @property
    def nodes(self) -> list[str]:
        """The names of its nodes, in the order in which they were added."""
        pointer = self._pointer
        return [functions.workflow_node(pointer, index).decode() for index in range(len(self))]

    @property
    def fingerprint(self) -> str:
        """SHA-256 of what it says, the same wherever the same graph is built."""
        return functions.workflow_fingerprint(self._pointer).decode()

    def __len__(self) -> int:
        return functions.workflow_count(self._pointer)

    def __bool__(self) -> bool:
        return True  # also without nodes

    def __repr__(self) -> str:
        return f"<distcoord.Workflow {self.name!r} {len(self)} nodes>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a workflow cannot be pickled; build it again, or send the id of a run")


class _RunOptions(Handle):
    """Options of runs of the library."""

    __slots__ = ()
    _free = functions.run_options_free

    def __init__(self, id: Optional[str], retention: Optional[float], fail_fast: bool) -> None:
        self._own(functions.run_options_new())
        if id is not None:
            status = functions.run_options_set_id(self._pointer, _calls.text(id, "id"))
            _calls.check_setter(status, "id (1 to 128 bytes without control characters)", id)
        if retention is not None:
            functions.run_options_set_retention_ms(
                self._pointer, _calls.duration_ms(retention, "retention", 1_000, _YEAR_MS))
        functions.run_options_set_fail_fast(self._pointer, bool(fail_fast))


def start(
    queue: Queue, workflow: Workflow, id: Optional[str], retention: Optional[float], fail_fast: bool, join: bool,
    results: Optional[Results] = None,
) -> Run:
    """See `Queue.start`."""
    options = _RunOptions(id, retention, fail_fast)
    run = Run._of(queue, _abi.distcoord_run(), results)
    error = _Error()
    status = functions.run_start(
        queue._pointer, workflow._pointer, options._pointer, byref(run._pointer), byref(error))
    if status == _abi.EXISTS and join:
        _calls.raise_due()
        return run
    if status == _abi.EXISTS:
        raise errors.about_run(errors.RunExists, f"there is a run {id!r} already", id or "", status)
    _calls.check(status, error)
    return run


def policy_of(policy: str, at_least: Optional[int]) -> tuple[int, int]:
    """The library's numbers for when a group has succeeded."""
    if at_least is not None:
        if policy not in ("all", "at_least"):
            raise errors.invalid(f"at_least goes with the policy 'at_least', not with {policy!r}")
        return _abi.GROUP_AT_LEAST, _calls.integer(at_least, "at_least", 1, _MOST_MEMBERS)
    number = _calls.choice(policy, "policy", _POLICIES)
    if number == _abi.GROUP_AT_LEAST:
        raise errors.invalid("the policy 'at_least' needs at_least=, how many members must succeed")
    return number, 0


def _options_of(options: Mapping[str, Any]) -> JobOptions:
    for name in options:
        if name not in NodeOptions.__annotations__:
            known = ", ".join(sorted(NodeOptions.__annotations__))
            raise TypeError(f"a task of a workflow has no option {name!r}; it has {known}")
    retries = options.get("retries", 0)
    native = JobOptions(Push(b"", **{**options, "retries": retries}))
    # What is the default of jobs is not set there, and is not the default here.
    functions.job_options_set_max_attempts(native._pointer, _calls.integer(retries, "retries", 0, 254) + 1)
    return native


def _json_text(items: _calls.Payload) -> bytes:
    data = _calls.payload_bytes(items)
    if b"\0" in data:
        raise errors.invalid("items contains a NUL character")
    return data


def _name(name: str) -> bytes:
    return _calls.text(name, "name")


def _optional(name: Optional[str], what: str) -> Optional[bytes]:
    return None if name is None else _calls.text(name, what)
