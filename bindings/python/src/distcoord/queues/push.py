"""What can be said of a job when it is pushed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from ctypes import c_char_p
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, Optional, TypedDict, Union

from .. import _abi, _calls, errors
from .._handles import Handle
from .._library import functions

if TYPE_CHECKING:
    from datetime import datetime

    from typing_extensions import Literal

    from ..aio.queues import Batch as AioBatch
    from .batch import Batch

    AnyBatch = Union[Batch, AioBatch, str]
    UniqueMode = Literal["refuse", "replace", "extend"]
    OnFailure = Literal["fail", "skip", "run"]

DAY_MS = 86_400_000
_MOST_AFTER = 1_000

_UNIQUE_MODES = {
    "refuse": _abi.UNIQUE_REFUSE, "replace": _abi.UNIQUE_REPLACE, "extend": _abi.UNIQUE_EXTEND}
_ON_FAILURE = {
    "fail": _abi.DEPENDENCY_FAIL, "skip": _abi.DEPENDENCY_SKIP, "run": _abi.DEPENDENCY_RUN}


class MoreOptions(TypedDict, total=False):
    """The options of a push that are given by keyword only; `Push` says what they mean."""

    at: Union[datetime, float, None]
    timeout: Optional[float]
    content_type: str
    headers: Optional[Mapping[str, str]]
    unique: Optional[str]
    unique_mode: UniqueMode
    concurrency_key: Optional[str]
    capabilities: Union[str, Iterable[str]]
    capability_timeout: Optional[float]
    pool: str
    worker: Optional[str]
    after: Iterable[str]
    on_failure: OnFailure
    batch: Optional[AnyBatch]


class PushOptions(MoreOptions, total=False):
    """All options of a push; `Push` says what they mean."""

    task: str
    priority: int
    delay: float
    id: Optional[str]
    retries: int
    backoff: float
    backoff_max: float
    result_ttl: float


class Push(NamedTuple):
    """One job for `Queue.push_many`; the fields are the arguments of `Queue.push` and of all that push."""

    payload: _calls.Payload
    """The job: bytes, or str, which is sent as UTF-8."""
    task: str = ""
    """What kind of work it is, at most 255 bytes; workers choose their code by it."""
    priority: int = 0
    """Higher goes first; any 32-bit number."""
    delay: float = 0
    """Seconds before it may be claimed, up to 10 years."""
    id: Optional[str] = None
    """The caller's own id, 1 to 128 bytes; None for a new one."""
    retries: int = 3
    """Attempts after the first, 0 to 254."""
    backoff: float = 1.0
    """Seconds before the first retry; it doubles with each further one up to `backoff_max`, and is drawn between half
    of that and the whole."""
    backoff_max: float = 300.0
    """Up to one day."""
    result_ttl: float = 600.0
    """Seconds for which result or error are kept after the end, up to 30 days; 0: only those who wait are told."""
    at: Union[datetime, float, None] = None
    """The moment before which it may not be claimed, by the server's clock, in place of a delay: a datetime with a time
    zone, or seconds since 1970. One in the past is now."""
    timeout: Optional[float] = None
    """Seconds that one attempt may take, 0.01 to 30 days; after that it has failed. None for no limit."""
    content_type: str = ""
    """What the payload is, for instance "application/json". Only carried along."""
    headers: Optional[Mapping[str, str]] = None
    """Names and values that travel with the job, for instance a trace context; up to 16 384 bytes in all."""
    unique: Optional[str] = None
    """A key under which only one job of the queue waits or runs."""
    unique_mode: UniqueMode = "refuse"
    """What a push gets whose unique key is taken. "refuse": JobExists, whose `job_id` is the other job. "replace": the
    other is cancelled if it waits; if it runs, this one, which must wait for no others, runs after it, and of several
    such the last alone. "extend": JobExists, and the other, if it has not begun, waits for its delay anew, that of this
    push."""
    concurrency_key: Optional[str] = None
    """A key of which only so many jobs run at the same time as `Queue.set_key_limit` allows, 1 unless set. The others
    wait aside, in order, and keep nobody else waiting."""
    capabilities: Union[str, Iterable[str]] = ""
    """What a worker must have to be given the job, all of it: up to 16 names of letters, digits and "._+-:/", in any
    case; also as one text with commas."""
    capability_timeout: Optional[float] = 300.0
    """Seconds, 1 to 30 days, that it waits while no worker with its capabilities lives; after that it is dead. None (or
    -1) waits for ever."""
    pool: str = ""
    """The pool whose workers alone are given the job."""
    worker: Optional[str] = None
    """The worker whose own queue it goes to. Not together with capabilities, a pool or a concurrency key."""
    after: Iterable[str] = ()
    """Ids of up to 1 000 jobs of the same queue that must have ended before it may be claimed."""
    on_failure: OnFailure = "fail"
    """What becomes of it when one of `after` does not complete: it is dead ("fail"), it has ended without being a
    failure ("skip"), or it runs all the same when all have ended ("run")."""
    batch: Optional[AnyBatch] = None
    """The batch that it belongs to, or its id."""


