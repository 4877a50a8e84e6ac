"""What a task holds, and the event that it was lost."""

from __future__ import annotations

import asyncio
import os
from typing import Any, Optional

from .. import _calls, _lost, errors
from .._held import Held
from ._attempt import call

# A release while somebody waits for the loss ends that wait at the next look.
_LOOK_SECONDS = 0.1


class Lost:
    """Set while a lease that was held is lost; shaped like `asyncio.Event`, and true in a condition when set."""

    __slots__ = ("_lost", "_handle")

    def __init__(self, handle: Any) -> None:
        self._handle = handle
        self._lost = _lost.Lost(handle)

    def is_set(self) -> bool:
        """Whether it was lost. Asks nobody."""
        return self._lost.is_set()

    __bool__ = is_set

    async def wait(self, timeout: Optional[float] = None) -> bool:
        """Waits until it is lost, at most `timeout` seconds (None and -1: for ever); returns whether it is. Returns
        False at once when nothing is held, and as soon as it is given back.
        """
        loop = asyncio.get_running_loop()
        wait_ms = _calls.wait_ms(timeout)
        until = None if wait_ms < 0 else loop.time() + wait_ms / 1000
        seen = loop.create_future()
        # A descriptor has one reader in a loop; its copy is ours alone, and open for as long as the loop knows it.
        descriptor = os.dup(self._lost.fileno())

        def see() -> None:
            loop.remove_reader(descriptor)
            if not seen.done():
                seen.set_result(None)

        loop.add_reader(descriptor, see)
        try:
            while self._handle._is_held():
                left = _LOOK_SECONDS if until is None else min(_LOOK_SECONDS, until - loop.time())
                if left <= 0:
                    break
                await asyncio.wait([seen], timeout=left)
        finally:
            loop.remove_reader(descriptor)
            os.close(descriptor)
        return self.is_set()

    def fileno(self) -> int:
        """A descriptor that is readable while set, valid as long as the handle. Do not read, write or close it."""
        return self._lost.fileno()

    def __repr__(self) -> str:
        return repr(self._lost).replace("distcoord.Lost", "distcoord.aio.Lost", 1)


class Hold:
    """What a task has acquired: `fence`, `lost`, `lease_left`, `extend`, `release`."""

    __slots__ = ("_held",)

    def __init__(self, held: Held) -> None:
        self._held: Any = held

    async def release(self) -> None:
        """Releases it; the next waiter has it at once. Raises NotOwner, LockLost and ServerErrors."""
        await call(self._held.release)

    async def extend(self, lease: Optional[float] = None) -> None:
        """Sets the lease to end `lease` seconds from now (None: the lease that it was opened with), which may be
        sooner than before. With renewal on, renewals go on with this length. Raises NotOwner and LockLost.
        """
        await call(self._held.extend, lease)

    def owned(self) -> bool:
        """Whether it is held still. Asks nobody."""
        return bool(self._held.owned())

    @property
    def name(self) -> str:
        """The name of what is held."""
        return str(self._held.name)

    @property
    def fence(self) -> int:
        """Fencing number of the grant."""
        return int(self._held.fence)

    @property
    def lease_left(self) -> float:
        """Seconds for which it is held for certain if nothing is renewed from now on; 0 when it is not held."""
        return float(self._held.lease_left)

    @property
    def lost(self) -> Lost:
        """The event that it was lost."""
        return Lost(self._held)

    def __repr__(self) -> str:
        return repr(self._held).replace("distcoord.", "distcoord.aio.", 1)


async def end_block(give_back: Any, exception: Optional[BaseException]) -> None:
    """The end of an `async with` block: an error of giving back is raised, unless the block's own exception goes on,
    which says more of what went wrong."""
    try:
        await give_back()
    except errors.DistcoordError as error:
        if exception is None:
            raise
        _calls.add_note(exception, error)
