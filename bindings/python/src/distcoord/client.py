"""Connecting, and the client that everything else is made from."""

from __future__ import annotations

import atexit
import os
import sys
import weakref
from collections.abc import Callable, Iterable, Sequence
from ctypes import byref, c_int64
from types import TracebackType
from typing import Any, Optional, Union

from . import _abi, _calls, _log
from . import health as _health
from ._library import functions
from ._locks import Locks
from ._meeting import Meeting
from ._settings import MAX_PAYLOAD, NativeOptions, Settings
from ._sharing import Sharing
from .errors import DistcoordError
from .monitor import Monitoring
from .queues.producer import close_all_of
from .queues.push import comma_list
from .queues.queue import Queue, QueueOptions
from .queues.worker import shut_down_all_of
from .queues.workers import Workers


class Client(Locks, Meeting, Sharing, Monitoring, Workers):
    """One namespace on one server, with the connections that all its handles share. One per process is usual.

    Made by `distcoord.connect`. Usable from any number of threads. `with client:` closes it at the end; one that is
    not closed is closed when the interpreter exits, so that what it holds is free at once and not when leases end.
    Only when something is held and the server is away does that take long, at most the client's `timeout`.

    Fork: in a forked child the client opens itself again at first use, with a new identity; what the parent holds stays
    the parent's. Pickle: a client pickles as its settings; the password is included only if it is part of the URL (else
    the receiving process takes it from its environment, REDIS_PASSWORD), and a log function must itself be picklable.
    Unpickling gives one client per process for equal settings, kept until the process ends.
    """

    __slots__ = ("_settings", "_sink", "_closed")
    _free = functions.client_free

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._closed = False
        self._sink = None
        if settings.log is not None:
            if not callable(settings.log):
                raise TypeError("log must be a callable that takes a level and a line")
            self._sink = _log.Registration(settings.log)
        options = NativeOptions(settings, self._sink)
        url = None if settings.url is None else _calls.text(settings.url, "url")
        self._own(_abi.distcoord_client())
        error = _abi.distcoord_error()
        status = functions.client_open(url, options._pointer, byref(self._pointer), byref(error))
        if status != _abi.OK:
            raise _calls.failure(status, error)
        _open_clients.add(self)

    # ------------------------------------------------------------ what is made from it

    def queue(
        self, name: str, lease: float = 30.0, capabilities: Union[str, Iterable[str], None] = None,
        worker: Optional[str] = None, steals: bool = False, partitions: int = 1,
    ) -> Queue:
        """A handle on the queue `name`; nothing is sent.

        `lease`: seconds after which a job claimed here goes to another worker when this process has died, 0.1 to
        86 400.
        `capabilities`: what those have who claim here, up to 64 names of letters, digits and "._+-:/", in any case:
        they are given jobs that require nothing else. The operating system's name ("linux") is always among them.
        `worker`: a name, 1 to 128 bytes, under which those who claim here have a queue of their own: jobs pushed with
        `worker=` it, which they take before any other. `steals`: whether they take from the end of the longest of
        others' when there is nothing else.
        `partitions`: into how many parts a very large queue is split, up to 64, which share nothing. All who use it
        must give the same number, else Conflict is raised at first use. Order holds within a part only, and `after`
        and `batch` are refused.
        """
        given = None if capabilities is None else comma_list(capabilities, "capabilities")
        return Queue(self, name, QueueOptions(lease, given, worker, steals, partitions))

    def find_job(self, id: str) -> Optional[Queue]:
        """The queue in which the job `id` is or was, found by asking each queue of the namespace; None if in none."""
        found = _abi.distcoord_queue()
        error = _abi.distcoord_error()
        status = functions.queue_find(self._pointer, _calls.text(id, "id"), byref(found), byref(error))
        if status == _abi.OK:
            return Queue._found(self, found)
        if status == _abi.NOT_FOUND:
            return None
        raise _calls.failure(status, error)

    # ------------------------------------------------------------ the client itself

    def ping(self) -> float:
        """Seconds that one round trip to the server takes. Connects if need be."""
        microseconds = c_int64()
        error = _abi.distcoord_error()
        status = functions.client_ping(self._pointer, byref(microseconds), byref(error))
        if status != _abi.OK:
            raise _calls.failure(status, error)
        return microseconds.value / 1e6

    def check(self) -> _health.Health:
        """Checks the server and the way to it: reachable, version, memory policy, persistence, clock, scripts, a lock's
        round trip, the mailbox. What fails is a line of the report; also for an unreachable server nothing is raised.
        """
        return _health.check(self._pointer)

    health = check

    def cancel(self) -> None:
        """Ends every wait that is in progress on this client, each with Cancelled. Later calls are not affected."""
        functions.client_cancel(self._pointer)
        self._cancel_streams()

    def _cancel_streams(self) -> None:
        """Ends the waits of tasks that are in no call of the library."""
        streams = sys.modules.get("distcoord.aio._stream")
        if streams is not None:
            streams.cancel_all_of(self)

    def close(self) -> None:
        """Closes its producers, shuts down its workers, ends all waits, gives back all that is held (locks,
        leaderships, jobs without counting an attempt) and closes the connections. Later calls raise Closed; closing
        twice is allowed.

        Raises a ServerError when the server could not be told; all is closed nevertheless and leases free the rest.
        """
        if not self._closed:
            shut_down_all_of(self)
            close_all_of(self)
        self._closed = True
        error = _abi.distcoord_error()
        status = functions.client_close(self._pointer, byref(error))
        self._cancel_streams()
        if status != _abi.OK:
            raise _calls.failure(status, error)

    @property
    def closed(self) -> bool:
        """Whether `close` was called in this process, or in the parent before it forked."""
        return self._closed

    @property
    def id(self) -> str:
        """The identity under which the server knows this client; another one after fork."""
        return functions.client_id(self._pointer).decode()

    @property
    def url(self) -> str:
        """The URL in use, without password."""
        return functions.client_url(self._pointer).decode()

    @property
    def namespace(self) -> str:
        """The namespace in use."""
        return functions.client_namespace(self._pointer).decode()

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: Optional[type[BaseException]], value: Optional[BaseException], trace: Optional[TracebackType],
    ) -> None:
        _calls.end_block(self.close, value)

    def __repr__(self) -> str:
        return f"<distcoord.Client {self.url} namespace {self.namespace!r}{' closed' if self._closed else ''}>"

    def __reduce__(self) -> tuple[Any, ...]:
        settings = self._settings
        if settings.password is not None:
            settings = settings._replace(user=None, password=None)
        return _reopen, (settings,)


