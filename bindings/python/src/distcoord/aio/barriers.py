"""Barriers, latches, events and memberships for tasks."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from types import TracebackType
from typing import Any, Optional

from .. import _calls
from .._handles import Handle
from ..barriers import barrier as _sync
from ..barriers import double_barrier as _sync_double
from ..barriers import event as _sync_event
from ..barriers import latch as _sync_latch
from ..barriers import membership as _sync_membership
from ._attempt import call
from ._hold import Lost, end_block
from ._spare import Handles, seconds
from ._stream import Watch
from ._waiting import Waiting
from ._watch import Watching


class _Passed:
    """That an attempt has passed a barrier: there is nothing to give back."""

    def __init__(self, index: int = 0) -> None:
        self.index = index

    def release(self) -> None:
        """Nothing."""


class _Entered(_Passed):
    """That an attempt has entered a double barrier."""

    def __init__(self, barrier: _sync_double.DoubleBarrier, index: int) -> None:
        super().__init__(index)
        self._barrier = barrier

    def release(self) -> None:
        """Leaves it, and waits for nobody."""
        self._barrier.leave(0)


class Barrier(Waiting):
    """A handle on a cyclic barrier, like `asyncio.Barrier` across machines: see `distcoord.Barrier`.

    Each `wait` is one party, and has a thread of its own while it waits. A task that is cancelled while it waits breaks
    the barrier. The action may be a coroutine function, which runs in the event loop of the last party to arrive.
    """

    __slots__ = ("_action", "_barrier", "_handles", "__weakref__")

    def __init__(
        self, client: Handle, name: str, parties: int, action: Optional[Callable[[], object]] = None,
        timeout: Optional[float] = -1,
    ) -> None:
        super().__init__()
        self._action = action
        self._barrier = _sync.Barrier(client, name, parties, action, timeout)
        self._handles: Handles[_sync.Barrier] = Handles(lambda: _sync.Barrier(client, name, parties))

    async def wait(self, timeout: Optional[float] = None) -> int:
        """Arrives and waits for the others: see `distcoord.Barrier.wait`."""
        handle = self._handles.take()
        handle._action = self._action_in(asyncio.get_running_loop())
        wait_ms = _calls.wait_ms(self._barrier._timeout if timeout is None else timeout)
        # Each is a party that the others wait for, so none may wait for a thread.
        party = object()
        passed = await self._wait(
            party, lambda ms: _Passed(handle.wait(seconds(ms))), handle.cancel, wait_ms)
        self._handles.put(handle)
        return 0 if passed is None else passed.index

    def _action_in(self, loop: asyncio.AbstractEventLoop) -> Optional[Callable[[], object]]:
        """The action for the thread that waits."""
        action: Any = self._action
        if not inspect.iscoroutinefunction(action):
            return self._action
        return lambda: asyncio.run_coroutine_threadsafe(action(), loop).result()

    async def abort(self) -> None:
        """Breaks the barrier: all who wait, and all who arrive until it is reset, get BarrierBroken."""
        await call(self._barrier.abort)

    async def reset(self) -> None:
        """Makes the barrier empty and whole again; those who wait get BarrierBroken."""
        await call(self._barrier.reset)

    async def inspect(self) -> _sync.BarrierInfo:
        """How it stands. Asks the server."""
        return await call(self._barrier.inspect)

    @property
    def name(self) -> str:
        """The barrier's name."""
        return self._barrier.name

    @property
    def parties(self) -> int:
        """How many wait for each other."""
        return self._barrier.parties

    def __repr__(self) -> str:
        return repr(self._barrier).replace("distcoord.", "distcoord.aio.", 1)

    def __reduce__(self) -> tuple[Any, ...]:
        return Barrier, self._barrier.__reduce__()[1]


