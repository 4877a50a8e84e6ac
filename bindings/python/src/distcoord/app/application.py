"""An app: tasks, and the client that they go through."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType, TracebackType
from typing import TYPE_CHECKING, Any, Optional, Protocol, Union, overload

from .. import _abi, errors
from .._calls import end_block
from .handle import Handle
from .options import OF_DECLARATIONS, check_names
from .task import AsyncTask, P, R, Submission, Task, declare

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from typing_extensions import Self, Unpack

    from ..aio.queues import Queue as AioQueue
    from ..client import Client
    from ..queues.batch import Batch
    from ..queues.queue import Queue
    from ..workflows.run import Run
    from ..workflows.summary import RunInfo
    from ._buffer import Buffer
    from ._inline import Inline
    from .flows.template import WorkflowTask
    from .flows.workflow import AppWorkflow
    from .options import TaskOptions
    from .worker import AppWorker


class TaskDecorator(Protocol):
    """What `App.task(...)` answers."""

    @overload
    def __call__(  # type: ignore[overload-overlap]
        self, function: Callable[P, Coroutine[Any, Any, R]], /) -> AsyncTask[P, R]: ...
    @overload
    def __call__(self, function: Callable[P, R], /) -> Task[P, R]: ...


class App:
    """Tasks that workers do, in this program or others.

        app = distcoord.App()

        @app.task(retries=5, timeout=60)
        def resize(path: str, width: int) -> str: ...

        handle = resize.submit("a.jpg", 640)        # in one process
        print(handle.result(timeout=30))

        $ python -m distcoord worker images:app      # in others

    Nothing is connected before something is submitted or worked on, so an app may be made at import, also before a
    fork.
    """

    def __init__(
        self, url: Optional[str] = None, namespace: Optional[str] = None, default_queue: str = "default", *,
        client: Optional[Client] = None, accept_pickle: bool = False, partitions: Optional[Mapping[str, int]] = None,
        **connection: Any,
    ) -> None:
        """`url`, `namespace` and `connection`: as for `distcoord.connect`; or `client`, one that is there already.
        `default_queue`: for tasks that name none. `accept_pickle`: whether tasks may be declared with
        serializer="pickle", and whether pickles are loaded, from payloads and results, whoever wrote them: with it
        everybody who can write to the server can run any code in this program. `partitions`: of queues that are split,
        into how many parts: see `Client.queue`.
        """
        if client is not None and (url is not None or namespace is not None or connection):
            raise TypeError("an app takes either a client or what one is connected with, not both")
        self.default_queue = default_queue
        self.accept_pickle = accept_pickle
        self._partitions = dict(partitions or {})
        self._connection = (url, namespace, connection)
        self._client = client
        self._owns_client = client is None
        self._queues: dict[str, Queue] = {}
        self._aio_queues: dict[str, AioQueue] = {}
        self._tasks: dict[str, Union[Task[..., Any], AsyncTask[..., Any]]] = {}
        self._steps: dict[str, WorkflowTask] = {}
        self._workflows: dict[str, AppWorkflow] = {}
        self._inline: Optional[Inline] = None
        self._buffer: Optional[Buffer] = None
        self._lock = threading.Lock()

    # ------------------------------------------------------------ declaring

    @overload
    def task(  # type: ignore[overload-overlap]
        self, function: Callable[P, Coroutine[Any, Any, R]], /) -> AsyncTask[P, R]: ...
    @overload
    def task(self, function: Callable[P, R], /) -> Task[P, R]: ...
    @overload
    def task(self, **options: Unpack[TaskOptions]) -> TaskDecorator: ...

    def task(  # type: ignore[misc]
        self, function: Optional[Callable[..., Any]] = None, /, **options: Unpack[TaskOptions]) -> Any:
        """Makes a function or coroutine function a task: `@app.task` or `@app.task(queue="images", retries=5)`. It
        stays callable. See TaskOptions and CallOptions for what there is.

        The name is the function's, without its module: short for other languages, and the same whether the module was
        imported or run. Two tasks of one name are refused with ValueError.
        """
        check_names(options, OF_DECLARATIONS, "a task")
        if function is not None:
            return self._declare(function, options)
        return lambda decorated: self._declare(decorated, options)

    def _declare(self, function: Callable[..., Any], options: Mapping[str, Any]) -> Any:
        task = declare(self, function, options)
        with self._lock:
            present = self._tasks.get(task.name)
            if present is not None and _place(present._function) != _place(function):
                raise ValueError(
                    f"there is a task {task.name!r} already, {_place(present._function)}; give one of them name=")
            self._tasks[task.name] = task  # again: a notebook's cell, or a reloaded module
        return task

    def external(self, name: str, /, **options: Unpack[TaskOptions]) -> Submission[..., Any]:
        """A task that other programs do, in whatever language: `app.external("resize", queue="images").submit(...)`."""
        check_names(options, OF_DECLARATIONS - {"name"}, "an external task")
        return Submission(self, name, options, None, None)

    def workflow(self, name: str, queue: Optional[str] = None) -> AppWorkflow:
        """A workflow, a graph of functions that workers of the app do: `with app.workflow("etl") as etl:` and then
        `@etl.task`. `queue`: on which it runs, the default queue if not given; not one that is split into partitions.
        A name again makes another workflow in the place of the one before.
        """
        from .flows.workflow import AppWorkflow

        made = self._workflows[name] = AppWorkflow(self, name, queue)
        return made

    def _know(self, step: WorkflowTask) -> None:
        """Has workers do the task of a workflow."""
        self._steps[step.task] = step

    @property
    def workflows(self) -> Mapping[str, AppWorkflow]:
        """The workflows declared so far, by name."""
        return MappingProxyType(self._workflows)

    @property
    def tasks(self) -> Mapping[str, Union[Task[..., Any], AsyncTask[..., Any]]]:
        """The tasks declared so far, by name."""
        return MappingProxyType(self._tasks)

    # ------------------------------------------------------------ what is there

    @property
    def client(self) -> Client:
        """The client in use; made when first asked for."""
        client = self._client
        if client is None:
            from ..client import connect

            with self._lock:
                if self._client is None:
                    url, namespace, connection = self._connection
                    self._client = connect(url, namespace, **connection)
                client = self._client
        return client

    def _connect_with(self, url: Optional[str], namespace: Optional[str], **connection: Any) -> None:
        """Has the app connect to another server or namespace than it was made for, and with `connection` where it was
        not told otherwise; before it has connected."""
        if self._client is not None:
            if url is not None or namespace is not None:
                raise errors.invalid("the app has a client already, so it cannot be given another URL or namespace")
            return
        own_url, own_namespace, own = self._connection
        self._connection = (
            own_url if url is None else url, own_namespace if namespace is None else namespace, {**connection, **own})

    def queue(self, name: Optional[str] = None) -> Queue:
        """A handle on a queue of the app's client: to pause it, to look at its jobs; the default queue if not named."""
        name = name or self.default_queue
        queue = self._queues.get(name)
        if queue is None:
            queue = self._queues.setdefault(
                name, self.client.queue(name, partitions=self._partitions.get(name, 1)))
        return queue

    def _aio_queue(self, name: str) -> AioQueue:
        queue = self._aio_queues.get(name)
        if queue is None:
            queue = self._aio_queues.setdefault(
                name, self.client.aio.queue(name, partitions=self._partitions.get(name, 1)))
        return queue

    def queue_names(self) -> list[str]:
        """The queues that the app's tasks and workflows go to, the default queue first if any does."""
        names = dict.fromkeys(task.queue for task in self._tasks.values())
        names.update(dict.fromkeys(
            workflow._queue_name or self.default_queue for workflow in self._workflows.values()))
        return sorted(names or [self.default_queue], key=lambda name: (name != self.default_queue, name))

    def batch(self, queue: Optional[str] = None) -> Batch:
        """A new batch of jobs in a queue: `task.options(batch=batch).submit(...)`, then `batch.seal()` and
        `batch.wait()`."""
        return self.queue(queue).batch()

    def handle(self, id: str, queue: Optional[str] = None) -> Handle[Any]:
        """A handle on a job by its id, looked for in all queues if none is named. Raises JobNotFound."""
        found = self.queue(queue) if queue is not None else self.client.find_job(id)
        if found is None:
            raise errors.about_job(
                errors.JobNotFound, f"no queue of the namespace knows a job {id!r}", id, _abi.NOT_FOUND)
        return Handle(self, found, id)

    def result(self, id: str, timeout: Optional[float] = -1, queue: Optional[str] = None) -> Any:
        """The result of a job by its id; see `Handle.result`. Types that an annotation would make again are left
        plain."""
        return self.handle(id, queue).result(timeout)

    def open_run(self, id: str, queue: Optional[str] = None) -> Run:
        """A handle on a run of a workflow by its id; nothing is sent. `AppWorkflow.open_run` gives one that knows the
        types of the results."""
        return self.queue(queue).open_run(id)

    def runs(self, queue: Optional[str] = None, offset: int = 0, limit: int = 100) -> list[RunInfo]:
        """The runs of a queue, the latest first: see `Queue.runs`."""
        return self.queue(queue).runs(offset, limit)

    # ------------------------------------------------------------ working

    def worker(
        self, queues: Union[str, Iterable[str], Mapping[str, int], None] = None, *, concurrency: int = 1,
        use_asyncio: bool = False, grace: float = 30.0, **options: Any,
    ) -> AppWorker:
        """A worker for the app's tasks in this process: `app.worker(concurrency=4).run()`.

        `queues`: names, with weights if it is a mapping; None for those of the tasks. `concurrency`: jobs at the same
        time: threads, with one event loop beside them for coroutines; or, with `use_asyncio`, coroutines in one event
        loop, with threads for functions: several times faster for short coroutines, and they may be thousands. `grace`:
        seconds that jobs may take when it is to stop. `options`: as for `Client.worker`: name, prefetch, lease,
        capabilities, pool, own_queue, steals.
        """
        from .worker import AppWorker

        options.setdefault("partitions", self._partitions or 1)
        if self._workflows:
            options["capabilities"] = with_language(options.get("capabilities"))
        return AppWorker(
            self, self.queue_names() if queues is None else queues, concurrency, use_asyncio, grace, options)

    def run_until_empty(self, queues: Union[str, Iterable[str], None] = None) -> int:
        """Does, on the calling thread, what the queues have at present, and answers how many jobs that were: for tests.
        Jobs whose time has not come, retries among them, stay."""
        return self.worker(queues).run_until_empty()

    @contextmanager
    def inline(self) -> Iterator[None]:
        """Inside, `submit` does the job at once, on the calling thread and without a server: for tests. Arguments and
        results are written and read as ever, and failures are retried, without delay; `result` raises as ever."""
        from ._inline import Inline

        before = self._inline
        self._inline = Inline(self)
        try:
            yield
        finally:
            self._inline = before

    def close(self) -> None:
        """Closes the client, if the app has made one itself. The next use makes another."""
        with self._lock:
            client, self._client = (self._client, None) if self._owns_client else (None, self._client)
            if client is None:
                return
            self._queues, self._aio_queues = {}, {}
        client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: Optional[type[BaseException]], value: Optional[BaseException], trace: Optional[TracebackType],
    ) -> None:
        end_block(self.close, value)

    @contextmanager
    def buffered(self, **options: Any) -> Iterator[None]:
        """Inside, `submit` returns at once, and the jobs are sent in the background, many at a time; the end of the
        block waits until all are, and raises PushFailed for those that were refused. For all threads of the program.

        Jobs with unique keys are sent at once nevertheless, since only the answer says which job holds the key.
        `options`: as for `Queue.producer`: batch_size, batch_timeout, capacity, capacity_bytes, blocks, retry.
        """
        from ._buffer import Buffer

        before, buffer = self._buffer, Buffer(self, options)
        self._buffer = buffer
        try:
            yield
        except BaseException as error:
            self._buffer = before
            end_block(buffer.close, error)
            raise
        self._buffer = before
        buffer.close()

    def __repr__(self) -> str:
        return f"<distcoord.App {len(self._tasks)} tasks>"

    def __reduce__(self) -> Any:
        raise TypeError("an app cannot be pickled; its tasks can, by name")


def with_language(capabilities: Union[str, Iterable[str], None]) -> str:
    """The capabilities of a worker that is given tasks of workflows for Python, too."""
    from ..queues.push import comma_list

    given = "" if capabilities is None else comma_list(capabilities, "capabilities")
    return f"{given},lang:python" if given else "lang:python"


def _place(function: Optional[Callable[..., Any]]) -> str:
    """Where a function is declared."""
    name = getattr(function, "__qualname__", repr(function))
    return f"{getattr(function, '__module__', None)}.{name}"
