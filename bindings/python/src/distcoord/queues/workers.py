"""Making workers, and seeing all that are at work."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from ctypes import byref
from typing import TYPE_CHECKING, NamedTuple, Optional, Union

from .. import _abi, _calls
from .._handles import Handle
from .._library import functions
from .worker import COUNTS, Queues, Worker, WorkerCounts, WorkerOptions

if TYPE_CHECKING:
    from datetime import datetime


class WorkerInfo(NamedTuple):
    """A registered worker, as of when it was last heard of; times are by the server's clock, in UTC."""

    name: str
    """Its name."""
    client: str
    """Identity of its client."""
    host: str
    """Its machine."""
    pid: int
    """Its process on that machine."""
    queues: tuple[str, ...]
    """Its queues."""
    capabilities: tuple[str, ...]
    """What it has, in order; its pool as "pool:name"."""
    concurrency: int
    """How many jobs it works on at the same time."""
    started_at: Optional[datetime]
    """When it was registered."""
    seen_at: Optional[datetime]
    """When it was last heard of; every 5 seconds it tells how it is."""
    uptime: int
    """Seconds for which it has been registered."""
    counts: WorkerCounts
    """What it has done and does."""
    rate: float
    """Jobs per second that it has completed, over the last minute or since it was registered if that is less."""
    stopping: bool
    """Whether it takes no further jobs."""


class _List(Handle):
    """A list of workers of the library."""

    __slots__ = ()
    _free = functions.worker_list_free

    def __init__(self) -> None:
        self._own(_abi.distcoord_worker_list())

    def item(self, index: int) -> WorkerInfo:
        """One of its items."""
        pointer = self._pointer
        capabilities = functions.worker_list_capabilities(pointer, index).decode()
        return WorkerInfo(
            name=functions.worker_list_name(pointer, index).decode(),
            client=functions.worker_list_client(pointer, index).decode(),
            host=functions.worker_list_host(pointer, index).decode("utf-8", "replace"),
            pid=functions.worker_list_pid(pointer, index),
            queues=tuple(functions.worker_list_queues(pointer, index).decode().split("\n")[:-1]),
            capabilities=tuple(capabilities.split(",")) if capabilities else (),
            concurrency=functions.worker_list_concurrency(pointer, index),
            started_at=_calls.moment(functions.worker_list_started_ms(pointer, index)),
            seen_at=_calls.moment(functions.worker_list_seen_ms(pointer, index)),
            uptime=functions.worker_list_uptime_seconds(pointer, index),
            counts=WorkerCounts(*(functions.worker_list_tally(pointer, index, which) for which in COUNTS)),
            rate=functions.worker_list_rate(pointer, index),
            stopping=functions.worker_list_is_stopping(pointer, index))


class Workers(Handle):
    """The part of a client that makes workers and sees all that are at work."""

    __slots__ = ()

    def worker(
        self,
        queues: Queues,
        name: Optional[str] = None,
        concurrency: int = 1,
        prefetch: Optional[int] = None,
        lease: float = 30.0,
        capabilities: Union[str, Iterable[str], None] = None,
        pool: Optional[str] = None,
        own_queue: bool = False,
        steals: bool = False,
        grace: Optional[float] = 30.0,
        partitions: Union[int, Mapping[str, int]] = 1,
    ) -> Worker:
        """A worker for one or several queues; nothing is sent before it is asked for a job.

        `queues`: a name, several, or names with weights, 1 to 1 000: how often each is asked first when several have
        jobs; 0: only when all others are empty. `name`: the worker's, 1 to 128 bytes; None for the client's label and a
        number. `concurrency`: how many jobs it works on at the same time, 1 to 10 000.
        `prefetch`: how many it claims ahead of those, 0 to 1 000: no other worker has them meanwhile, so more suits
        short jobs; None for as many as are done in a few milliseconds. `lease`: seconds after which its jobs go to
        another worker when this process has died, 0.1 to 86 400.
        `capabilities`: what it has, up to 64 names; it is given jobs that require nothing else. The operating system's
        name ("linux") is always among them. `pool`: the pool whose jobs it is given beside those of none. `own_queue`:
        whether it has a queue of its own under its name in each of its queues; `steals`: whether it takes from the end
        of the longest of others' when there is nothing else.
        `grace`: seconds that jobs may take to end when it is shut down; None (or -1) for ever. `partitions`: as of
        `queue`, for all its queues or by name.
        """
        return Worker(self, WorkerOptions(  # type: ignore[arg-type]
            queues, name, concurrency, prefetch, lease, capabilities, pool, own_queue, steals, grace, partitions))

    def workers(self) -> list[WorkerInfo]:
        """The registered workers of the namespace, by name. One that has not been heard of for 15 seconds is left out.
        """
        listed = _List()
        error = _abi.distcoord_error()
        status = functions.workers_list(self._pointer, byref(listed._pointer), byref(error))
        _calls.check(status, error)
        return [listed.item(index) for index in range(functions.worker_list_count(listed._pointer))]