class Latch(Watching):
    """A handle on a latch, for asyncio: see `distcoord.Latch`."""

    __slots__ = ("_handles", "_latch", "__weakref__")

    def __init__(self, client: Handle, name: str, count: Optional[int] = None) -> None:
        super().__init__()
        self._latch = _sync_latch.Latch(client, name, count)
        self._handles: Handles[_sync_latch.Latch] = Handles(lambda: _sync_latch.Latch(client, name, count))

    async def count_down(self, n: int = 1) -> int:
        """Takes the count down by `n` and returns what is left: see `distcoord.Latch.count_down`."""
        return await call(self._latch.count_down, n)

    async def wait(self, timeout: Optional[float] = -1) -> bool:
        """Waits until the count is zero: see `distcoord.Latch.wait`. Any number of tasks may wait at the same time."""
        handle = self._handles.take()
        there = await self._see(lambda ms: handle.wait(seconds(ms)), handle.cancel, _calls.wait_ms(timeout))
        self._handles.put(handle)
        return there

    async def count(self) -> int:
        """What is left of the count. Asks the server."""
        return await call(lambda: self._latch.count)

    async def reset(self, count: Optional[int] = None) -> None:
        """Makes it anew with a count: see `distcoord.Latch.reset`."""
        await call(self._latch.reset, count)

    @property
    def name(self) -> str:
        """The latch's name."""
        return self._latch.name

    def __repr__(self) -> str:
        return repr(self._latch).replace("distcoord.", "distcoord.aio.", 1)

    def __reduce__(self) -> tuple[Any, ...]:
        return Latch, self._latch.__reduce__()[1]


class Event(Watching):
    """A handle on an event, like `asyncio.Event` across machines: see `distcoord.Event`."""

    __slots__ = ("_event", "_handles", "__weakref__")

    def __init__(self, client: Handle, name: str) -> None:
        super().__init__()
        self._event = _sync_event.Event(client, name)
        self._handles: Handles[_sync_event.Event] = Handles(lambda: _sync_event.Event(client, name))

    async def set(self) -> None:
        """Sets it; all who wait go on."""
        await call(self._event.set)

    async def clear(self) -> None:
        """Clears it."""
        await call(self._event.clear)

    async def is_set(self) -> bool:
        """Whether it is set. Asks the server."""
        return await call(self._event.is_set)

    async def wait(self, timeout: Optional[float] = None) -> bool:
        """Waits until it is set: see `distcoord.Event.wait`. Any number of tasks may wait at the same time; of more
        than 256 in a process some learn of it a moment later."""
        handle = self._handles.take()
        there = await self._see(lambda ms: handle.wait(seconds(ms)), handle.cancel, _calls.wait_ms(timeout))
        self._handles.put(handle)
        return there

    @property
    def name(self) -> str:
        """The event's name."""
        return self._event.name

    def __repr__(self) -> str:
        return repr(self._event).replace("distcoord.", "distcoord.aio.", 1)

    def __reduce__(self) -> tuple[Any, ...]:
        return Event, self._event.__reduce__()[1]


