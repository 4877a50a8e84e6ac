"""Tasks: functions that workers call."""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable, Coroutine, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Generic, Optional, TypeVar, Union

from .. import errors
from ..queues.push import Push
from . import _payload, current
from ._signature import Signature
from .handle import Handle
from .options import OF_CALLS, PushPlan, check_names, seconds

if sys.version_info >= (3, 10):
    from typing import ParamSpec

    P = ParamSpec("P")
elif TYPE_CHECKING:
    from typing_extensions import ParamSpec

    P = ParamSpec("P")
else:
    P = TypeVar("P")

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from typing_extensions import Literal, Unpack

    from .aio import AioSubmission
    from .application import App
    from .options import OneCallOptions

R = TypeVar("R")

_Prepared = tuple[bytes, dict[str, Any]]


class Submission(Generic[P, R]):
    """A task with options for its jobs. Made by `App.task`, by `App.external` for what other programs do, and by
    `options`."""

    def __init__(
        self, app: App, name: str, options: Mapping[str, Any], function: Optional[Callable[..., Any]],
        signature: Optional[Signature],
    ) -> None:
        self._app = app
        self._name = name
        self._options = dict(options)
        self._function = function
        self._signature = signature
        self._serializer: str = self._options.get("serializer", "json")
        self._queue_name: str = self._options.get("queue") or app.default_queue
        self._plan = PushPlan(self._options, name, function, signature)

    @property
    def name(self) -> str:
        """The name under which workers know the task."""
        return self._name

    @property
    def queue(self) -> str:
        """Name of the queue that its jobs go to."""
        return self._queue_name

    @property
    def app(self) -> App:
        """The app it belongs to."""
        return self._app

    # ------------------------------------------------------------ submitting

    def submit(self, /, *args: P.args, **kwargs: P.kwargs) -> Handle[R]:
        """Has the task called with these arguments by a worker, once one is free.

        Raises TypeError when the function does not take them, NotSerializable (also a TypeError) naming the part that
        cannot be sent, TooLarge, InvalidArgument: all before anything is sent. JobExists when the unique key or the id
        is taken, JobNotFound for an unknown id in `after`, ServerErrors.
        """
        return self._send(*self._prepared(args, kwargs))

    delay = submit

    @property
    def aio(self) -> AioSubmission[P, R]:
        """The same methods for coroutines: `await task.aio.submit(...)`."""
        from .aio import AioSubmission

        return AioSubmission(self)

    def map(self, values: Iterable[Any], /, **common: Any) -> list[Handle[R]]:
        """One job for each value, with `common` as further arguments by name, in few round trips. Handles in order.

        All are checked and written before the first is sent. Raises like `submit`; after a ServerError part of the jobs
        may have been pushed, and `pushed_ids` names those.
        """
        return self.starmap(((value,) for value in values), **common)

    def starmap(self, calls: Iterable[Iterable[Any]], /, **common: Any) -> list[Handle[R]]:
        """As `map`, for calls with several arguments by place: each of `calls` has those of one."""
        return self._send_all(self._all_prepared(calls, common))

    # ------------------------------------------------------------ what the methods above are made of

    def _prepared(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> _Prepared:
        """The payload of a call and the options of its push."""
        if self._signature is not None:
            self._signature.check(args, kwargs)
        payload = _payload.write_call(self._serializer, args, kwargs)
        inherited = current.inherited_headers() if current.running.get() is not None else {}
        return payload, self._plan.of(args, kwargs, inherited)

    def _all_prepared(self, calls: Iterable[Iterable[Any]], common: dict[str, Any]) -> list[_Prepared]:
        return [self._prepared(tuple(args), common) for args in calls]

    def _send(self, payload: bytes, push: dict[str, Any]) -> Handle[R]:
        app = self._app
        if app._inline is not None:
            return app._inline.submit(self, payload, push)
        queue = app.queue(self._queue_name)
        if app._buffer is not None and self._plan.unique is None:
            return Handle(app, queue, app._buffer.producer(self._queue_name).push(payload, **push), self)
        try:
            id = queue.push(payload, **push)
        except errors.JobExists as error:
            if not self._plan.gives_handle or not error.job_id:
                raise
            id = error.job_id
        return Handle(app, queue, id, self)

    def _send_all(self, prepared: list[_Prepared]) -> list[Handle[R]]:
        app = self._app
        if app._inline is not None or app._buffer is not None or self._plan.unique is not None:
            # With unique keys one by one: among many the answer would not say which job holds the key.
            return [self._send(payload, push) for payload, push in prepared]
        queue = app.queue(self._queue_name)
        common = self._plan.common
        if all(push is common for _, push in prepared):
            ids = queue._push_alike([payload for payload, _ in prepared], common)
        else:
            ids = queue.push_many([Push(payload, **push) for payload, push in prepared])
        return [Handle(app, queue, id, self) for id in ids]

    # ------------------------------------------------------------ with other options

    def options(self, **options: Unpack[OneCallOptions]) -> Submission[P, R]:
        """The task with other options for its jobs: `task.options(delay=60, priority=5).submit(...)`. See CallOptions
        and OneCallOptions for what there is."""
        check_names(options, OF_CALLS, "options()")
        return Submission(self._app, self._name, {**self._options, **options}, self._function, self._signature)

    # ------------------------------------------------------------ recurring

    def schedule(
        self, *, every: Union[float, timedelta, None] = None, cron: Optional[str] = None, time_zone: str = "UTC",
        start: Union[datetime, float, None] = None, missed: Literal["run_once", "skip"] = "run_once",
        name: Optional[str] = None, args: Iterable[Any] = (), kwargs: Optional[Mapping[str, Any]] = None,
    ) -> None:
        """Submits the task again and again: `every` so many seconds, or when the `cron` line says, in `time_zone`.
        However many processes say the same, there is one job for each tick. It goes on until `unschedule`.

        `name`: of the schedule in its queue, the task's if not given; the same name again replaces it. `missed`: what
        becomes of ticks while nothing ran. Raises like `submit`.
        """
        payload, push = self._prepared(tuple(args), dict(kwargs or {}))
        queue = self._app.queue(self._queue_name)
        queue.schedule(
            name or self._name, payload, every=seconds(every), cron=cron, time_zone=time_zone, start=start,
            missed=missed, **push)

    def unschedule(self, name: Optional[str] = None) -> bool:
        """Ends a schedule; whether there was one. Jobs that were submitted by it stay."""
        return self._app.queue(self._queue_name).unschedule(name or self._name)

    def __repr__(self) -> str:
        return f"<distcoord.{type(self).__name__} {self._name!r}>"


class Declared(Submission[P, R]):
    """A task of this program."""

    _function: Callable[..., Any]
    _signature: Signature
    _is_step = False  # as tasks of workflows are

    def _checked(self, value: Any) -> Any:
        return value

    def _has_added(self, job: object) -> bool:
        return False

    def __init__(self, app: App, name: str, options: Mapping[str, Any], function: Callable[..., Any]) -> None:
        super().__init__(app, name, options, function, Signature(function, name))
        self._interrupt = bool(self._options.get("interrupt", False))
        self._is_coroutine = inspect.iscoroutinefunction(function)
        functools.update_wrapper(self, function)  # type: ignore[arg-type]

    def __reduce__(self) -> Any:
        # By name, as functions: pickle checks that the name stands for this very object.
        return getattr(self, "__qualname__", self._name)


class Task(Declared[P, R]):
    """A function that workers call. Calling it calls the function, here and now."""

    def __call__(self, /, *args: P.args, **kwargs: P.kwargs) -> R:
        function: Callable[P, R] = self._function
        return function(*args, **kwargs)


class AsyncTask(Declared[P, R]):
    """A coroutine function that workers call. Calling it gives the coroutine, to be awaited here."""

    def __call__(self, /, *args: P.args, **kwargs: P.kwargs) -> Coroutine[Any, Any, R]:
        function: Callable[P, Coroutine[Any, Any, R]] = self._function
        return function(*args, **kwargs)


def declare(app: App, function: Callable[..., Any], options: Mapping[str, Any]) -> Union[
        Task[..., Any], AsyncTask[..., Any]]:
    """The task for a function."""
    if not callable(function):
        raise TypeError(f"a task is a function, not {type(function).__name__}")
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        raise TypeError(f"{function.__qualname__} is a generator, which gives no result to send")
    name = options.get("name") or getattr(function, "__name__", "")
    if not name or name == "<lambda>":
        raise ValueError("a task without a name needs name=")
    _payload.check_serializer(options.get("serializer", "json"), app.accept_pickle)
    kind = AsyncTask if inspect.iscoroutinefunction(function) else Task
    return kind(app, name, options, function)