_FIRST = 9  # the place of the first field that is given by keyword only
_DEFAULTS = Push(b"")
PLAIN: tuple[Any, ...] = _DEFAULTS[1:_FIRST]
"""The defaults of the options that may be given by place, which the library needs not be told."""
_PLAIN_MORE: tuple[Any, ...] = _DEFAULTS[_FIRST:]
_MORE: tuple[str, ...] = Push._fields[_FIRST:]
_OWN = frozenset({"at", "headers", "unique", "after"})  # what hardly two jobs have alike


class JobOptions(Handle):
    """Job options of the library; unchanged after the constructor, so any number of pushes may use them at once."""

    __slots__ = ()
    _free = functions.job_options_free

    def __init__(self, push: Push) -> None:
        self._own(functions.job_options_new())
        self._set_kind(push)
        self._set_time(push)
        self._set_attempts(push)
        self._set_place(push)
        self._set_ties(push)

    # Only what differs from the default is set: a job with options of its own costs little more than one without.

    def _set_kind(self, push: Push) -> None:
        options = self._pointer
        if push.id is not None:
            status = functions.job_options_set_id(options, _calls.text(push.id, "id"))
            _calls.check_setter(status, "id (1 to 128 bytes without control characters)", push.id)
        if push.task != "":
            status = functions.job_options_set_task(options, _calls.text(push.task, "task"))
            _calls.check_setter(status, "task (at most 255 bytes without control characters)", push.task)
        if push.priority != 0:
            functions.job_options_set_priority(
                options, _calls.integer(push.priority, "priority", -(2**31), 2**31 - 1))
        if push.content_type != "":
            status = functions.job_options_set_content_type(options, _calls.text(push.content_type, "content_type"))
            _calls.check_setter(status, "content_type (at most 255 bytes without control characters)",
                                push.content_type)
        for name, value in (push.headers or {}).items():
            status = functions.job_options_set_header(
                options, _calls.text(name, "a header's name"), _calls.text(value, f"the header {name!r}"))
            _calls.check_setter(status, "a header (a name of 1 to 255 bytes, 16 384 bytes in all)", name)

    def _set_time(self, push: Push) -> None:
        if push.delay != 0:
            if push.at is not None:
                raise errors.invalid("a job has either a delay or a time `at` which it may be claimed, not both")
            delay = _calls.duration_ms(push.delay, "delay", 0, 3650 * DAY_MS)
            _calls.check_setter(functions.job_options_set_delay_ms(self._pointer, delay), "delay", push.delay)
        if push.at is not None:
            status = functions.job_options_set_at_ms(self._pointer, _calls.moment_ms(push.at, "at"))
            _calls.check_setter(status, "at", push.at)
        if push.timeout:
            timeout = _calls.duration_ms(push.timeout, "timeout", 10, 30 * DAY_MS)
            functions.job_options_set_timeout_ms(self._pointer, timeout)

    def _set_attempts(self, push: Push) -> None:
        options = self._pointer
        if push.retries != _DEFAULTS.retries:
            functions.job_options_set_max_attempts(options, _calls.integer(push.retries, "retries", 0, 254) + 1)
        if push.backoff != _DEFAULTS.backoff or push.backoff_max != _DEFAULTS.backoff_max:
            first = _calls.duration_ms(push.backoff, "backoff", 0, DAY_MS)
            # A first delay above the default limit lifts the limit; only a limit that was given can be contradicted.
            if push.backoff_max == _DEFAULTS.backoff_max:
                most = max(first, 300_000)
            else:
                most = _calls.duration_ms(push.backoff_max, "backoff_max", first, DAY_MS)
            functions.job_options_set_backoff_ms(options, first, most)
        if push.result_ttl != _DEFAULTS.result_ttl:
            functions.job_options_set_result_ttl_ms(
                options, _calls.duration_ms(push.result_ttl, "result_ttl", 0, 30 * DAY_MS))

    def _set_place(self, push: Push) -> None:
        """Who is given the job."""
        options = self._pointer
        if push.capabilities:
            names = comma_list(push.capabilities, "capabilities")
            _calls.check_setter(
                functions.job_options_set_capabilities(options, _calls.text(names, "capabilities")),
                "capabilities (at most 16 names of letters, digits and ._+-:/)", names)
        if push.capability_timeout != _DEFAULTS.capability_timeout:
            limit = push.capability_timeout
            functions.job_options_set_capability_timeout_ms(
                options,
                -1 if limit is None or limit == -1
                else _calls.duration_ms(limit, "capability_timeout", 1_000, 30 * DAY_MS))
        if push.pool:
            status = functions.job_options_set_pool(options, _calls.text(push.pool, "pool"))
            _calls.check_setter(status, "pool (at most 59 letters, digits and ._+-:/)", push.pool)
        if push.concurrency_key is not None:
            status = functions.job_options_set_concurrency_key(
                options, _calls.text(push.concurrency_key, "concurrency_key"))
            _calls.check_setter(status, "concurrency_key (a name, not together with a worker)", push.concurrency_key)
        if push.worker is not None:
            status = functions.job_options_set_worker(options, _calls.text(push.worker, "worker"))
            _calls.check_setter(
                status, "worker (a name, not together with capabilities, a pool or a concurrency key)", push.worker)

    def _set_ties(self, push: Push) -> None:
        """Which other jobs it has to do with."""
        options = self._pointer
        if push.unique is not None or push.unique_mode != _DEFAULTS.unique_mode:
            mode = _calls.choice(push.unique_mode, "unique_mode", _UNIQUE_MODES)
            key = None if push.unique is None else _calls.text(push.unique, "unique")
            status = functions.job_options_set_unique(options, key, mode)
            _calls.check_setter(status, "unique (a key of 1 to 512 bytes without control characters)", push.unique)
        mode = _calls.choice(push.on_failure, "on_failure", _ON_FAILURE)
        if push.after:
            if isinstance(push.after, str):
                raise TypeError("after must be several ids, not one str")
            ids = [_calls.text(id, "an id in after") for id in push.after]
            _calls.integer(len(ids), "the number of ids in after", 0, _MOST_AFTER)
            status = functions.job_options_set_after(options, (c_char_p * len(ids))(*ids), len(ids), mode)
            _calls.check_setter(status, "after (ids of jobs)", push.after)
        if push.batch is not None:
            id = batch_id(push.batch)
            status = functions.job_options_set_batch(options, _calls.text(id, "batch"))
            _calls.check_setter(status, "batch (a batch, or its id)", id)


