"""Elections for tasks."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable
from types import TracebackType
from typing import Any, Optional, TypeVar, Union

from .. import _calls, errors
from .._handles import Handle
from ..elections import election as _sync
from ._attempt import call
from ._hold import Lost, end_block
from ._spare import seconds
from ._stream import Watch
from ._waiting import Waiting

T = TypeVar("T")

Told = Callable[["Leadership"], Union[Awaitable[object], object]]
"""A function, or coroutine function, that is told of a leadership."""

_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 2.0


class _Won:
    """A leadership that an attempt has won."""

    def __init__(self, election: _sync.Election) -> None:
        self._election = election

    def release(self) -> None:
        """Gives it up."""
        self._election.resign()


class Leadership:
    """One leadership, as what runs under it sees it: its `term`, whether it is to stop, and when it is lost."""

    __slots__ = ("_election", "term", "__weakref__")

    term: int
    """Number of the leadership, the fencing number for what the leader writes."""

    def __init__(self, election: _sync.Election) -> None:
        self._election = election
        self.term = election.term

    @property
    def lost(self) -> Lost:
        """The event that it was lost. It is set in good time before anybody else can lead."""
        return Lost(self)

    @property
    def stop_requested(self) -> bool:
        """Whether what runs under it is to stop: it is lost or given up."""
        return not self._is_held()

    async def resign(self) -> None:
        """Stands down; the next candidate leads at once. See `distcoord.Election.resign`."""
        await call(self._election.resign)

    def _is_held(self) -> bool:
        return self._election.is_leader and self._election.term == self.term

    def _is_lost(self) -> bool:
        return self._election._is_lost() or self._election.term != self.term

    def _event_fd(self) -> int:
        return self._election._event_fd()

    def __repr__(self) -> str:
        state = "" if self._is_held() else ", over"
        return f"<distcoord.aio.Leadership of {self._election.name!r}, term {self.term}{state}>"


class Election(Waiting):
    """A handle on an election, for asyncio: one candidate, and a view on who leads. `async with election:` waits to
    lead, resigns at the end, and raises LeadershipLost there when the lease had ended meanwhile.

    No call blocks the event loop. A task that is cancelled while it campaigns has withdrawn when it ends. One task at a
    time campaigns with a handle. See `distcoord.Election`.
    """

    __slots__ = ("_election", "_runs", "__weakref__")

    def __init__(self, client: Handle, name: str, options: _sync.ElectionOptions = _sync.ElectionOptions()) -> None:
        super().__init__()
        self._election = _sync.Election(client, name, options)
        self._runs: set[asyncio.Task[Any]] = set()

    # ------------------------------------------------------------ standing for it

    async def campaign(self, timeout: Optional[float] = -1) -> bool:
        """Stands for election and waits at most `timeout` seconds to win (-1 or None: for ever, 0: tries once). Returns
        whether it leads; see `distcoord.Election.campaign`."""
        election = self._election
        wants = "election", election._client, election.name

        def wait(ms: int) -> Optional[_Won]:
            return _Won(election) if election.campaign(seconds(ms)) else None

        return await self._wait(wants, wait, election.cancel, _calls.wait_ms(timeout)) is not None

    async def resign(self) -> None:
        """Stands down; the next candidate leads at once: see `distcoord.Election.resign`."""
        await call(self._election.resign)

    async def set_value(self, value: str) -> None:
        """Changes what others see of this candidate: see `distcoord.Election.set_value`."""
        await call(self._election.set_value, value)

    # ------------------------------------------------------------ while leading

    async def run(self, on_acquired: Optional[Told] = None, on_lost: Optional[Told] = None) -> None:
        """Campaigns again and again until `cancel`, or until its task is cancelled; calls `on_acquired(leadership)` on
        each win and `on_lost(leadership)` on each end of a leadership, one after the other; both may be coroutine
        functions. See `distcoord.Election.run`."""
        async def lead(leadership: Leadership) -> bool:
            try:
                await _tell(on_acquired, leadership)
                await leadership.lost.wait()
            finally:
                await _tell(on_lost, leadership)
            return True

        await self._until_cancelled(self._lead_again_and_again(lead))

    async def run_while_leader(self, function: Callable[[Leadership], Awaitable[T]]) -> Optional[T]:
        """Runs `function(leadership)` in a task of its own on winning, and cancels that when the leadership is lost or
        given up; then campaigns and runs it again. When the function returns while this process leads still, resigns
        and returns what it returned. Returns None after `cancel`.

        What the function raises goes on, after resigning. It should end within the step-down time when it is cancelled.
        """
        results: list[T] = []

        async def lead(leadership: Leadership) -> bool:
            working = asyncio.ensure_future(function(leadership))
            losing = asyncio.ensure_future(leadership.lost.wait())
            try:
                await asyncio.wait([working, losing], return_when=asyncio.FIRST_COMPLETED)
            finally:
                losing.cancel()
                over = not working.done()
                if over:
                    working.cancel()
                await asyncio.wait([working])
            if over and working.cancelled():
                return True
            result = working.result()
            if leadership.stop_requested:
                return True
            results.append(result)
            return False

        await self._until_cancelled(self._lead_again_and_again(lead))
        return results[0] if results else None

    async def _lead_again_and_again(self, lead: Callable[[Leadership], Awaitable[bool]]) -> None:
        """Campaigns and leads until `lead` says that it was the last time."""
        again = True
        while again:
            await self._campaign_through_outages()
            try:
                again = await lead(Leadership(self._election))
            finally:
                if self._election.is_leader:
                    await asyncio.shield(asyncio.ensure_future(self._resign_quietly()))

    async def _campaign_through_outages(self) -> None:
        pause = _FIRST_PAUSE
        while True:
            try:
                await self.campaign()
                return
            except errors.ServerError as error:
                if not error.retriable:
                    raise
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    async def _resign_quietly(self) -> None:
        try:
            await self.resign()
        except errors.DistcoordError:
            pass  # lost at this very moment, or the server is away: the lease ends it

    async def _until_cancelled(self, running: Any) -> None:
        """Waits for a run, which `cancel` ends."""
        task: asyncio.Task[None] = asyncio.ensure_future(running)
        self._runs.add(task)
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError:
            task.cancel()
            await asyncio.wait([task])
            if not task.cancelled():
                task.result()
            raise
        finally:
            self._runs.discard(task)
        if not task.cancelled():
            task.result()

    def cancel(self) -> None:
        """Ends the waits in progress on this handle, each with Cancelled, and its runs, from within the event loop.
        Later calls are not affected."""
        for run in list(self._runs):
            run.cancel()
        super().cancel()

    # ------------------------------------------------------------ who leads

    async def leader(self) -> Optional[_sync.Leader]:
        """Who leads; None when nobody does. Asks the server."""
        return await call(self._election.leader)

    def leaders(self, timeout: Optional[float] = -1) -> Watch[Optional[_sync.Leader]]:
        """Watches who leads: `async for leader in election.leaders():` gives the present leader and then each change of
        leader or value, None whenever nobody leads. Ends when nothing has changed for `timeout` seconds.
        """
        return Watch(self._election._client, self._election.leaders, timeout)

    async def observe(
        self, timeout: Optional[float] = -1, known_term: Optional[int] = None,
    ) -> AsyncIterator[Optional[_sync.Leader]]:
        """Iterates over who leads: see `distcoord.Election.observe`."""
        if known_term is not None:
            known_term = _calls.integer(known_term, "known_term", 0, 2**53)
        async with self.leaders(timeout) as leaders:
            async for leader in leaders:
                term = 0 if leader is None else leader.term
                if term != known_term:
                    known_term = term
                    yield leader

    async def evict(self, term: Optional[int] = None) -> bool:
        """Takes the leadership away from whoever has it: see `distcoord.Election.evict`."""
        return await call(self._election.evict, term)

    @property
    def name(self) -> str:
        """The election's name."""
        return self._election.name

    @property
    def is_leader(self) -> bool:
        """Whether this handle leads. Asks nobody."""
        return self._election.is_leader

    @property
    def term(self) -> int:
        """Term of this handle's current leadership, or of its last one; 0 when it never led."""
        return self._election.term

    @property
    def lost(self) -> Lost:
        """The event that this handle's leadership was lost."""
        return Lost(self._election)

    async def __aenter__(self) -> Election:
        await self.campaign()
        return self

    async def __aexit__(
        self, kind: Optional[type[BaseException]], value: Optional[BaseException], trace: Optional[TracebackType],
    ) -> None:
        await end_block(self.resign, value)

    def __repr__(self) -> str:
        return repr(self._election).replace("distcoord.", "distcoord.aio.", 1)

    def __reduce__(self) -> tuple[Any, ...]:
        election = self._election
        return Election, (election._client, election.name, election._options)


async def _tell(told: Optional[Told], leadership: Leadership) -> None:
    if told is not None:
        answer = told(leadership)
        if inspect.isawaitable(answer):
            await answer
