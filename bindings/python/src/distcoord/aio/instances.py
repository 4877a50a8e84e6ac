"""Instances of distributed runs for tasks."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import TYPE_CHECKING, NoReturn, Optional

from .. import _abi, _calls, errors
from ..workflows.instance import Instance as _Instance
from ..workflows.instance import InstanceInfo
from . import _crew
from ._attempt import call, call_in
from .runs import Run

if TYPE_CHECKING:
    from ..queues.queue import Queue
    from ..workflows.summary import RunSummary


class Instance:
    """One instance of a distributed run, for asyncio: see `distcoord.Instance`. Its queue is the one without asyncio,
    to be claimed from in threads: `await asyncio.to_thread(instance.queue.claim)`."""

    __slots__ = ("_ending", "_instance")

    def __init__(self, instance: _Instance) -> None:
        self._instance = instance
        self._ending: Optional[asyncio.Future[RunSummary]] = None

    @property
    def came_late(self) -> bool:
        """Whether the run had ended when it joined."""
        return self._instance.came_late

    @property
    def identity(self) -> str:
        """The identity of the run."""
        return self._instance.identity

    @property
    def index(self) -> int:
        """Which instance this is, from 0."""
        return self._instance.index

    @property
    def total(self) -> int:
        """How many instances there are to be."""
        return self._instance.total

    @property
    def is_coordinator(self) -> bool:
        """Whether this instance coordinates at the moment."""
        return self._instance.is_coordinator

    @property
    def queue(self) -> Queue:
        """The queue to claim tasks from, with this instance's capabilities and lease."""
        return self._instance.queue

    @property
    def run(self) -> Run:
        """The run."""
        return self._instance.run.aio

    async def wait(self, timeout: Optional[float] = -1) -> RunSummary:
        """Waits for the end of the run: see `distcoord.Instance.wait`. Any number of tasks may wait; they share one
        wait of the library."""
        wait_ms = _calls.wait_ms(timeout)
        if self._ending is None or self._ending.done():
            self._ending = asyncio.ensure_future(call_in(_crew.waits, self._instance.wait, -1))
            # Those who waited may all be gone when it ends.
            self._ending.add_done_callback(lambda ending: ending.cancelled() or ending.exception())
        try:
            return await asyncio.wait_for(
                asyncio.shield(self._ending), None if wait_ms < 0 else wait_ms / 1000)
        except asyncio.TimeoutError:
            raise errors.about_run(
                errors.RunTimeout, f"run {self.identity} has not ended in time", self.identity,
                _abi.TIMED_OUT) from None

    async def members(self) -> list[InstanceInfo]:
        """The instances that live, by index."""
        return await call(self._instance.members)

    def cancel(self) -> None:
        """Ends the waits in progress on this handle, each with Cancelled. It does not stop the run."""
        self._instance.cancel()

    async def leave(self) -> None:
        """Leaves the run: see `distcoord.Instance.leave`."""
        await call(self._instance.leave)

    async def __aenter__(self) -> Instance:
        return self

    async def __aexit__(
        self, kind: Optional[type[BaseException]], value: Optional[BaseException], trace: Optional[TracebackType],
    ) -> None:
        await self.leave()

    def __repr__(self) -> str:
        return repr(self._instance).replace("distcoord.", "distcoord.aio.", 1)

    def __reduce__(self) -> NoReturn:
        raise TypeError("an instance belongs to its process and cannot be pickled")