def comma_list(names: Union[str, Iterable[str]], what: str) -> str:
    """Capabilities as the library takes them."""
    if isinstance(names, str):
        return names
    parts = list(names)
    for part in parts:
        if not isinstance(part, str):
            raise TypeError(f"{what} must be str, not {type(part).__name__}")
        if "," in part:
            raise errors.invalid(f"{what}: a name has no comma: {part!r}")
    return ",".join(parts)


def batch_id(batch: AnyBatch) -> str:
    """The id of a batch that is given as itself or by its id."""
    return batch if isinstance(batch, str) else batch.id


@lru_cache(maxsize=64)
def _shared(values: tuple[Any, ...], more: tuple[tuple[str, Any], ...]) -> JobOptions:
    """Options that many jobs have alike, made once."""
    return JobOptions(Push(b"", *values, **dict(more)))


def options_of(values: tuple[Any, ...], more: Mapping[str, Any]) -> Optional[JobOptions]:
    """The library's options for a push; None for the defaults. `values`: those that may be given by place, all of
    them; `more`: of the others those that were given.
    """
    if not more:
        if values == PLAIN:
            return None
        return _shared(values, ()) if values[3] is None else JobOptions(Push(b"", *values))
    if values[3] is not None or not _OWN.isdisjoint(more):
        return JobOptions(Push(b"", *values, **more))
    alike = dict(more)
    if "capabilities" in alike:
        alike["capabilities"] = comma_list(alike["capabilities"], "capabilities")
    if alike.get("batch") is not None:
        alike["batch"] = batch_id(alike["batch"])
    return _shared(values, tuple(alike.items()))


def options_of_push(push: Push) -> Optional[JobOptions]:
    """The same for a `Push`."""
    rest = push[_FIRST:]
    if rest == _PLAIN_MORE:
        return options_of(push[1:_FIRST], {})
    more = {name: value for name, value, plain in zip(_MORE, rest, _PLAIN_MORE) if value != plain}
    return options_of(push[1:_FIRST], more)


def options_from(fields: Mapping[str, Any]) -> Optional[JobOptions]:
    """The same for any of the fields by name."""
    return options_of_push(Push(b"", **fields))
