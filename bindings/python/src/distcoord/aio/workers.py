"""Workers for tasks."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from types import TracebackType
from typing import TYPE_CHECKING, Any, Optional

from .. import _calls, errors
from ..queues import worker as _sync
from ..queues._settling import logger
from . import _crew
from ._attempt import call, call_in
from ._claiming import Claiming
from ._hold import end_block
from ._running import Running
from .jobs import Job

if TYPE_CHECKING:
    from ..client import Client

Handler = Callable[[Job], Awaitable[Optional[_calls.Payload]]]
"""What a worker runs for each job; what it returns is the result."""


class Worker:
    """Works on the jobs of one or several queues, for asyncio; made by `client.aio.worker`.

        async def handle(job: distcoord.aio.Job) -> bytes: ...

        await client.aio.worker("mail", concurrency=1000).run(handle, signals=True)

    Push style: `run(handler)` runs a coroutine for each job, as many at a time as its concurrency, and cancels it when
    the job is cancelled, its time is over or its lease is lost. Pull style: `await worker.next()`, in any number of
    tasks, then `await worker.done(job)`; or `async for job in worker:`. One thread claims for all of them and no call
    blocks the event loop, that of the first use.

    Whatever tasks are cancelled, no claimed job is kept: one that comes when nobody waits for it any more is given
    back at once. `async with` shuts it down at the end of the block, without grace when that raises.
    """

    def __init__(self, client: Client, options: _sync.WorkerOptions) -> None:
        self._worker = _sync.Worker(client, options)
        self._used: Optional[Claiming] = None
        self._running: Optional[Running] = None

    # ------------------------------------------------------------ pull style

    async def next(self, timeout: Optional[float] = -1) -> Optional[Job]:
        """The next job, waiting at most `timeout` seconds for it: -1 (or None) for ever, 0 looks once. None when there
        was none, or when the worker has been stopped or is drained: then `stopped` is true.

        Gives out as many jobs at a time as the worker's concurrency; the next one comes when one is settled. Raises
        Cancelled, Forked, ServerErrors.
        """
        wait_ms = _calls.wait_ms(timeout)
        claiming = self._claiming()
        job = await (claiming.one(wait_ms) if wait_ms != 0 else claiming.one_at_once())
        return None if job is None else Job(job)

    async def done(self, job: Job, result: Optional[_calls.Payload] = None) -> None:
        """Completes a job that `next` gave out, together with others: see `distcoord.Worker.done`. Raises JobLost,
        JobSettled, TooLarge, Forked."""
        await call(self._worker.done, job._job, result)

    async def __aiter__(self) -> AsyncIterator[Job]:
        """The jobs, one after the other, until the worker is stopped or drained. Each is to be settled."""
        while True:
            job = await self.next()
            if job is None:
                return
            yield job
            if self._worker.concurrency == 1 and job._job._is_held():
                raise RuntimeError(
                    f"job {job.id} was not settled, so this worker of concurrency 1 has no next one: await"
                    " worker.done(job) or one of the job's own methods")

    # ------------------------------------------------------------ push style

    async def run(self, handler: Handler, signals: bool = False) -> bool:
        """Works until the worker is stopped or drained: runs `await handler(job)` for each job, as many at a time as
        its concurrency says. Returns whether all that was begun has been done.

        What the handler returns, bytes or str or None, is the result; an exception fails the job, with its traceback.
        It is cancelled (`asyncio.CancelledError` is raised in it) when the job is cancelled, its time is over, its
        lease is lost, or the grace of a shutdown is over; `job.cancelling` and `job.expired` say why. While the server
        is away this waits and goes on. When the task that runs this is cancelled, the handlers are, and their jobs are
        given back.

        `signals`: whether SIGTERM and SIGINT shut the worker down while this runs, in the main thread's loop: at the
        first it takes no further job and finishes what it works on within its grace, at the second it gives that back
        at once. Raises ServerErrors that will not pass, Cancelled when `cancel` was called, Closed.
        """
        if self._running is not None:
            raise RuntimeError(f"worker {self.name!r} runs already")
        claiming = self._claiming()
        running = Running(self._worker, handler)
        with _handled(self._end_by_signal) if signals else nullcontext():
            self._running = running
            self._worker._at_shutdown.append(running.over)
            try:
                claiming.begin_handlers(running)
                await running.wait()
            finally:
                await _to_its_end(self._end_running(running, claiming))
        if running.error is not None:
            raise running.error
        return self._worker._all_done

    async def _end_running(self, running: Running, claiming: Claiming) -> None:
        self.stop()
        claiming.end_handlers()
        self._worker._at_shutdown.remove(running.over)
        await running.cancel_handlers()
        claiming.forget_handlers()
        self._running = None
        try:
            await call_in(_crew.waits, self._worker.shutdown, 0 if running.error is not None else None)
        except errors.DistcoordError as error:
            logger.warning("the end of worker %r could not be told to the server: %s", self.name, error)

    def _end_by_signal(self, number: int, again: bool) -> None:
        self._worker._signals.append(number)
        logger.info("%s: worker %r %s", signal.Signals(number).name, self.name,
                    "gives back at once what it works on" if again else "finishes what it works on")
        _crew.waits.do(lambda: _shut_down(self._worker, 0 if again else None))

    # ------------------------------------------------------------ the end

    def stop(self) -> None:
        """Takes no further job: those claimed ahead are given back, those that are worked on may end. Returns at once.
        """
        self._worker.stop()

    def drain(self) -> None:
        """Has it stop by itself once its queues have nothing more to claim. Returns at once."""
        self._worker.drain()

    async def shutdown(self, grace: Optional[float] = None) -> bool:
        """Stops it, waits for the jobs that are worked on, at most `grace` seconds (-1: for ever; None: the worker's
        own), sends what is done, gives back what is not and ends its registration: see `distcoord.Worker.shutdown`.
        """
        return await call_in(_crew.waits, self._worker.shutdown, grace)

    def cancel(self) -> None:
        """Ends the waits in progress on this worker, each with Cancelled, and with them `run`."""
        if self._used is not None:
            self._used.cancel()
        if self._running is not None:
            self._running.end_with(errors.Cancelled("the wait was cancelled"))

    # ------------------------------------------------------------ what it is and does

    @property
    def name(self) -> str:
        """The worker's name."""
        return self._worker.name

    @property
    def queues(self) -> Mapping[str, int]:
        """Its queues with their weights."""
        return self._worker.queues

    @property
    def concurrency(self) -> int:
        """How many jobs it works on at the same time."""
        return self._worker.concurrency

    @property
    def stopped(self) -> bool:
        """Whether it gives out no further job: it was stopped, or is drained."""
        return self._worker.stopped

    def counts(self) -> _sync.WorkerCounts:
        """What it has done and does. Asks nobody."""
        return self._worker.counts()

    async def __aenter__(self) -> Worker:
        return self

    async def __aexit__(
        self, kind: Optional[type[BaseException]], value: Optional[BaseException], trace: Optional[TracebackType],
    ) -> None:
        await end_block(lambda: self.shutdown(None if value is None else 0), value)

    def __repr__(self) -> str:
        return repr(self._worker).replace("distcoord.", "distcoord.aio.", 1)

    def __reduce__(self) -> Any:
        return self._worker.__reduce__()

    def _claiming(self) -> Claiming:
        """What claims for the loop that runs, which must be that of the first use."""
        if self._used is None:
            self._used = Claiming(self._worker)
        elif self._used.loop is not asyncio.get_running_loop():
            raise RuntimeError(f"worker {self.name!r} belongs to another event loop, in which it was used first")
        return self._used


async def _to_its_end(ending: Coroutine[Any, Any, None]) -> None:
    """Waits for what must not be left half done; a cancellation of the task meanwhile comes after it."""
    task = asyncio.ensure_future(ending)
    cancelled = False
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError:
            cancelled = True
    if cancelled:
        raise asyncio.CancelledError
    task.result()


@contextmanager
def _handled(act: Callable[[int, bool], None]) -> Iterator[None]:
    """Has SIGTERM and SIGINT call `act`, which is told whether one came before."""
    loop = asyncio.get_running_loop()
    seen: list[int] = []

    def handle(number: int) -> None:
        seen.append(number)
        act(number, len(seen) > 1)

    numbers = signal.SIGTERM, signal.SIGINT
    for number in numbers:
        loop.add_signal_handler(number, handle, number)
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)


def _shut_down(worker: _sync.Worker, grace: Optional[float]) -> None:
    """A shutdown whose outcome nobody waits for."""
    try:
        worker.shutdown(grace)
    except errors.DistcoordError as error:
        logger.warning("the end of worker %r could not be told to the server: %s", worker.name, error)


