"""What can be said of a task, and of one call of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Optional, TypedDict, Union

from .. import errors
from .._locked import _Names
from . import _json, _payload
from ._signature import Signature

if TYPE_CHECKING:
    from datetime import datetime

    from typing_extensions import Literal

    from ..queues.batch import Batch
    from ..queues.push import OnFailure
    from .handle import Handle

    TaskUniqueMode = Literal["refuse", "replace", "extend", "join"]

Span = Union[float, timedelta]
"""Seconds, or a timedelta."""


class CallOptions(TypedDict, total=False):
    """Options of single calls and of tasks; what is not given is as the task says, or as `Push` does.

    `queue`: name of the queue. `priority`: higher goes first. `retries`: attempts after the first. `backoff`,
    `backoff_max`: seconds before the first retry, and the most that they double to. `timeout`: seconds that one attempt
    may take. `result_ttl`: seconds for which the result is kept. `capabilities`, `capability_timeout`, `pool`: which
    workers are given it. `headers`: names and values that travel along.

    `unique`: only one job of the queue with the same key waits or runs. True: the key is the task and its arguments. A
    text: the task and that text, in which `{name}` stands for an argument. A callable: what it makes of the arguments,
    shared with other tasks that give the same. `unique_mode`, what a submission gets whose key is taken: "refuse",
    JobExists with its `job_id`; "join", a handle on the job that is there; "extend", the same, and if that job has not
    begun it waits for its delay anew; "replace", its own job, and the other is cancelled if it waits.

    `concurrency_key`: a text or callable as for `unique`, but taken as it is; of one key only so many jobs run at a
    time as `Queue.set_key_limit` allows, one unless set.
    """

    queue: str
    priority: int
    retries: int
    backoff: Span
    backoff_max: Span
    timeout: Optional[Span]
    result_ttl: Span
    capabilities: Union[str, Iterable[str]]
    capability_timeout: Optional[Span]
    pool: str
    headers: Mapping[str, str]
    unique: Union[bool, str, Callable[..., str], None]
    unique_mode: TaskUniqueMode
    concurrency_key: Union[str, Callable[..., str], None]


class TaskOptions(CallOptions, total=False):
    """Options of `App.task`.

    `name`: under which workers know the task; the function's name if not given. `serializer`: "json", "pickle" or
    "cloudpickle"; the latter two need `App(accept_pickle=True)`. `interrupt`: whether a thread that runs the task is
    interrupted, by JobStopped at its next step in Python, when the job is cancelled or out of time; without it a
    function has to look at `current_job().stop_requested`. Coroutines are always cancelled.
    """

    name: str
    serializer: Literal["json", "pickle", "cloudpickle"]
    interrupt: bool


class OneCallOptions(CallOptions, total=False):
    """Options of `options` alone, since they are about one job.

    `delay`: seconds before it may run. `at`: the moment before which it may not: a datetime with a time zone, or
    seconds since 1970. `after`: handles or ids of jobs of the same queue that must have ended before. `on_failure`:
    what becomes of it when one of those does not complete: "fail", "skip" or "run". `batch`: the batch it belongs to.
    `id`: the caller's own id. `worker`: the worker whose own queue it goes to.
    """

    delay: Span
    at: Union[datetime, float, None]
    after: Iterable[Union[Handle[Any], str]]
    on_failure: OnFailure
    batch: Union[Batch, str, None]
    id: Optional[str]
    worker: Optional[str]


OF_TASKS = frozenset({
    "queue", "priority", "retries", "backoff", "backoff_max", "timeout", "result_ttl", "capabilities",
    "capability_timeout", "pool", "headers", "unique", "unique_mode", "concurrency_key",
})
OF_DECLARATIONS = OF_TASKS | {"name", "serializer", "interrupt"}
OF_CALLS = OF_TASKS | {"delay", "at", "after", "on_failure", "batch", "id", "worker"}

_SPANS = frozenset({
    "backoff", "backoff_max", "timeout", "result_ttl", "capability_timeout", "delay",
})
# What is not handed on to the push as it is.
_OWN = frozenset({"queue", "name", "serializer", "interrupt", "unique", "concurrency_key", "after", "headers"})
_UNIQUE_MODES = ("refuse", "replace", "extend", "join")


def check_names(options: Mapping[str, Any], known: frozenset[str], what: str) -> None:
    """Raises TypeError for an option that there is not."""
    for name in options:
        if name not in known:
            raise TypeError(f"{what} has no option {name!r}; it has {', '.join(sorted(known))}")


def seconds(value: Any) -> Any:
    """Seconds of a timedelta; everything else is seconds already."""
    return value.total_seconds() if isinstance(value, timedelta) else value


Key = Callable[[tuple[Any, ...], dict[str, Any]], str]


class PushPlan:
    """How the jobs of a task, or of one `options(...)`, are pushed: worked out once for all of them."""

    __slots__ = ("common", "unique", "concurrency_key", "headers", "gives_handle")

    def __init__(
        self, options: Mapping[str, Any], task: str, function: Optional[Callable[..., Any]],
        signature: Optional[Signature],
    ) -> None:
        serializer = options.get("serializer", "json")
        self.common: dict[str, Any] = {"task": task, "content_type": _payload.SERIALIZERS[serializer]}
        for name, value in options.items():
            if name not in _OWN:
                self.common[name] = seconds(value) if name in _SPANS else value
        mode = self.common.get("unique_mode", "refuse")
        if mode not in _UNIQUE_MODES:
            raise ValueError(f"unique_mode must be one of {', '.join(map(repr, _UNIQUE_MODES))}, not {mode!r}")
        self.gives_handle = mode in ("join", "extend")
        if mode == "join":
            self.common["unique_mode"] = "refuse"
        self.headers: Mapping[str, str] = options.get("headers") or {}
        self.unique: Optional[Key] = None
        self.concurrency_key: Optional[Key] = None
        unique, key = options.get("unique"), options.get("concurrency_key")
        if unique is True:
            self.unique = _of_arguments(task, signature)
        elif unique:
            self.unique = _key(unique, "unique", f"{task}:", function)
        if not unique:
            self.common.pop("unique_mode", None)
        if key:
            self.concurrency_key = _key(key, "concurrency_key", "", function)
        after = options.get("after")
        if after is not None:
            if isinstance(after, str):
                raise TypeError("after must be several handles or ids, not one str")
            self.common["after"] = tuple(each if isinstance(each, str) else each.id for each in after)

    def of(self, args: tuple[Any, ...], kwargs: dict[str, Any], inherited: Mapping[str, str]) -> dict[str, Any]:
        """The options of the push of one call."""
        if self.unique is None and self.concurrency_key is None and not self.headers and not inherited:
            return self.common
        push = dict(self.common)
        if self.unique is not None:
            push["unique"] = self.unique(args, kwargs)
        if self.concurrency_key is not None:
            push["concurrency_key"] = self.concurrency_key(args, kwargs)
        if self.headers or inherited:
            push["headers"] = {**inherited, **self.headers}
        return push


def _key(
    given: Union[str, Callable[..., str]], what: str, prefix: str, function: Optional[Callable[..., Any]],
) -> Key:
    if callable(given):
        make = given

        def called(args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
            key = make(*args, **kwargs)
            if not isinstance(key, str):
                raise TypeError(f"{what} must give a str, not {type(key).__name__}")
            return key

        return called
    if not isinstance(given, str):
        raise TypeError(f"{what} must be a text or a callable, not {type(given).__name__}")
    if function is None:
        text = prefix + given
        return lambda args, kwargs: text
    try:
        names = _Names(given, function)
    except errors.InvalidArgument as error:
        raise errors.invalid(f"{what}: {error}") from None
    return lambda args, kwargs: prefix + names.of(args, kwargs)


def _of_arguments(task: str, signature: Optional[Signature]) -> Key:
    """The same for calls that mean the same, however they are written."""

    def key(args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
        arguments: Any = [list(args), kwargs] if signature is None else dict(signature.bound(args, kwargs).arguments)
        text = json.dumps(_json.prepared(arguments, "arguments"), sort_keys=True)
        return f"{task}:{hashlib.sha256(text.encode()).hexdigest()[:32]}"

    return key