class DoubleBarrier(Waiting):
    """One party of a double barrier, for asyncio: `async with barrier:` waits until all parties are inside, runs the
    block, and waits until all are done. A task that is cancelled while it enters has withdrawn. See
    `distcoord.DoubleBarrier`."""

    __slots__ = ("_barrier", "__weakref__")

    def __init__(
        self, client: Handle, name: str, parties: int,
        options: _sync_double.DoubleBarrierOptions = _sync_double.DoubleBarrierOptions(),
    ) -> None:
        super().__init__()
        self._barrier = _sync_double.DoubleBarrier(client, name, parties, options)

    async def enter(self, timeout: Optional[float] = -1) -> int:
        """Enters, and waits until all parties have: see `distcoord.DoubleBarrier.enter`."""
        barrier = self._barrier
        entered = await self._wait(
            object(), lambda ms: _Entered(barrier, barrier.enter(seconds(ms))), barrier.cancel,
            _calls.wait_ms(timeout))
        return 0 if entered is None else entered.index

    async def leave(self, timeout: Optional[float] = -1) -> None:
        """Says that this party is done, and waits until all are: see `distcoord.DoubleBarrier.leave`."""
        barrier = self._barrier

        def leave(ms: int) -> _Passed:
            barrier.leave(seconds(ms))
            return _Passed()

        await self._wait(object(), leave, barrier.cancel, _calls.wait_ms(timeout))

    async def abort(self) -> None:
        """Breaks it for all who are inside or wait; it is whole again for those who enter after."""
        await call(self._barrier.abort)

    async def inspect(self) -> _sync_double.DoubleBarrierInfo:
        """How it stands. Asks the server."""
        return await call(self._barrier.inspect)

    @property
    def name(self) -> str:
        """The barrier's name."""
        return self._barrier.name

    @property
    def parties(self) -> int:
        """How many enter together."""
        return self._barrier.parties

    @property
    def is_inside(self) -> bool:
        """Whether this party is inside. Asks nobody."""
        return self._barrier.is_inside

    @property
    def lost(self) -> Lost:
        """The event that this party's lease was lost while it was inside."""
        return Lost(self._barrier)

    async def __aenter__(self) -> DoubleBarrier:
        await self.enter(self._barrier._options.timeout)
        return self

    async def __aexit__(
        self, kind: Optional[type[BaseException]], value: Optional[BaseException], trace: Optional[TracebackType],
    ) -> None:
        await end_block(lambda: self.leave(self._barrier._options.timeout), value)

    def __repr__(self) -> str:
        return repr(self._barrier).replace("distcoord.", "distcoord.aio.", 1)

    def __reduce__(self) -> tuple[Any, ...]:
        return DoubleBarrier, self._barrier.__reduce__()[1]


class Membership:
    """A view on a group, which may itself be one member of it, for asyncio: `async with membership:` joins, and leaves
    at the end. See `distcoord.Membership`."""

    __slots__ = ("_membership", "__weakref__")

    def __init__(
        self, client: Handle, name: str,
        options: _sync_membership.MembershipOptions = _sync_membership.MembershipOptions(),
    ) -> None:
        self._membership = _sync_membership.Membership(client, name, options)

    async def join(self) -> None:
        """Joins: see `distcoord.Membership.join`. When the task is cancelled meanwhile the joining goes on."""
        await call(self._membership.join)

    async def leave(self) -> None:
        """Leaves: see `distcoord.Membership.leave`."""
        await call(self._membership.leave)

    async def set_value(self, value: str) -> None:
        """Changes what others see of this member: see `distcoord.Membership.set_value`."""
        await call(self._membership.set_value, value)

    async def members(self) -> list[_sync_membership.Member]:
        """The members in order of joining. Asks the server."""
        return await call(self._membership.members)

    def watch(self, timeout: Optional[float] = -1) -> Watch[_sync_membership.MemberChange]:
        """Watches who comes and goes: `async for change in membership.watch():` gives the members that are there and
        then each change. Ends when nothing has changed for `timeout` seconds."""
        return Watch(self._membership._client, self._membership.watch, timeout)

    @property
    def name(self) -> str:
        """The group's name."""
        return self._membership.name

    @property
    def id(self) -> str:
        """The id under which this handle joins."""
        return self._membership.id

    @property
    def is_member(self) -> bool:
        """Whether this handle is a member. Asks nobody."""
        return self._membership.is_member

    @property
    def lost(self) -> Lost:
        """The event that the membership was lost."""
        return Lost(self._membership)

    async def __aenter__(self) -> Membership:
        await self.join()
        return self

    async def __aexit__(
        self, kind: Optional[type[BaseException]], value: Optional[BaseException], trace: Optional[TracebackType],
    ) -> None:
        await end_block(self.leave, value)

    def __repr__(self) -> str:
        return repr(self._membership).replace("distcoord.", "distcoord.aio.", 1)

    def __reduce__(self) -> tuple[Any, ...]:
        return Membership, self._membership.__reduce__()[1]