_open_clients: weakref.WeakSet[Client] = weakref.WeakSet()
_reopened: dict[tuple[int, Settings], Client] = {}


def _reopen(settings: Settings) -> Client:
    """The one client of this process for unpickled handles with these settings."""
    key = (os.getpid(), settings)
    present = _reopened.get(key)
    if present is not None and not present._closed:
        return present
    client = Client(settings)
    if present is not None:
        _reopened[key] = client
        return client
    return _reopened.setdefault(key, client)  # of two threads that come here at once the first one's is kept


def _close_all() -> None:
    for client in list(_open_clients):
        try:
            client.close()
        except DistcoordError:
            pass  # nobody is left to be told, and leases free what could not be given back


atexit.register(_close_all)


def connect(
    url: Optional[str] = None,
    namespace: Optional[str] = None,
    *,
    label: Optional[str] = None,
    timeout: float = 10.0,
    connect_timeout: float = 5.0,
    user: Optional[str] = None,
    password: Optional[str] = None,
    max_payload: int = MAX_PAYLOAD,
    log: Optional[Callable[[int, str], object]] = None,
    log_level: int = _log.INFO,
    minimum_nodes: int = 0,
    guardian: Union[bool, Sequence[str]] = False,
) -> Client:
    """Makes a client. Only the arguments are checked here (InvalidArgument); the first operation connects.

    `url`: `redis://[[user]:password@]host[:port][/db]`, `rediss://` for TLS, `unix:///path/to/socket`, `local:[name]`
    for a private server on this machine that starts by itself, `host:port,password=...` as StackExchange.Redis writes
    it, or `quorum:URL,URL,...` for locks held by a majority of several independent servers; None for DISTCOORD_URL,
    else REDIS_URL of the environment, else `redis://localhost:6379`.
    `namespace`: programs meet only inside one; None for DISTCOORD_NAMESPACE, else "default".
    `label`: how people see this client among holders and waiters; None for DISTCOORD_LABEL, else "user@host:pid".
    `timeout`: seconds that one operation may take on the server's side, reconnects included; it bounds calls, not
    waits.
    `connect_timeout`: seconds that making a connection may take. `user`, `password`: they win over those in the URL.
    `max_payload`: largest payload or result in bytes.
    `log`: called as `log(level, line)` with levels of the `logging` module, so `logging.getLogger("distcoord").log`
    fits. It runs on any thread, should return soon and must not use distcoord. `log_level`: the least level to be
    told of.
    `minimum_nodes`: how many servers of a quorum must grant, when more than half of them are not enough.
    `guardian`: whether a helper process gives back within milliseconds what this one held when it died by a crash or
    SIGKILL; without one leases do, in their time. It is started with the first thing that is held. True for one in
    Python; a program with arguments for another that does the same, such as `["distcoord", "guard"]`.
    """
    if isinstance(guardian, str):
        raise TypeError("guardian must be True, or a program and its arguments")
    return Client(Settings(
        url, namespace, label, timeout, connect_timeout, user, password, max_payload, log, log_level, minimum_nodes,
        guardian if isinstance(guardian, bool) else tuple(guardian)))
